import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { dayText } from '../parts/date-time.tsx';
import { requestSteps } from '../texts/en-request-steps.ts';
import { CodeSelect } from './fields.tsx';
import { StepForm, type StepProps } from './step-form.tsx';
import { useStep } from './use-step.ts';

const texts = requestSteps.extend;

/** Offered once and in time only (`GET …/next` judges it); the person has to have been told, with the reason. */
export function ExtendDialog({ request, onClose }: StepProps) {
  const [code, setCode] = useState<keyof typeof texts.codes>('eu-gdpr:JustificationA12Complexity');
  const [isTold, setTold] = useState(false);
  const step = useStep(
    () => answerOf(api.POST('/v1/requests/{id}/extend', { params: { path: { id: request.id } }, body: { code } })),
    onClose,
  );
  return (
    <StepForm
      title={texts.title}
      lead={texts.lead(dayText(request.clock.extendBy ?? request.clock.due))}
      action={texts.submit}
      isReady={isTold}
      step={step}
      onSubmit={() => step.mutate()}
      onClose={onClose}
    >
      <CodeSelect label={texts.code} codes={texts.codes} value={code} onChange={setCode} />
      <label className="confirm-line">
        <input type="checkbox" required checked={isTold} onChange={({ target }) => setTold(target.checked)} />
        {texts.told}
      </label>
    </StepForm>
  );
}
