import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { requestSteps } from '../texts/en-request-steps.ts';
import { CodeSelect, PlainTextField } from './fields.tsx';
import { todayAt } from './list-search.ts';
import { NodeName } from './node-name.tsx';
import type { Task } from './request-queries.ts';
import { StepForm } from './step-form.tsx';
import { useStep } from './use-step.ts';

const texts = requestSteps.exempt;

/** Always per place and never per request: a coded reason, what it rests on, and a day to look again (Art. 17(3)). */
export function ExemptDialog({ task, onClose }: { task: Task; onClose: () => void }) {
  const [code, setCode] = useState<keyof typeof texts.codes>('eu-gdpr:JustificationA17LegallyRequired');
  const [basis, setBasis] = useState('');
  const [reviewAt, setReviewAt] = useState('');
  const step = useStep(
    () =>
      answerOf(
        api.POST('/v1/tasks/{id}/exempt', {
          params: { path: { id: task.id } },
          body: { code, basis: basis.trim(), reviewAt },
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
      <NodeName node={task.node} />
      <CodeSelect label={texts.code} codes={texts.codes} value={code} onChange={setCode} />
      <PlainTextField label={texts.basis} hint={texts.basisHint} value={basis} onChange={setBasis} />
      <label className="field">
        <span>{texts.reviewAt}</span>
        <input
          type="date"
          required
          min={todayAt(new Date())}
          value={reviewAt}
          onChange={({ target }) => setReviewAt(target.value)}
        />
      </label>
    </StepForm>
  );
}
