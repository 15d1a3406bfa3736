import { useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import type { components } from '../api/schema.d.ts';
import { purposeHeader } from '../app/purpose.ts';
import { may, useSession } from '../app/session.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { DateTime } from '../parts/date-time.tsx';
import { Failure } from '../parts/failure.tsx';
import { WithPurpose } from '../parts/purpose-dialog.tsx';
import { requestAnswers } from '../texts/en-request-answers.ts';
import { CopyLink } from './copy-link.tsx';
import { Actor, Fact } from './facts-panel.tsx';
import { CodeSelect, PlainTextField } from './fields.tsx';
import { NodeName } from './node-name.tsx';
import { ProblemNote } from './problem-note.tsx';
import { isOpen, nextQuery, packageQuery, type Request } from './request-queries.ts';
import { saveFile } from './save-file.ts';
import { StepForm } from './step-form.tsx';
import { useStep } from './use-step.ts';

const texts = requestAnswers.copy;
type Review = components['schemas']['PackageReview'];
type OpenPoint = Review['openPoints'][number];

/** The copy for the person: what keeps it from being sealed, then the copy itself and the way it takes to them. */
export function CopyPanel({ request }: { request: Request }) {
  const { data: review, error, refetch } = useQuery(packageQuery(request.id));
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (review === undefined) return <div className="skeleton block-wait" />;
  return (
    <div className="panel-stack">
      <p className="soft">{texts.lead}</p>
      {review.sealed === null ? (
        <OpenPoints request={request} review={review} />
      ) : (
        <Sealed request={request} {...review} />
      )}
    </div>
  );
}

function OpenPoints({ request, review }: { request: Request; review: Review }) {
  const session = useSession();
  const { data: next } = useQuery(nextQuery(request.id));
  const [signing, setSigning] = useState<OpenPoint | null>(null);
  if (!session) return null;
  const maySign = may(session, 'requests:approve') && isOpen(request.state);
  return (
    <section className="card panel" aria-labelledby="open-points">
      <h3 id="open-points">
        {review.openPoints.length === 0 ? texts.sealed.not : texts.open.title(review.openPoints.length)}
      </h3>
      <p className="soft">{review.openPoints.length === 0 ? texts.sealed.notLead : texts.open.lead}</p>
      <ul className="open-points">
        {review.openPoints.map((point) => (
          <li key={`${point.reason}${point.what}`}>
            <div>
              {point.what === 'lineage' ? <strong>{texts.open.lineage}</strong> : <NodeName node={point.what} />}
              <p className="soft">{point.text}</p>
              {point.signedOff !== null && (
                <p className="tone-good">
                  {texts.sign.codes[point.signedOff.code as keyof typeof texts.sign.codes] ?? point.signedOff.code}:{' '}
                  {point.signedOff.basis} <Actor actor={point.signedOff.by} />
                </p>
              )}
            </div>
            {point.signedOff === null && maySign && next?.isSecondPerson && (
              <button type="button" className="button plain small-button" onClick={() => setSigning(point)}>
                {texts.sign.act}
              </button>
            )}
          </li>
        ))}
      </ul>
      {maySign && next?.isSecondPerson === false && review.openPoints.length > 0 && (
        <p className="note" data-tone="warn">
          {texts.sign.fourEyes}
        </p>
      )}
      {signing !== null && <SignOffDialog request={request} point={signing} onClose={() => setSigning(null)} />}
    </section>
  );
}

function SignOffDialog({ request, point, onClose }: { request: Request; point: OpenPoint; onClose: () => void }) {
  const [code, setCode] = useState<keyof typeof texts.sign.codes>(
    point.reason === 'unnamed_recipient' ? 'recipient_cannot_be_identified' : 'incomplete_accepted',
  );
  const [basis, setBasis] = useState('');
  const step = useStep(
    () =>
      answerOf(
        api.POST('/v1/requests/{id}/package/sign-off', {
          params: { path: { id: request.id } },
          body: { what: point.what, code, basis: basis.trim() },
        }),
      ),
    onClose,
  );
  return (
    <StepForm
      title={texts.sign.title}
      lead={texts.sign.lead}
      action={texts.sign.submit}
      step={step}
      onSubmit={() => step.mutate()}
      onClose={onClose}
    >
      <CodeSelect label={texts.sign.code} codes={texts.sign.codes} value={code} onChange={setCode} />
      <PlainTextField label={texts.sign.basis} value={basis} onChange={setBasis} />
    </StepForm>
  );
}

function Sealed({ request, sealed, complete }: { request: Request } & Review) {
  const session = useSession();
  if (!session || sealed === null) return null;
  const facts = (
    <>
      <h3 id="sealed-copy">{texts.sealed.title}</h3>
      <p className={complete ? 'tone-good' : 'tone-warn'}>{complete ? texts.complete : texts.incomplete}</p>
      <dl className="request-facts wide">
        <Fact name={texts.sealed.at}>
          <DateTime at={sealed.sealedAt} />
        </Fact>
        <Fact name={texts.sealed.expires}>
          <DateTime at={sealed.expiresAt} />
          <span className="soft block">{texts.sealed.downloads(sealed.downloads)}</span>
        </Fact>
        <Fact name={texts.sealed.size}>{bytesText(sealed.bytes)}</Fact>
        <Fact name={texts.sealed.checksum}>
          <span className="mono">{sealed.sha256.slice(0, 19)}…</span>
          <CopyButton text={sealed.sha256} label={texts.sealed.copyChecksum} />
        </Fact>
      </dl>
    </>
  );
  if (!may(session, 'requests:export')) {
    return (
      <section className="card panel" aria-labelledby="sealed-copy">
        {facts}
        <p className="soft">{texts.sealed.needs}</p>
      </section>
    );
  }
  return (
    <WithPurpose>
      <section className="card panel" aria-labelledby="sealed-copy">
        {facts}
        <DownloadCopy request={request} />
      </section>
      <CopyLink request={request} />
    </WithPurpose>
  );
}

function DownloadCopy({ request }: { request: Request }) {
  const step = useStep(
    () =>
      answerOf(
        api.GET('/v1/requests/{id}/package', {
          params: { path: { id: request.id }, header: purposeHeader() },
          parseAs: 'blob',
        }),
      ),
    (zip) => saveFile(`request-${request.id}.zip`, zip),
  );
  return (
    <div className="step-buttons">
      <button type="button" className="button" disabled={step.isPending} onClick={() => step.mutate()}>
        <Download size={16} aria-hidden="true" />
        {step.isPending ? texts.sealed.downloading : texts.sealed.download}
      </button>
      <ProblemNote error={step.error} />
    </div>
  );
}

const KB = 1_000;

function bytesText(bytes: number): string {
  if (bytes < KB) return `${bytes} B`;
  return bytes < KB * KB ? `${(bytes / KB).toFixed(1)} kB` : `${(bytes / KB / KB).toFixed(1)} MB`;
}
