import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';
import { TypedConfirm } from '../parts/typed-confirm.tsx';
import { requestSteps } from '../texts/en-request-steps.ts';
import { ProblemNote } from './problem-note.tsx';
import { type Plan, planQuery } from './request-queries.ts';
import { StepForm, type StepProps } from './step-form.tsx';
import { useStep } from './use-step.ts';

const texts = requestSteps.approve;

/** What is approved, bound to the plan that was looked at; what destroys or overwrites is typed, not clicked. */
export function ApproveDialog({ request, onClose }: StepProps) {
  const { data: plan } = useQuery(planQuery(request.id, request.planVersion));
  const planHash = plan?.hash ?? '';
  const step = useStep(
    () => answerOf(api.POST('/v1/requests/{id}/approve', { params: { path: { id: request.id } }, body: { planHash } })),
    onClose,
  );
  if (!plan) return null;
  const { type } = request;
  const summary = <Summary plan={plan} type={type} />;
  if (type !== 'erasure' && type !== 'rectification') {
    return (
      <StepForm
        title={texts.title}
        lead={texts.harmless}
        action={texts.submit}
        step={step}
        onSubmit={() => step.mutate()}
        onClose={onClose}
      >
        {summary}
      </StepForm>
    );
  }
  return (
    <TypedConfirm
      open
      onClose={onClose}
      title={texts.title}
      lead={<p>{texts[type]}</p>}
      phrase={texts.phrase[type]}
      action={texts.submit}
      onConfirm={() => step.mutate()}
      isPending={step.isPending}
    >
      {summary}
      <ProblemNote error={step.error} />
    </TypedConfirm>
  );
}

function Summary({ plan, type }: { plan: Plan; type: string }) {
  const counts = plan.targets.flatMap(({ counted }) => (counted === null ? [] : [counted]));
  const counted = counts.reduce((sum, count) => sum + count, 0);
  return (
    <ul className="approve-summary">
      <li>{texts.summary(plan.targets.length)}</li>
      {(type === 'erasure' || type === 'rectification') && (
        <li>{counts.length > 0 ? texts.counted(counted) : texts.notCounted}</li>
      )}
      {plan.unserved.length > 0 && <li data-tone="warn">{texts.unserved(plan.unserved.length)}</li>}
      {plan.lineage === 'truncated' && <li data-tone="warn">{texts.partial}</li>}
      {plan.lineage === 'none' && <li data-tone="warn">{texts.unknown}</li>}
      <li className="soft">
        {texts.hash} <span className="mono">{plan.hash.slice(0, 23)}…</span>
      </li>
    </ul>
  );
}
