import { PROVEN_STATES, type TaskState } from '../request/task-state.ts';

/**
 * Telling each recipient of an erasure, rectification or restriction (GDPR Art. 19): one notice for each party, however
 * many of its nodes received data, or a coded excuse. A notice is sent once; an acknowledgement is the recipient's word,
 * and what only says "received" is no erasure (IAB DDRF §7: acknowledges receipt, execution is out of scope).
 */
export const NOTICE_CHANNELS = ['erasure_call', 'opendsr', 'webhook', 'email', 'letter', 'portal', 'phone'] as const;
export type NoticeChannel = (typeof NOTICE_CHANNELS)[number];

export const ACKNOWLEDGEMENTS = ['received', 'completed', 'refused'] as const;
export type Acknowledgement = (typeof ACKNOWLEDGEMENTS)[number];

/** "Unless this proves impossible or involves disproportionate effort." There is no third excuse. */
export const NOTICE_EXCUSES = ['impossible', 'disproportionate'] as const;
export type NoticeExcuse = (typeof NOTICE_EXCUSES)[number];

export interface RecipientNotice {
  /** Registered party, or host while none is registered. */
  readonly party: string;
  /** Its nodes that received data of the person. */
  readonly nodes: readonly string[];
  readonly sent: { readonly channel: NoticeChannel; readonly at: Date; readonly by: string } | null;
  readonly acknowledged: { readonly as: Acknowledgement; readonly at: Date } | null;
  readonly excuse: { readonly code: NoticeExcuse; readonly basis: string; readonly by: string } | null;
  /** When a hold on the recipient was lifted that stood in the way of this notice: it has to be told again. */
  readonly againSince: Date | null;
}

/** Parties that were neither told nor excused. A request is not complete while there are any (Art. 19; check D9). */
export function uncovered(notices: readonly Pick<RecipientNotice, 'party' | 'sent' | 'excuse'>[]): string[] {
  return notices.filter(({ sent, excuse }) => sent === null && excuse === null).map(({ party }) => party);
}

/** One row for each party out of lineage's rows for each party and node. */
export function byParty(
  recipients: readonly { readonly party: string; readonly node: string }[],
): { party: string; nodes: string[] }[] {
  const nodesOf = new Map<string, Set<string>>();
  for (const { party, node } of recipients) nodesOf.set(party, (nodesOf.get(party) ?? new Set()).add(node));
  return [...nodesOf]
    .map(([party, nodes]) => ({ party, nodes: [...nodes].sort() }))
    .sort((a, b) => (a.party < b.party ? -1 : 1));
}

export interface NoticeTask {
  readonly node: string;
  readonly action: string;
  readonly state: TaskState;
  readonly method: string | null;
  readonly executedBy: string | null;
  readonly exemption: { readonly code: string; readonly basis: string; readonly by: string } | null;
  readonly updatedAt: Date;
}

/**
 * What the work at a party's nodes amounts to: carrying it out there is the most direct way of telling. Null when nothing
 * at any of its nodes tells anything.
 */
export function noticeFromTasks(
  nodes: readonly string[],
  tasks: readonly NoticeTask[],
): Pick<RecipientNotice, 'sent' | 'acknowledged' | 'excuse'> | null {
  const own = tasks.filter(({ node }) => nodes.includes(node));
  const told = own.filter(({ executedBy, state }) => executedBy !== null && state !== 'exempt');
  const [first] = told.toSorted((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime());
  if (first?.executedBy) {
    const proven = told.length === own.length && told.every(({ state }) => PROVEN_STATES.includes(state));
    return {
      sent: { channel: channelOf(first.method), at: first.updatedAt, by: first.executedBy },
      acknowledged: proven ? { as: 'completed', at: first.updatedAt } : null,
      excuse: null,
    };
  }
  const excuses = own.flatMap(({ exemption }) =>
    exemption ? [{ ...exemption, excuse: EXCUSE_OF[exemption.code] }] : [],
  );
  const [excuse] = excuses.filter((each) => each.excuse !== undefined);
  if (!excuse?.excuse || excuses.length < own.length) return null;
  return { sent: null, acknowledged: null, excuse: { code: excuse.excuse, basis: excuse.basis, by: excuse.by } };
}

const EXCUSE_OF: Readonly<Record<string, NoticeExcuse>> = {
  'vestige:notice-impossible': 'impossible',
  'vestige:notice-disproportionate': 'disproportionate',
};

function channelOf(method: string | null): NoticeChannel {
  if (method === 'opendsr' || method === 'webhook') return method;
  return 'erasure_call';
}
