import type { components } from '../../api/schema.d.ts';
import { governance } from '../../texts/en-governance.ts';

const texts = governance.exposure.approval;
type Approval = components['schemas']['AskedExposure']['approval'];

export const isOpen = (approval: Approval, now = Date.now()): boolean =>
  approval !== null && Date.parse(approval.until) > now;

const TONES = { waiting: 'act', open: 'good', over: 'over' } as const;

/** Whether the list of people may be read now. */
export function ApprovalBadge({ approval }: { approval: Approval }) {
  const state = approval === null ? 'waiting' : isOpen(approval) ? 'open' : 'over';
  return (
    <span className="badge" data-tone={TONES[state]}>
      {texts[state]}
    </span>
  );
}
