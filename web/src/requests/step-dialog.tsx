import { useQuery } from '@tanstack/react-query';
import { DEFAULT_IDENTITY_POLICY } from '@vestige/core/request/identity-policy';
import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { requestSteps } from '../texts/en-request-steps.ts';
import { ApproveDialog } from './approve-dialog.tsx';
import { AssuranceChoice, type AssuranceLevel } from './assurance-choice.tsx';
import { ExtendDialog } from './extend-dialog.tsx';
import { CodeSelect, PlainTextField } from './fields.tsx';
import { todayAt } from './list-search.ts';
import { RefuseDialog } from './refuse-dialog.tsx';
import { ReopenDialog } from './reopen-dialog.tsx';
import { identityPolicyQuery, type NextEvent } from './request-queries.ts';
import { StepForm, type StepProps } from './step-form.tsx';
import { useStep } from './use-step.ts';

const texts = requestSteps.next;

/** The form of one step. Each asks for exactly what its call carries, and for what the law demands with it. */
export function StepDialog({
  event,
  isSecondPerson,
  ...props
}: StepProps & { event: NextEvent['event']; isSecondPerson: boolean }) {
  switch (event) {
    case 'approve':
      return <ApproveDialog {...props} />;
    case 'refuse':
      return <RefuseDialog {...props} isSecondPerson={isSecondPerson} />;
    case 'extend':
      return <ExtendDialog {...props} />;
    case 'reopen':
      return <ReopenDialog {...props} />;
    case 'verify_identity':
      return <IdentityDialog {...props} />;
    case 'pause':
      return <PauseDialog {...props} />;
    case 'hold':
      return <HoldDialog {...props} />;
    default:
      return <PlainStep {...props} event={event} />;
  }
}

type PlainEvent = Exclude<
  NextEvent['event'],
  'approve' | 'refuse' | 'extend' | 'reopen' | 'verify_identity' | 'pause' | 'hold'
>;

/** A step that carries nothing but its name. */
function PlainStep({ event, request, onClose }: StepProps & { event: PlainEvent }) {
  const params = { path: { id: request.id } };
  const step = useStep(() => {
    switch (event) {
      case 'ask_identity':
        return answerOf(api.POST('/v1/requests/{id}/identity', { params, body: { result: 'asked' } }));
      case 'expire':
        return answerOf(api.POST('/v1/requests/{id}/identity', { params, body: { result: 'expired' } }));
      default:
        return answerOf(api.POST(`/v1/requests/{id}/${event}`, { params }));
    }
  }, onClose);
  return (
    <StepForm
      title={texts.labels[event]}
      lead={texts.leads[event]}
      action={texts.confirm}
      grave={event === 'withdraw' || event === 'expire'}
      step={step}
      onSubmit={() => step.mutate()}
      onClose={onClose}
    />
  );
}

function IdentityDialog({ request, onClose }: StepProps) {
  const own = requestSteps.identity;
  const [method, setMethod] = useState<keyof typeof own.methods>('account_login');
  const [assurance, setAssurance] = useState<AssuranceLevel>('substantial');
  const { data: policy = DEFAULT_IDENTITY_POLICY } = useQuery(identityPolicyQuery);
  const step = useStep(
    () =>
      answerOf(
        api.POST('/v1/requests/{id}/identity', {
          params: { path: { id: request.id } },
          body: { result: 'verified', method, assurance },
        }),
      ),
    onClose,
  );
  return (
    <StepForm
      title={texts.labels.verify_identity}
      lead={texts.leads.verify_identity}
      action={own.submit}
      step={step}
      onSubmit={() => step.mutate()}
      onClose={onClose}
    >
      <CodeSelect label={own.method} codes={own.methods} value={method} onChange={setMethod} />
      <AssuranceChoice
        label={own.assurance}
        value={assurance}
        least={policy.requiredAssurance[request.type]}
        onChange={setAssurance}
      />
      {request.type === 'erasure' && <small>{own.erasureHint}</small>}
    </StepForm>
  );
}

function PauseDialog({ request, onClose }: StepProps) {
  const own = requestSteps.pause;
  const [reason, setReason] = useState<keyof typeof own.reasons>('clarification');
  const step = useStep(
    () => answerOf(api.POST('/v1/requests/{id}/pause', { params: { path: { id: request.id } }, body: { reason } })),
    onClose,
  );
  const stopsClock = request.regime === 'gdpr' || request.regime === 'uk';
  return (
    <StepForm
      title={texts.labels.pause}
      lead={texts.leads.pause}
      action={own.submit}
      step={step}
      onSubmit={() => step.mutate()}
      onClose={onClose}
    >
      <CodeSelect label={own.reason} codes={own.reasons} value={reason} onChange={setReason} />
      {!stopsClock && <small>{own.idle}</small>}
    </StepForm>
  );
}

function HoldDialog({ request, onClose }: StepProps) {
  const own = requestSteps.hold;
  const [matter, setMatter] = useState('');
  const [reviewAt, setReviewAt] = useState('');
  const step = useStep(
    () =>
      answerOf(
        api.POST('/v1/requests/{id}/hold', {
          params: { path: { id: request.id } },
          body: { matter: matter.trim(), reviewAt },
        }),
      ),
    onClose,
  );
  return (
    <StepForm
      title={texts.labels.hold}
      lead={texts.leads.hold}
      action={own.submit}
      step={step}
      onSubmit={() => step.mutate()}
      onClose={onClose}
    >
      <PlainTextField label={own.matter} hint={own.matterHint} value={matter} onChange={setMatter} />
      <label className="field">
        <span>{own.reviewAt}</span>
        <input
          type="date"
          required
          min={todayAt(new Date())}
          value={reviewAt}
          onChange={({ target }) => setReviewAt(target.value)}
        />
        <small>{own.reviewHint}</small>
      </label>
    </StepForm>
  );
}
