import type { RequestState } from './request-state.ts';
import type { TaskState } from './task-state.ts';
import type { FailureClass, TaskAction } from './worker-protocol.ts';

/**
 * What a request waits for, in words, and what would get it going: the question of everybody who looks at one that does
 * not move. Each answer names who has to act; an empty list means that the next step is being taken right now.
 */
export interface Wait {
  readonly code: WaitCode;
  readonly who: 'officer' | 'approver' | 'operator' | 'person' | 'nobody';
  readonly says: string;
  /** What to do about it; null where time alone helps. */
  readonly do: string | null;
  /** Places it is about, at most {@link NODES_PER_WAIT_MAX} of `count`. */
  readonly nodes?: readonly string[];
  readonly count?: number;
  /** When it goes on by itself, RFC 3339; absent where it does not. */
  readonly until?: string;
}

export const WAIT_CODES = [
  'ended',
  'work_paused',
  'suspended',
  'paused',
  'held',
  'identity',
  'ambiguous_identifiers',
  'twin_open',
  'planning',
  'approval',
  'unsealed_access',
  'collectors_behind',
  'starting',
  'unserved_target',
  'unclaimed_task',
  'unclaimed_verification',
  'leased_task',
  'retry',
  'failed_task',
  'upstream',
  'settling',
  'package_needs_sign_off',
] as const;
export type WaitCode = (typeof WAIT_CODES)[number];

export const NODES_PER_WAIT_MAX = 20;
/** A task on the shelf for longer than this has no worker that wants it. */
const UNCLAIMED_MS = 60_000;

export interface WaitFacts {
  readonly state: RequestState;
  readonly type: string;
  readonly identified: boolean;
  readonly planHash: string | null;
  readonly paused: string | null;
  readonly suspended: boolean;
  readonly workPaused: { readonly reason: string } | null;
  /** Holds on its people, only where a hold matters to this type; of no nodes: everywhere. */
  readonly holds: readonly { readonly matter: string; readonly nodes: readonly string[] }[];
  /** Where the plan works; null while there is none, and any hold may come to matter. */
  readonly places: readonly string[] | null;
  readonly attention: string | null;
  readonly tasks: readonly WaitingTask[];
  readonly now: Date;
}

export interface WaitingTask {
  readonly node: string;
  readonly action: TaskAction;
  readonly state: TaskState;
  readonly own: boolean;
  /** Somebody is registered to work there. */
  readonly served: boolean;
  /** Upstream targets that are not clean yet. */
  readonly waitsFor: readonly string[];
  readonly notBefore: Date;
  readonly since: Date;
  readonly lease: { readonly worker: string; readonly until: Date } | null;
  readonly failure: { readonly class: FailureClass; readonly code: string } | null;
}

/** @returns most important first */
export function explainWait(facts: WaitFacts): Wait[] {
  if (ENDED.has(facts.state)) {
    return [wait('ended', 'nobody', `The request has ended: ${facts.state}.`, null)];
  }
  return [...overlays(facts), ...ofState(facts)];
}

const ENDED: ReadonlySet<RequestState> = new Set([
  'completed',
  'completed_with_exceptions',
  'duplicate',
  'expired',
  'refused',
  'withdrawn',
]);

function overlays({ workPaused, suspended, paused, holds, places }: WaitFacts): Wait[] {
  const waits: Wait[] = [];
  if (workPaused !== null) {
    const says = `All work on requests is stopped: ${workPaused.reason}. The legal clocks run on.`;
    waits.push(wait('work_paused', 'operator', says, 'vestige request work resume'));
  }
  if (suspended) {
    const says = 'Work on this request is suspended. Its clock runs on.';
    waits.push(wait('suspended', 'operator', says, 'vestige request unsuspend <id>'));
  }
  if (paused !== null) {
    const says = `It waits for the person: ${paused}.`;
    waits.push(wait('paused', 'person', says, 'Once they have answered: vestige request resume <id>'));
  }
  for (const { matter, nodes } of holds) {
    const isElsewhere = nodes.length > 0 && places !== null && !places.some((place) => coversPlace(nodes, place));
    if (isElsewhere) continue;
    const says = `A legal hold keeps ${nodes.length === 0 ? 'everything' : 'some places'} as it is: ${matter}.`;
    waits.push(wait('held', 'approver', says, 'When the matter is closed, another key than placed it releases it.'));
  }
  return waits;
}

/** As the store decides it when it hands out tasks (`HELD_TASK`): in full, or a beginning and `*`. */
function coversPlace(patterns: readonly string[], place: string): boolean {
  return patterns.some(
    (pattern) => pattern === place || (pattern.endsWith('*') && place.startsWith(pattern.slice(0, -1))),
  );
}

function ofState(facts: WaitFacts): Wait[] {
  const { state, identified, planHash, attention } = facts;
  switch (state) {
    case 'received':
    case 'identity_pending':
      return [IDENTITY];
    case 'assessing':
    case 'reopened':
      if (!identified) return [IDENTITY];
      return [BY_ATTENTION[attention ?? ''] ?? wait('planning', 'nobody', 'It is being planned.', null)];
    case 'awaiting_approval': {
      const grew = attention === 'plan_grew' ? ' More was found than the last approval covers.' : '';
      const says = `The plan waits for somebody else than filed the request to approve it.${grew}`;
      return [wait('approval', 'approver', says, `vestige request approve <id> --plan-hash ${planHash ?? '<hash>'}`)];
    }
    case 'approved':
      return [BY_ATTENTION[attention ?? ''] ?? wait('starting', 'nobody', 'It is about to start.', null)];
    default: {
      const unsigned = attention === 'package_needs_sign_off' ? BY_ATTENTION[attention] : undefined;
      return [...(unsigned ? [unsigned] : []), ...ofTasks(facts)];
    }
  }
}

