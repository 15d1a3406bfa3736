import type { LineageAnswer } from '@vestige/core/lineage/answer';
import { registeredFor } from '@vestige/core/request/plan';
import type { AuditEntry } from '@vestige/store/audit/audit-store';
import type { Party, RegisteredStore } from '@vestige/store/control/registry-store';
import type { StoredRequest, StoredTask } from '@vestige/store/requests/request-store';

/**
 * The answer to Art. 15 as data: the fields of research/compliance.md §1.2, which names the article behind each. What is
 * not known is said under `not_provided` with a reason; an empty list alone would claim that there is nothing.
 */
export interface AnswerInput {
  readonly request: StoredRequest;
  readonly identifierTypes: readonly string[];
  readonly answeredAt: Date;
  /** Null when no span ever named the person. */
  readonly lineage: LineageAnswer | null;
  readonly parties: readonly Party[];
  readonly stores: readonly RegisteredStore[];
  readonly tasks: readonly StoredTask[];
  readonly copies: readonly Copy[];
  /** Looks at the person, from the audit trail. */
  readonly views: readonly AuditEntry[];
}

export interface Copy {
  readonly store: string;
  readonly file: string;
  readonly sha256: string;
  readonly rows: number;
}

export type AccessAnswer = ReturnType<typeof facts> & { not_provided: Missing[] };

const RIGHTS = ['rectification', 'erasure', 'restriction', 'objection', 'portability'] as const;

export function accessAnswer(input: AnswerInput): AccessAnswer {
  const answer = facts(input);
  return { ...answer, not_provided: missing(input, answer) };
}

function facts(input: AnswerInput) {
  const { request, lineage, tasks } = input;
  const purposes = unique(lineage?.edges.flatMap((edge) => edge.purposes) ?? []);
  const categories = unique(lineage?.edges.flatMap((edge) => edge.categories) ?? []);
  const held = tasks.some((task) => (task.counts?.found ?? 0) > 0);
  return {
    schema: 'urn:vestige:access-answer:v1',
    profile: request.type,
    request: {
      id: request.id,
      received_at: request.receivedAt.toISOString(),
      regime: request.clock.regime,
      answered_at: input.answeredAt.toISOString(),
      searched: {
        selectors: unique(input.identifierTypes).map((type) => ({ type })),
        stores: tasks.map(searchedStore),
        window: { from: lineage?.window.from ?? null, to: lineage?.window.to ?? null },
      },
    },
    processing_confirmed: held || (lineage?.edges.length ?? 0) > 0,
    purposes: purposes.map((data_use) => ({ data_use })),
    categories,
    recipients: recipientsOf(input),
    retention: tasks.map((task) => retentionOf(input, task.node)),
    rights: [...RIGHTS],
    complaint_authority: null,
    sources: sourcesOf(lineage),
    automated_decisions: [] as never[],
    transfers: transfersOf(input),
    consultations: input.views.map(({ at, purpose, actor }) => ({
      at,
      purpose,
      actor_category: actor.startsWith('key:') ? 'staff or service of the controller' : 'system',
    })),
    copy: input.copies.map((copy) => ({ ...copy, redactions: [] as never[] })),
    completeness: lineage?.completeness ?? null,
    pseudonym_disclosure: {
      subject_ids: [...request.subjectIds],
      explanation: 'Telemetry about you is kept under these random ids instead of your name.',
    },
  };
}

function searchedStore(task: StoredTask) {
  const searched = task.state === 'verified' || task.state === 'no_data_found';
  const excluded = task.exemption !== null && task.failure === null;
  return {
    id: task.node,
    searched_at: searched ? task.updatedAt.toISOString() : null,
    status: searched ? 'searched' : excluded ? 'excluded' : 'unreachable',
    reason: task.exemption?.code ?? task.failure?.code ?? null,
  };
}

function recipientsOf({ lineage, parties }: AnswerInput) {
  return (lineage?.recipients ?? []).map((recipient) => {
    const party = parties.find(({ id }) => id === recipient.party);
    return {
      party: recipient.party,
      legal_name: party?.legalName ?? null,
      role: party?.role ?? null,
      country: party?.country ?? recipient.country,
      first_disclosed: recipient.firstDisclosed,
      last_disclosed: recipient.lastDisclosed,
      count: recipient.count,
      categories: recipient.categories,
      purposes: recipient.purposes,
      via: recipient.via,
      node: recipient.node,
    };
  });
}

function retentionOf({ lineage, stores }: AnswerInput, node: string) {
  const days = registeredFor(stores, node)?.retentionDays ?? null;
  const place = lineage?.residency.find(({ store }) => store === node);
  return { store: node, period: days === null ? null : `P${days}D`, expires_at: place?.retentionUntil ?? null };
}

/** Where data came in from outside: the person's own entry points, and whatever handed data to one of our nodes. */
function sourcesOf(lineage: LineageAnswer | null) {
  return (lineage?.edges ?? [])
    .filter(
      (edge) => edge.from.startsWith('client:') || (edge.action === 'receive' && edge.from.startsWith('recipient:')),
    )
    .map((edge) => ({ party: edge.from, first_seen: edge.firstSeen, categories: edge.categories }));
}

function transfersOf({ lineage, parties }: AnswerInput) {
  const told = new Set((lineage?.recipients ?? []).map((recipient) => recipient.party));
  return parties
    .filter((party) => told.has(party.id) && party.country !== null)
    .map((party) => ({ party: party.id, country: party.country, mechanism: party.transferMechanism }));
}

interface Missing {
  readonly what: string;
  readonly reason_code: string;
  readonly text: string;
}

function missing(input: AnswerInput, answer: ReturnType<typeof facts>): Missing[] {
  const list: Missing[] = [];
  const say = (what: string, reason_code: string, text: string) => list.push({ what, reason_code, text });
  if (answer.purposes.length === 0) say('purposes', 'not_recorded', 'No span that names you states a purpose.');
  if (answer.categories.length === 0) say('categories', 'not_recorded', 'No span that names you states a category.');
  if (answer.recipients.length === 0) say('recipients', 'none', 'No disclosure to an outside party was seen.');
  for (const { legal_name, node } of answer.recipients) {
    if (legal_name === null)
      say(`recipient ${node}`, 'unregistered', 'The legal entity behind this host is not registered.');
  }
  if (answer.sources.length === 0) say('sources', 'not_recorded', 'No span shows where the data came from.');
  if (answer.transfers.length === 0) say('transfers', 'none', 'No recipient with a known country was seen.');
  if (answer.consultations.length === 0) say('consultations', 'none', 'Nobody has looked you up in this system.');
  say('automated_decisions', 'not_recorded', 'Spans do not record automated decisions; ask the controller.');
  say('complaint_authority', 'controller_states', 'The covering letter names the supervisory authority.');
  say('legal_basis', 'controller_states', 'The legal basis of each purpose is in the covering letter.');
  for (const store of answer.request.searched.stores) {
    if (store.status !== 'searched') say(store.id, store.reason ?? store.status, 'This place could not be searched.');
  }
  if (input.request.type === 'portability') {
    say('filter', 'not_recorded', 'Rows state no legal basis, so none was left out for resting on another one.');
  }
  return list;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
