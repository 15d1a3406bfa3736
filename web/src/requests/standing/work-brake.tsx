import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { OctagonPause } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { DateTime } from '../../parts/date-time.tsx';
import { Failure } from '../../parts/failure.tsx';
import { requestPage } from '../../texts/en-request-page.ts';
import { standing } from '../../texts/en-standing.ts';
import { Actor } from '../facts-panel.tsx';
import { PlainTextField } from '../fields.tsx';
import { ProblemNote } from '../problem-note.tsx';
import { StepForm } from '../step-form.tsx';
import { useStep } from '../use-step.ts';
import { workQuery } from './standing-queries.ts';

const texts = standing.work;

/** The brake for all requests at once. The legal clocks run on, and it says so. */
export function WorkBrake({ canPause }: { canPause: boolean }) {
  const { data: paused, error, refetch } = useQuery(workQuery);
  const [asking, setAsking] = useState(false);
  const resume = useStep(() => answerOf(api.POST('/v1/request-work/resume')));
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (paused === undefined) return <div className="skeleton line-wait" />;
  return (
    <section className="card work-brake" data-paused={paused !== null}>
      <div>
        <h2>{paused === null ? texts.runs : texts.paused}</h2>
        {paused === null ? (
          <p className="soft">{texts.runsLead}</p>
        ) : (
          <p>
            {texts.by(paused.reason)} · <Actor actor={paused.by} /> · <DateTime at={paused.at} />
          </p>
        )}
        <ProblemNote error={resume.error} />
      </div>
      {canPause && paused === null && (
        <button type="button" className="button plain grave" onClick={() => setAsking(true)}>
          <OctagonPause size={16} aria-hidden="true" />
          {texts.pause}
        </button>
      )}
      {canPause && paused !== null && (
        <button type="button" className="button" disabled={resume.isPending} onClick={() => resume.mutate()}>
          {texts.resume}
        </button>
      )}
      {asking && <PauseDialog onClose={() => setAsking(false)} />}
    </section>
  );
}

function PauseDialog({ onClose }: { onClose: () => void }) {
  const [reason, setReason] = useState('');
  const step = useStep(
    () => answerOf(api.POST('/v1/request-work/pause', { body: { reason: reason.trim() } })),
    onClose,
  );
  return (
    <StepForm
      title={texts.title}
      lead={texts.lead}
      action={texts.pause}
      grave
      step={step}
      onSubmit={() => step.mutate()}
      onClose={onClose}
    >
      <PlainTextField label={texts.reason} hint={texts.reasonHint} value={reason} onChange={setReason} />
    </StepForm>
  );
}

/** Over the list of requests, while nothing moves. */
export function WorkPausedNote() {
  const { data: paused } = useQuery(workQuery);
  if (!paused) return null;
  return (
    <p className="note" data-tone="warn">
      <OctagonPause size={16} aria-hidden="true" />
      <span>
        {requestPage.detail.overlays.workPaused(paused.reason)} <Link to="/requests/standing">{standing.title}</Link>
      </span>
    </p>
  );
}
