import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { requestAnswers } from '../texts/en-request-answers.ts';
import { CodeSelect, PlainTextField } from './fields.tsx';
import { StepForm } from './step-form.tsx';
import { useStep } from './use-step.ts';

const texts = requestAnswers.recipients;
export type RecipientStep = 'notice' | 'answer' | 'excuse';

interface Props {
  readonly requestId: string;
  readonly party: string;
  readonly onClose: () => void;
}

/** What is recorded about one recipient: that it was told, what it answered, or why it cannot be told. */
export function RecipientStepDialog({ step, ...props }: Props & { step: RecipientStep }) {
  switch (step) {
    case 'notice':
      return <NoticeDialog {...props} />;
    case 'answer':
      return <AnswerDialog {...props} />;
    case 'excuse':
      return <ExcuseDialog {...props} />;
  }
}

const { erasure_call: _, ...BY_HAND } = texts.channels;

function NoticeDialog({ requestId, party, onClose }: Props) {
  const [channel, setChannel] = useState<keyof typeof BY_HAND>('email');
  const [at, setAt] = useState(minuteNow);
  const step = useStep(
    () =>
      answerOf(
        api.POST('/v1/requests/{id}/recipients/{party}/notice', {
          params: { path: { id: requestId, party } },
          body: { channel, sentAt: new Date(at).toISOString() },
        }),
      ),
    onClose,
  );
  return (
    <StepForm
      title={texts.notice.title}
      lead={party}
      action={texts.notice.submit}
      step={step}
      onSubmit={() => step.mutate()}
      onClose={onClose}
    >
      <CodeSelect label={texts.notice.channel} codes={BY_HAND} value={channel} onChange={setChannel} />
      <Moment label={texts.notice.at} value={at} onChange={setAt} />
    </StepForm>
  );
}

function AnswerDialog({ requestId, party, onClose }: Props) {
  const [answer, setAnswer] = useState<keyof typeof texts.answers>('received');
  const [at, setAt] = useState(minuteNow);
  const step = useStep(
    () =>
      answerOf(
        api.POST('/v1/requests/{id}/recipients/{party}/acknowledgement', {
          params: { path: { id: requestId, party } },
          body: { acknowledgement: answer, at: new Date(at).toISOString() },
        }),
      ),
    onClose,
  );
  return (
    <StepForm
      title={texts.answer.title}
      lead={party}
      action={texts.answer.submit}
      step={step}
      onSubmit={() => step.mutate()}
      onClose={onClose}
    >
      <CodeSelect
        label={texts.answer.what}
        codes={texts.answers}
        value={answer}
        onChange={setAnswer}
        hint={texts.answerNote}
      />
      <Moment label={texts.answer.at} value={at} onChange={setAt} />
    </StepForm>
  );
}

function ExcuseDialog({ requestId, party, onClose }: Props) {
  const [code, setCode] = useState<keyof typeof texts.excuses>('impossible');
  const [basis, setBasis] = useState('');
  const step = useStep(
    () =>
      answerOf(
        api.POST('/v1/requests/{id}/recipients/{party}/excuse', {
          params: { path: { id: requestId, party } },
          body: { code, basis: basis.trim() },
        }),
      ),
    onClose,
  );
  return (
    <StepForm
      title={texts.excuse.title}
      lead={`${party}. ${texts.excuse.lead}`}
      action={texts.excuse.submit}
      step={step}
      onSubmit={() => step.mutate()}
      onClose={onClose}
    >
      <CodeSelect label={texts.excuse.code} codes={texts.excuses} value={code} onChange={setCode} />
      <PlainTextField label={texts.excuse.basis} value={basis} onChange={setBasis} />
    </StepForm>
  );
}

/** A moment in the reader's zone; what has not come yet is refused. */
function Moment({ label, value, onChange }: { label: string; value: string; onChange: (at: string) => void }) {
  return (
    <label className="field">
      <span>{label}</span>
      <input
        type="datetime-local"
        required
        max={minuteNow()}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </label>
  );
}

const MINUTE_MS = 60_000;

/** This minute where the reader is, as the field takes it. */
function minuteNow(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}
