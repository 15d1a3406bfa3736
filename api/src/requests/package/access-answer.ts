import { type AccessAnswer, ANSWER_SCHEMA, isNone, type None } from '@vestige/core/package/answer';
import type { Provenance } from '@vestige/core/package/notice';
import { SIGN_OFF_CODES } from '@vestige/core/package/open-points';
import { noticeFor } from '@vestige/core/package/portability';
import { REDACTED } from '@vestige/core/package/third-parties';
import { registeredFor } from '@vestige/core/request/plan';
import type { StoredTask } from '@vestige/store/requests/request-store';
import { isComplete, type PackageFacts, VIEWS_MAX } from './package-facts.ts';

/** A file of the package that holds rows of one store. */
export interface Copy {
  readonly store: string;
  readonly file: string;
  readonly csv: string;
  readonly sha256: string;
  readonly rows: number;
  readonly redactions: readonly { readonly reason: string; readonly count: number }[];
}

/**
 * The answer to Art. 15 as data. What is not known is said, with a reason: an empty list would claim that there is
 * nothing.
 */
export function accessAnswer(facts: PackageFacts, copies: readonly Copy[]): AccessAnswer {
  const { request, lineage, notice, tasks } = facts;
  const held = tasks.some((task) => (task.counts?.found ?? 0) > 0);
  const controller = notice?.controller;
  const answer: Omit<AccessAnswer, 'not_provided'> = {
    schema: ANSWER_SCHEMA,
    request: {
      id: request.id,
      received_at: request.receivedAt.toISOString(),
      regime: request.clock.regime,
      answered_at: facts.answeredAt.toISOString(),
      searched: {
        selectors: unique(facts.identifierTypes).map((type) => ({ type })),
        stores: tasks.map((task) => searchedStore(facts, task)),
        window: { from: lineage?.window.from ?? null, to: lineage?.window.to ?? null },
      },
    },
    complete: isComplete(facts),
    controller: controller
      ? {
          legal_name: controller.legalName,
          contact: controller.contact,
          country: controller.country,
          representative: controller.representative,
          data_protection_officer: controller.dataProtectionOfficer,
        }
      : undeclared('Who the controller is stands in the letter that came with this package.'),
    processing_confirmed: held || (lineage?.edges.length ?? 0) > 0,
    purposes: purposesOf(facts),
    categories: orNone(
      unique([
        ...(lineage?.edges.flatMap((edge) => edge.categories) ?? []),
        ...copies.flatMap(({ store }) =>
          (noticeFor(notice?.stores ?? [], store)?.fields ?? []).flatMap(({ category }) => category ?? []),
        ),
      ]),
      'not_recorded',
      'Nothing that names you states a kind of data.',
    ),
    recipients: orNone(recipientsOf(facts), 'none', 'No disclosure to an outside party was seen.'),
    retention: orNone(
      tasks.map((task) => retentionOf(facts, task.node)),
      'none',
      'No place holds data about you.',
    ),
    rights: ['rectification', 'erasure', 'restriction', 'objection', 'portability'],
    complaint_authority:
      notice?.authority ?? undeclared('The letter that came with this package names the supervisory authority.'),
    sources: orNone(sourcesOf(facts), 'not_recorded', 'Nothing shows where the data came from.'),
    automated_decisions: decisionsOf(facts),
    transfers: orNone(transfersOf(facts), 'none', 'No recipient outside the controller’s country was seen.'),
    consultations: orNone(
      facts.views.map(({ at, purpose, actor }) => ({ at, purpose, actor_category: actorInWords(actor) })),
      'none',
      'Nobody has looked you up in this system.',
    ),
    copy: orNone(
      copies.map((copy) => ({ ...copy, redactions: [...copy.redactions] })),
      'none',
      held ? 'The rows that were found are about other people as well and were left out.' : 'Nothing was found.',
    ),
    pseudonym_disclosure: {
      subject_ids: [...request.subjectIds],
      explanation: 'Telemetry about you is kept under these random ids instead of your name.',
    },
  };
  return { ...answer, not_provided: notProvided(facts, answer) };
}