const IDENTITY = wait(
  'identity',
  'officer',
  'Nobody has established that the person is who they say.',
  'vestige request verify-identity <id> --method <method> --assurance <level>',
);

const BY_ATTENTION: Readonly<Record<string, Wait>> = {
  package_needs_sign_off: wait(
    'package_needs_sign_off',
    'approver',
    'The copy is ready but for what is open: a recipient that is a host and nobody’s name, or a part that is missing.',
    'vestige request review <id> lists it; register the party or declare the store, or vestige request sign-off <id>.',
  ),
  ambiguous_identifiers: wait(
    'ambiguous_identifiers',
    'officer',
    'The identifiers lead to more than one person, or one of them is shared by several.',
    'Link the two if they are one person (POST /v1/aliases), or withdraw this and file one request each.',
  ),
  twin_open: wait(
    'twin_open',
    'nobody',
    'An older erasure of the same person is open, and this one names identifiers that the older one does not.',
    'It goes on when the older one has ended.',
  ),
  unsealed_access: wait(
    'unsealed_access',
    'officer',
    'The person has asked for a copy that is not sealed yet; erasing first would destroy what is owed.',
    'Take the access request to its end, or withdraw it.',
  ),
  collectors_behind: wait(
    'collectors_behind',
    'operator',
    'Not every collector has confirmed that it refuses this person’s spans.',
    'A running collector confirms within seconds; one that is gone stops counting after two minutes.',
  ),
};

function ofTasks({ tasks, now }: WaitFacts): Wait[] {
  const waits: Wait[] = [];
  const about = (
    pick: (task: WaitingTask) => boolean,
    build: (found: readonly WaitingTask[]) => Omit<Wait, 'nodes' | 'count'>,
  ) => {
    const found = tasks.filter(pick);
    if (found.length === 0) return;
    const nodes = found.slice(0, NODES_PER_WAIT_MAX).map(({ node }) => node);
    waits.push({ ...build(found), nodes, count: found.length });
  };
  const onShelf = (task: WaitingTask) =>
    !task.own && task.lease === null && task.notBefore <= now && now.getTime() - task.since.getTime() >= UNCLAIMED_MS;

  about(
    (task) => task.state === 'failed_final',
    (found) =>
      wait(
        'failed_task',
        'operator',
        `Given up: ${codesOf(found)}.`,
        'Mend the cause, then vestige task retry <task>; or vestige task exempt <task> with a coded reason.',
      ),
  );
  about(
    (task) => task.state === 'blocked' && task.waitsFor.length === 0 && !task.own && !task.served,
    () =>
      wait(
        'unserved_target',
        'operator',
        'No connector is registered for these places, so nobody can look there.',
        'Register the store with its connector (PUT /v1/stores), or vestige task exempt <task> with a coded reason.',
      ),
  );
  about(
    (task) => task.state === 'ready' && onShelf(task),
    (found) =>
      wait(
        'unclaimed_task',
        'operator',
        `Ready for more than a minute, and no worker takes it (${actionsOf(found)}).`,
        'Run a worker that serves these places: vestige worker. It must serve these actions too.',
      ),
  );
  about(
    (task) => task.state === 'verifying' && onShelf(task),
    () =>
      wait(
        'unclaimed_verification',
        'operator',
        'Done, and for more than a minute nobody has verified it. The key that did the work may not.',
        'Run a worker with a key of its own that verifies.',
      ),
  );
  about(
    (task) => task.state === 'retry_wait',
    (found) => ({
      ...wait('retry', 'operator', `Failed and tried again later: ${codesOf(found)}.`, 'Mend the cause; nothing else.'),
      until: earliest(found.map(({ notBefore }) => notBefore)),
    }),
  );
  about(
    (task) => task.lease !== null,
    (found) => ({
      ...wait('leased_task', 'nobody', `At work: ${unique(found.map(({ lease }) => lease?.worker ?? ''))}.`, null),
      until: earliest(found.flatMap(({ lease }) => (lease === null ? [] : [lease.until]))),
    }),
  );
  about(
    (task) => task.state === 'executed' || task.state === 'settling' || task.state === 'residual',
    () => wait('settling', 'nobody', 'Between two steps that follow by themselves.', null),
  );
  about(
    (task) => task.state === 'blocked' && task.waitsFor.length > 0,
    (found) =>
      wait(
        'upstream',
        'nobody',
        `These wait until what flows into them is clean: ${unique(found.flatMap(({ waitsFor }) => waitsFor).slice(0, NODES_PER_WAIT_MAX))}.`,
        null,
      ),
  );
  return waits;
}

function wait(code: WaitCode, who: Wait['who'], says: string, what: string | null): Wait {
  return { code, who, says, do: what };
}

const unique = (texts: readonly string[]): string => [...new Set(texts)].sort().join(', ');
const codesOf = (tasks: readonly WaitingTask[]): string =>
  unique(tasks.map(({ failure }) => failure?.code ?? 'unknown'));
const actionsOf = (tasks: readonly WaitingTask[]): string => unique(tasks.map(({ action }) => action));
const earliest = (instants: readonly Date[]): string =>
  new Date(Math.min(...instants.map((instant) => instant.getTime()))).toISOString();
