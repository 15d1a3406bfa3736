import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { requestSteps } from '../texts/en-request-steps.ts';
import { CodeSelect } from './fields.tsx';
import { IdentifierRows } from './identifier-rows.tsx';
import { EMPTY_IDENTIFIER, isFault, type Selectors, selectorsOf, type TypedIdentifier } from './new-request-body.ts';
import { StepForm, type StepProps } from './step-form.tsx';
import { useStep } from './use-step.ts';

const texts = requestSteps.reopen;
const labels = requestSteps.next;

/** Whoever reopens names the person anew: what was typed before was destroyed when the request ended. */
export function ReopenDialog({ request, onClose }: StepProps) {
  const [reason, setReason] = useState<keyof typeof texts.reasons>('resurfaced');
  const [rows, setRows] = useState<readonly TypedIdentifier[]>([EMPTY_IDENTIFIER]);
  const selectors = selectorsOf(rows);
  const leavesMarks = request.type === 'restriction' || request.type === 'objection';
  const step = useStep(
    (given: Selectors) =>
      answerOf(
        api.POST('/v1/requests/{id}/reopen', { params: { path: { id: request.id } }, body: { ...given, reason } }),
      ),
    onClose,
  );
  return (
    <StepForm
      title={labels.labels.reopen}
      lead={labels.leads.reopen}
      action={texts.submit}
      isReady={!isFault(selectors)}
      step={step}
      onSubmit={() => !isFault(selectors) && step.mutate(selectors)}
      onClose={onClose}
    >
      <CodeSelect
        label={texts.reason}
        codes={texts.reasons}
        without={leavesMarks ? [] : ['lifted']}
        value={reason}
        onChange={setReason}
      />
      <IdentifierRows rows={rows} onChange={setRows} />
    </StepForm>
  );
}