function searchedStore(facts: PackageFacts, task: StoredTask) {
  const searched = task.state === 'verified' || task.state === 'no_data_found';
  const excluded = task.exemption !== null && task.failure === null;
  return {
    id: task.node,
    title: titleOf(facts, task.node),
    searched_at: searched ? task.updatedAt.toISOString() : null,
    status: searched ? ('searched' as const) : excluded ? ('excluded' as const) : ('unreachable' as const),
    reason: task.exemption?.code ?? task.failure?.code ?? null,
    rows_found: searched ? (task.counts?.found ?? null) : null,
  };
}

export function titleOf({ stores, parties, lineage }: PackageFacts, node: string): string | null {
  const store = registeredFor(stores, node);
  if (store !== null) return store.title === node ? null : store.title;
  const recipient = lineage?.recipients.find((each) => each.node === node);
  return parties.find(({ id }) => id === recipient?.party)?.legalName ?? null;
}

function purposesOf({ lineage, notice }: PackageFacts): AccessAnswer['purposes'] {
  const seen = unique(lineage?.edges.flatMap((edge) => edge.purposes) ?? []);
  const purposes = seen.map((data_use) => {
    const declared = notice?.purposes.find(({ dataUse }) => dataUse === data_use);
    return {
      data_use,
      title: declared?.title ?? null,
      legal_basis: declared?.legalBasis ?? null,
      interests: declared?.interests ?? null,
    };
  });
  return orNone(purposes, 'not_recorded', 'Nothing that names you states a purpose.');
}

function recipientsOf({ lineage, parties }: PackageFacts) {
  return (lineage?.recipients ?? []).map((recipient) => {
    const party = parties.find(({ id }) => id === recipient.party);
    return {
      party: recipient.party,
      legal_name: party?.legalName ?? null,
      role: party?.role ?? null,
      country: party?.country ?? recipient.country,
      contact: party?.contact ?? null,
      node: recipient.node,
      first_disclosed: recipient.firstDisclosed,
      last_disclosed: recipient.lastDisclosed,
      count: recipient.count,
      categories: recipient.categories,
      purposes: recipient.purposes,
      via: recipient.via,
    };
  });
}

function retentionOf({ lineage, stores, notice, answeredAt }: PackageFacts, node: string) {
  const store = registeredFor(stores, node);
  const days = store?.retentionDays ?? null;
  const backupDays = store?.backupRetentionDays ?? null;
  const place = lineage?.residency.find((each) => each.store === node);
  return {
    store: node,
    period: days === null ? null : `P${days}D`,
    criteria: noticeFor(notice?.stores ?? [], node)?.retentionCriteria ?? null,
    expires_at: place?.retentionUntil ?? null,
    backups_until:
      backupDays === null
        ? null
        : new Date(answeredAt.getTime() + backupDays * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length),
  };
}

const DAY_MS = 86_400_000;

/** Where data came in from outside: the person's own entry points, whatever handed data to us, and declared sources. */
function sourcesOf({ lineage, parties, notice, tasks }: PackageFacts) {
  const seen = (lineage?.edges ?? [])
    .filter(
      (edge) => edge.from.startsWith('client:') || (edge.action === 'receive' && edge.from.startsWith('recipient:')),
    )
    .map((edge) => ({
      party: edge.from,
      name: edge.from.startsWith('client:')
        ? 'You, using our service'
        : (parties.find(({ hosts }) => hosts.includes(edge.from))?.legalName ?? null),
      first_seen: edge.firstSeen,
      categories: edge.categories,
    }));
  const declared = tasks.flatMap(({ node }) => {
    const said = noticeFor(notice?.stores ?? [], node);
    if (said === null) return [];
    const name = said.source ?? PROVENANCE_IN_WORDS[said.provenance];
    const categories = said.fields.flatMap(({ category }) => category ?? []);
    return [{ party: node, name, first_seen: null, categories }];
  });
  return [...seen, ...declared];
}

