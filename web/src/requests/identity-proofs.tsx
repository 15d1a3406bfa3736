import { useQuery } from '@tanstack/react-query';
import { PROOFS_MAX } from '@vestige/core/request/identity-policy';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { purposeHeader, usePurpose } from '../app/purpose.ts';
import { may, useSession } from '../app/session.ts';
import { DateTime } from '../parts/date-time.tsx';
import { ListFrame } from '../parts/list-frame.tsx';
import { PurposeDialog } from '../parts/purpose-dialog.tsx';
import { identityProofs as texts } from '../texts/en-identity-proofs.ts';
import { requestSteps } from '../texts/en-request-steps.ts';
import { AddProofDialog } from './add-proof-dialog.tsx';
import { Actor } from './facts-panel.tsx';
import { ProblemNote } from './problem-note.tsx';
import { type IdentityProof, identityProofsQuery, isOpen, type Request } from './request-queries.ts';
import { saveFile } from './save-file.ts';
import { StepForm } from './step-form.tsx';
import { useStep } from './use-step.ts';

/**
 * What there is to decide on who the person is. It comes from whoever wrote in, so it is saved and looked at apart from
 * this page, never shown in it. Nothing once somebody has decided: there is nothing left then.
 */
export function IdentityProofs({ request }: { request: Request }) {
  const session = useSession();
  const isUndecided = request.identity === null && isOpen(request.state);
  const proofs = useQuery({ ...identityProofsQuery(request.id), enabled: isUndecided });
  const [adding, setAdding] = useState(false);
  if (!isUndecided || !session) return null;
  const mayWrite = may(session, 'requests:write');
  const isFull = (proofs.data?.length ?? 0) >= PROOFS_MAX;
  return (
    <section className="card request-table" aria-labelledby="proofs">
      <header className="card-head">
        <div>
          <h2 id="proofs">{texts.title}</h2>
          <p className="soft">{proofs.data?.length === 0 ? texts.none : texts.lead}</p>
          {isFull && <p className="soft">{texts.full(PROOFS_MAX)}</p>}
        </div>
        {mayWrite && !isFull && (
          <button type="button" className="button plain" onClick={() => setAdding(true)}>
            <Plus size={16} aria-hidden="true" />
            {texts.add}
          </button>
        )}
      </header>
      <ListFrame of={proofs} rows={proofs.data} empty={null}>
        {(rows) => (
          <table className="list">
            <caption className="sr-only">{texts.caption}</caption>
            <thead>
              <tr>
                <th scope="col">{texts.columns.what}</th>
                <th scope="col">{texts.columns.sure}</th>
                <th scope="col">{texts.columns.added}</th>
                <th scope="col">{texts.columns.expires}</th>
                <th scope="col">
                  <span className="sr-only">{texts.columns.act}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((proof) => (
                <ProofRow key={proof.id} requestId={request.id} proof={proof} mayWrite={mayWrite} />
              ))}
            </tbody>
          </table>
        )}
      </ListFrame>
      {adding && <AddProofDialog request={request} onClose={() => setAdding(false)} />}
    </section>
  );
}

const KB = 1_000;

function ProofRow({ requestId, proof, mayWrite }: { requestId: string; proof: IdentityProof; mayWrite: boolean }) {
  const purpose = usePurpose();
  const [asking, setAsking] = useState(false);
  const [destroying, setDestroying] = useState(false);
  const path = { id: requestId, proofId: proof.id };
  const save = useStep(
    () =>
      answerOf(
        api.GET('/v1/requests/{id}/identity-proofs/{proofId}', {
          params: { path, header: purposeHeader() },
          parseAs: 'blob',
        }),
      ),
    // Neither named nor typed as what it says it is; whoever opens it chooses with what.
    (content) => saveFile(`proof-${proof.id.slice(0, 8)}.${endingOf(proof.mediaType)}`, content),
  );
  const destroy = useStep(
    () => answerOf(api.DELETE('/v1/requests/{id}/identity-proofs/{proofId}', { params: { path } })),
    () => setDestroying(false),
  );
  const what = texts.kinds[proof.kind];
  return (
    <tr>
      <td>
        {what}
        <span className="faint small">{texts.size(Math.ceil(proof.bytes / KB), proof.mediaType)}</span>
      </td>
      <td>{requestSteps.identity.levels[proof.assurance]}</td>
      <td>
        <DateTime at={proof.addedAt} />
        <span className="small">
          <Actor actor={proof.addedBy} />
        </span>
      </td>
      <td>
        <DateTime at={proof.expiresAt} />
      </td>
      <td className="task-actions">
        {mayWrite && (
          <>
            <button
              type="button"
              className="button plain small-button"
              aria-label={texts.saveOf(what)}
              disabled={save.isPending}
              onClick={() => (purpose === null ? setAsking(true) : save.mutate())}
            >
              {texts.save}
            </button>
            <button
              type="button"
              className="button plain small-button"
              aria-label={texts.destroyOf(what)}
              onClick={() => setDestroying(true)}
            >
              {texts.destroy}
            </button>
          </>
        )}
        <ProblemNote error={save.error} />
        {asking && purpose === null && <PurposeDialog onClose={() => setAsking(false)} />}
        {destroying && (
          <StepForm
            title={texts.destroying.title}
            lead={texts.destroying.lead}
            action={texts.destroying.submit}
            grave
            step={destroy}
            onSubmit={() => destroy.mutate()}
            onClose={() => setDestroying(false)}
          />
        )}
      </td>
    </tr>
  );
}

const ENDINGS: Readonly<Record<IdentityProof['mediaType'], string>> = {
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'text/plain': 'txt',
  'video/mp4': 'mp4',
  'video/webm': 'webm',
};
const endingOf = (mediaType: IdentityProof['mediaType']): string => ENDINGS[mediaType];
