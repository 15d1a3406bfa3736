import type { Task } from './request-queries.ts';

/** What a task's state means to whoever watches. */
export const GROUPS = ['proven', 'exception', 'working', 'waiting', 'stuck'] as const;
export type Group = (typeof GROUPS)[number];

/** Total, so that a new state does not compile before somebody has said what it means. */
const GROUP_OF: Readonly<Record<Task['state'], Group>> = {
  blocked: 'waiting',
  ready: 'waiting',
  leased: 'working',
  retry_wait: 'waiting',
  executed: 'working',
  settling: 'working',
  verifying: 'working',
  verified: 'proven',
  no_data_found: 'proven',
  residual: 'working',
  delegated: 'exception',
  exempt: 'exception',
  failed_final: 'stuck',
};
export const groupOf = (state: Task['state']): Group => GROUP_OF[state];

/** @param progress tasks by state, as the request tells it; states that are not known here are waited for */
export function countGroups(progress: Readonly<Record<string, number>>): Record<Group, number> {
  const counts: Record<Group, number> = { proven: 0, exception: 0, working: 0, waiting: 0, stuck: 0 };
  for (const [state, count] of Object.entries(progress)) {
    counts[(GROUP_OF as Readonly<Record<string, Group>>)[state] ?? 'waiting'] += count;
  }
  return counts;
}

/** In these states somebody may say why a place stays as it is (core/src/request/task-state.ts). */
const EXEMPTABLE: ReadonlySet<Task['state']> = new Set([
  'blocked',
  'ready',
  'retry_wait',
  'verifying',
  'residual',
  'delegated',
  'failed_final',
]);

/** Our own telemetry cannot be exempted, and what a worker holds ends first. */
export const isExemptable = ({ state, origin, leasedTo }: Pick<Task, 'state' | 'origin' | 'leasedTo'>): boolean =>
  origin !== 'own' && leasedTo === null && EXEMPTABLE.has(state);