const PROVENANCE_IN_WORDS: Readonly<Record<Provenance, string>> = {
  provided: 'You gave it to us',
  observed: 'Recorded while you used the service',
  inferred: 'Worked out by us from other data about you',
  obtained: 'Obtained from somebody else',
};

/** A recipient in the controller's own country, or one whose country nobody knows, is no transfer that could be named. */
function transfersOf({ lineage, parties, notice }: PackageFacts) {
  const told = new Set((lineage?.recipients ?? []).map((recipient) => recipient.party));
  const home = notice?.controller.country ?? null;
  return parties.flatMap(({ id, country, transferMechanism }) =>
    told.has(id) && country !== null && country !== home ? [{ party: id, country, mechanism: transferMechanism }] : [],
  );
}

function decisionsOf({ notice, lineage }: PackageFacts): AccessAnswer['automated_decisions'] {
  if (notice === null)
    return none('not_declared', 'The controller has not declared whether it decides by machine alone.');
  const nodes = new Set(lineage?.nodes.map(({ id }) => id) ?? []);
  const decisions = notice.automatedDecisions.map((decision) => ({
    name: decision.name,
    touched: decision.nodes.length === 0 ? null : decision.nodes.some((node) => nodes.has(node)),
    logic: decision.logic,
    significance: decision.significance,
    envisaged_consequences: decision.consequences,
    human_review: decision.humanReview,
  }));
  return orNone(decisions, 'none', 'The controller declares that it takes no decision by machine alone.');
}

function actorInWords(actor: string): string {
  if (actor.startsWith('key:')) return 'staff or a service of the controller';
  return actor.startsWith('link:') ? 'you, by the link to your copy' : 'this system itself';
}

function notProvided(facts: PackageFacts, answer: Omit<AccessAnswer, 'not_provided'>): AccessAnswer['not_provided'] {
  const list: AccessAnswer['not_provided'] = [];
  const say = (what: string, reason_code: string, text: string) => list.push({ what, reason_code, text });
  for (const [what, section] of Object.entries(answer)) {
    if (isNone(section)) say(what, section.none.reason_code, section.none.text);
  }
  for (const { what, code } of facts.signOffs) say(what, code, SIGN_OFF_CODES[code]);
  for (const store of answer.request.searched.stores) {
    if (store.status !== 'searched') say(store.id, store.reason ?? store.status, 'This place could not be searched.');
  }
  if (facts.notice === null) {
    say('legal_basis', 'not_declared', 'The letter that came with this package names the legal basis of each purpose.');
  }
  if (facts.views.length >= VIEWS_MAX) {
    say('consultations', 'bounded', `The list of looks at your data shows the first ${VIEWS_MAX}.`);
  }
  if (facts.lineage !== null && !facts.lineage.completeness.complete) {
    say('path', 'gaps', facts.lineage.completeness.statement || 'What was observed of the path has gaps.');
  }
  for (const { store, redactions } of isNone(answer.copy) ? [] : answer.copy) {
    for (const { reason, count } of redactions) {
      say(store, reason, `${count} ${count === 1 ? 'value was' : 'values were'} replaced: ${redactionInWords(reason)}`);
    }
  }
  return list;
}

export function redactionInWords(reason: string): string {
  const words: Readonly<Record<string, string>> = {
    other_person: `an identifier of somebody else (Art. 15(4)), now ${REDACTED.other_person}.`,
    unknown_person: `an address or number inside a text that is not known to be yours (Art. 15(4)), now ${REDACTED.unknown_person}.`,
    third_party_field: `a field about somebody else (Art. 15(4)), now ${REDACTED.third_party_field}.`,
    other_person_row: 'whole rows that are about somebody else (Art. 15(4)), left out.',
  };
  return words[reason] ?? reason;
}

const none = (reason_code: string, text: string): None => ({ none: { reason_code, text } });
const undeclared = (text: string): None => none('not_declared', text);

function orNone<Item>(items: Item[], reason_code: string, text: string): Item[] | None {
  return items.length > 0 ? items : none(reason_code, text);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
