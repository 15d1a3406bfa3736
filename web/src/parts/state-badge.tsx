import type { components } from '../api/schema.d.ts';
import { texts } from '../texts/en.ts';

export type RequestState = components['schemas']['Request']['state'];

/** What a state asks of whoever looks: to act, to wait, or nothing. */
const TONES: Readonly<Record<RequestState, 'act' | 'wait' | 'good' | 'bad' | 'over'>> = {
  received: 'act',
  identity_pending: 'wait',
  assessing: 'act',
  awaiting_approval: 'act',
  approved: 'wait',
  executing: 'wait',
  verifying: 'wait',
  blocked: 'bad',
  completed: 'good',
  completed_with_exceptions: 'good',
  reopened: 'bad',
  duplicate: 'over',
  expired: 'over',
  refused: 'over',
  withdrawn: 'over',
};

export function StateBadge({ state }: { state: RequestState }) {
  return (
    <span className="badge" data-tone={TONES[state]}>
      {texts.request.states[state]}
    </span>
  );
}
