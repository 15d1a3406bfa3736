import type { Heard } from './status.ts';

/**
 * Work that was handed to an outside processor, who answers in days. What it says may come by its callback or by asking
 * it; both end here, so that neither can do what the other cannot. Its word is an attestation: nobody here looked.
 */
export interface Delegation {
  readonly heard: Heard | 'silent';
  readonly submittedAt: Date;
  /** When the processor says it will be done. */
  readonly expectedAt: Date;
  /** When waiting ends, whatever it says: the legal deadline of the request. */
  readonly dueAt: Date;
  readonly heardAt: Date | null;
  /** The last part of the time that was told: 0, 50, 75 or 90 %. */
  readonly escalated: number;
}

export const ESCALATIONS = [50, 75, 90] as const;

/** Null when nothing changes: it was said before, or the processor contradicts what it said at last. */
export function hear(delegation: Delegation, heard: Heard, expectedAt: Date, at: Date): Delegation | null {
  // What is late is still an answer; what was answered stands.
  if (delegation.heard !== 'working' && delegation.heard !== 'silent') return null;
  if (heard === 'working' && delegation.heard === 'silent') return null;
  if (heard === 'working' && expectedAt.getTime() === delegation.expectedAt.getTime()) return null;
  return { ...delegation, heard, expectedAt, heardAt: at };
}

/** What the passing of time does. Null when nothing is due. */
export function elapse(delegation: Delegation, now: Date): Delegation | null {
  if (delegation.heard !== 'working') return null;
  if (now >= delegation.dueAt) return { ...delegation, heard: 'silent' };
  const whole = delegation.dueAt.getTime() - delegation.submittedAt.getTime();
  const passed = (100 * (now.getTime() - delegation.submittedAt.getTime())) / Math.max(whole, 1);
  const escalated = ESCALATIONS.filter((part) => passed >= part).at(-1) ?? 0;
  return escalated > delegation.escalated ? { ...delegation, escalated } : null;
}

/** While this holds, the request waits for the processor. */
export function isAwaited({ heard }: Pick<Delegation, 'heard'>): boolean {
  return heard === 'working';
}
