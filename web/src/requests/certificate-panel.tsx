import { useQuery } from '@tanstack/react-query';
import { Award, Download } from 'lucide-react';
import { answerOf, api } from '../api/client.ts';
import type { paths } from '../api/schema.d.ts';
import { may, useSession } from '../app/session.ts';
import { CertificateVerification } from '../audit/certificate-verification.tsx';
import { DateTime, Day } from '../parts/date-time.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Failure } from '../parts/failure.tsx';
import { WithPurpose } from '../parts/purpose-dialog.tsx';
import { requestAnswers } from '../texts/en-request-answers.ts';
import { requestSteps } from '../texts/en-request-steps.ts';
import { requestWork } from '../texts/en-request-work.ts';
import { Actor, Fact } from './facts-panel.tsx';
import { Handover } from './handover.tsx';
import { NodeName } from './node-name.tsx';
import { ProblemNote } from './problem-note.tsx';
import { certificateQuery, type Request } from './request-queries.ts';
import { saveFile } from './save-file.ts';
import { useStep } from './use-step.ts';

const texts = requestAnswers.certificate;
type Certificate = paths['/v1/requests/{id}/certificate']['get']['responses']['200']['content']['application/json'];

/** What is signed, to read, to keep and to verify in the page. */
export function CertificatePanel({ request }: { request: Request }) {
  const session = useSession();
  const { data: certificate, error, refetch } = useQuery(certificateQuery(request));
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (certificate === undefined || !session) return <div className="skeleton block-wait" />;
  if (certificate === null) {
    return (
      <div className="card">
        <EmptyState icon={Award} title={texts.none.title}>
          <p>{texts.none.lead}</p>
        </EmptyState>
      </div>
    );
  }
  return (
    <div className="panel-stack">
      <section className="card panel certificate" aria-labelledby="certificate">
        <header>
          <Award size={26} aria-hidden="true" />
          <div>
            <h3 id="certificate">{texts.outcome[certificate.outcome]}</h3>
            <p className="soft">{texts.lead}</p>
          </div>
          <Downloads requestId={request.id} certificateId={certificate.certificateId} />
        </header>
        <CertificateFacts certificate={certificate} />
      </section>
      <div className="card request-table">
        <CertifiedTargets certificate={certificate} />
      </div>
      {certificate.notCovered.length > 0 && (
        <section className="card panel" aria-labelledby="not-covered">
          <h3 id="not-covered">{texts.notCovered}</h3>
          <ul className="bullets">
            {certificate.notCovered.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </section>
      )}
      <section className="card panel" aria-labelledby="verify-here">
        <h3 id="verify-here">{texts.verifyTitle}</h3>
        <CertificateVerification requestId={request.id} />
      </section>
      {may(session, 'requests:export') && (
        <WithPurpose>
          <Handover requestId={request.id} />
        </WithPurpose>
      )}
    </div>
  );
}

function Downloads({ requestId, certificateId }: { requestId: string; certificateId: string }) {
  const params = { path: { id: requestId } };
  // As text: what was signed is the file byte for byte, and reading it as JSON would write it anew.
  const certificate = useStep(
    () => answerOf(api.GET('/v1/requests/{id}/certificate', { params, parseAs: 'text' })),
    (text) => saveFile(`${certificateId}.json`, new Blob([text], { type: 'application/json' })),
  );
  const proof = useStep(
    () => answerOf(api.GET('/v1/requests/{id}/certificate/log-proof', { params, parseAs: 'text' })),
    (text) => saveFile(`${certificateId}.tlog-proof`, new Blob([text], { type: 'text/plain' })),
  );
  return (
    <div className="step-buttons">
      <button type="button" className="button plain" onClick={() => certificate.mutate()}>
        <Download size={15} aria-hidden="true" />
        {texts.download}
      </button>
      <button type="button" className="button plain" onClick={() => proof.mutate()}>
        <Download size={15} aria-hidden="true" />
        {texts.proof}
      </button>
      <ProblemNote error={certificate.error ?? proof.error} />
    </div>
  );
}

function CertificateFacts({ certificate }: { certificate: Certificate }) {
  const { dates, approval, scope, rechecks, signature, log } = certificate;
  return (
    <dl className="request-facts wide">
      {(['received', 'identified', 'approved', 'executed', 'issued'] as const).map((step) => (
        <Fact key={step} name={texts.facts[step]}>
          <DateTime at={dates[step]} />
        </Fact>
      ))}
      <Fact name={texts.facts.filedBy}>
        <Actor actor={approval.filedBy} />
      </Fact>
      <Fact name={texts.facts.approvedBy}>
        <Actor actor={approval.by} />
        {approval.singleKey && <span className="tone-warn"> {texts.facts.singleKey}</span>}
      </Fact>
      {scope.eventsBefore !== null && (
        <Fact name={texts.facts.events}>
          <DateTime at={scope.eventsBefore} precision="seconds" />
        </Fact>
      )}
      {rechecks.length > 0 && (
        <Fact name={texts.facts.rechecks}>
          {rechecks.map((at) => (
            <span key={at} className="block">
              <DateTime at={at} />
            </span>
          ))}
        </Fact>
      )}
      <Fact name={texts.facts.id}>
        <span className="mono">{certificate.certificateId}</span>
      </Fact>
      <Fact name={texts.facts.key}>
        <span className="mono">{signature.kid}</span>
      </Fact>
      <Fact name={texts.facts.log}>
        <span className="mono">{log.origin}</span>
      </Fact>
    </dl>
  );
}

const codes: Readonly<Record<string, string>> = requestSteps.exempt.codes;
const TONES = { verified: 'good', no_data_found: 'good', delegated: 'act', exempt: 'act' } as const;

function CertifiedTargets({ certificate }: { certificate: Certificate }) {
  return (
    <table className="list">
      <caption className="sr-only">{texts.targets}</caption>
      <thead>
        <tr>
          <th scope="col">{texts.columns.place}</th>
          <th scope="col">{texts.columns.result}</th>
          <th scope="col">{texts.columns.counts}</th>
          <th scope="col">{texts.columns.level}</th>
          <th scope="col">{texts.columns.backup}</th>
        </tr>
      </thead>
      <tbody>
        {certificate.targets.map((target) => (
          <tr key={`${target.action}${target.node}`}>
            <td>
              <NodeName node={target.node} />
            </td>
            <td>
              <span className="badge" data-tone={TONES[target.result]}>
                {texts.results[target.result]}
              </span>
              {target.exception !== null && (
                <span className="small soft">
                  {codes[target.exception.code] ?? target.exception.code} <Actor actor={target.exception.approvedBy} />
                </span>
              )}
            </td>
            <td className="number-left">
              {requestWork.work.counts(target.found, target.erased, target.residual)}
              {target.unreported !== undefined && (
                <span className="soft small">{texts.unreported(target.unreported)}</span>
              )}
              {target.method !== null && <span className="faint small mono">{target.method}</span>}
            </td>
            <td>
              {target.verification ?? '–'}
              {target.verification !== null && <span className="faint small">{texts.levels[target.verification]}</span>}
            </td>
            <td className="soft">{target.backupHorizon === null ? '–' : <Day day={target.backupHorizon} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
