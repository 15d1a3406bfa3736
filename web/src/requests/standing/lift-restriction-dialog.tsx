import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { standing } from '../../texts/en-standing.ts';
import { PlainTextField } from '../fields.tsx';
import { todayAt } from '../list-search.ts';
import { StepForm } from '../step-form.tsx';
import { useStep } from '../use-step.ts';
import type { Restriction } from './standing-queries.ts';

const texts = standing.restrictions.dialog;

/** The record that the person was told before (Art. 18(3)): without it there is no lifting. */
export function LiftRestrictionDialog({ restriction, onClose }: { restriction: Restriction; onClose: () => void }) {
  const [toldOn, setToldOn] = useState('');
  const [channel, setChannel] = useState('');
  const [reason, setReason] = useState('');
  const step = useStep(
    () =>
      answerOf(
        api.POST('/v1/restrictions/{requestId}/lift', {
          params: { path: { requestId: restriction.requestId } },
          body: { toldOn, channel: channel.trim(), reason: reason.trim() },
        }),
      ),
    onClose,
  );
  return (
    <StepForm
      title={texts.title}
      lead={texts.lead}
      action={texts.submit}
      step={step}
      onSubmit={() => step.mutate()}
      onClose={onClose}
    >
      <label className="field">
        <span>{texts.toldOn}</span>
        <input
          type="date"
          required
          min={todayAt(new Date(restriction.since))}
          max={todayAt(new Date())}
          value={toldOn}
          onChange={({ target }) => setToldOn(target.value)}
        />
      </label>
      <PlainTextField label={texts.channel} hint={texts.channelHint} value={channel} onChange={setChannel} />
      <PlainTextField label={texts.reason} hint={texts.reasonHint} value={reason} onChange={setReason} />
    </StepForm>
  );
}
