import { useState } from 'react';
import { ApiError, answerOf, api } from '../api/client.ts';
import { purposeHeader } from '../app/purpose.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { requestAnswers } from '../texts/en-request-answers.ts';
import { ProblemNote } from './problem-note.tsx';
import { StepForm } from './step-form.tsx';
import { useStep } from './use-step.ts';

const texts = requestAnswers.certificate.handover;

/** What opens the certificate's commitment, for the person alone and once: it is destroyed by being shown. */
export function Handover({ requestId }: { requestId: string }) {
  const [asking, setAsking] = useState(false);
  const step = useStep(
    () =>
      answerOf(
        api.POST('/v1/requests/{id}/certificate/handover', {
          params: { path: { id: requestId }, header: purposeHeader() },
        }),
      ),
    () => setAsking(false),
  );
  const isGone = step.error instanceof ApiError && step.error.status === 404;
  return (
    <section className="card panel" aria-labelledby="handover">
      <h3 id="handover">{texts.title}</h3>
      <p className="soft">{texts.lead}</p>
      {step.data === undefined ? (
        <div className="step-buttons">
          <button type="button" className="button plain" disabled={isGone} onClick={() => setAsking(true)}>
            {texts.act}
          </button>
          {isGone && <span className="soft">{texts.gone}</span>}
        </div>
      ) : (
        <dl className="request-facts once">
          <div>
            <dt>{texts.nonce}</dt>
            <dd>
              <code>{step.data.nonce}</code>
              <CopyButton text={step.data.nonce} label={texts.copyNonce} />
            </dd>
          </div>
          <div>
            <dt>{texts.subject}</dt>
            <dd>
              <code>{step.data.subjectId}</code>
              <CopyButton text={step.data.subjectId} label={texts.copySubject} />
            </dd>
          </div>
        </dl>
      )}
      {!isGone && !asking && <ProblemNote error={step.error} />}
      {asking && (
        <StepForm
          title={texts.act}
          lead={texts.confirm}
          action={texts.act}
          step={step}
          onSubmit={() => step.mutate()}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}
