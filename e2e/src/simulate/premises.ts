import type { BatchJob } from './batch-jobs.ts';
import type { Dice } from './dice.ts';
import type { Conversation } from './execution.ts';
import type { GroundTruth } from './ground-truth.ts';
import { bullmq, kafka, type Queue } from './messages.ts';
import { type Program, TAGGINGS, type Tagging } from './programs.ts';
import type { Ids, SimService } from './span.ts';
import {
  declaredStore,
  memory,
  model,
  mongo,
  type Outside,
  objects,
  ownService,
  postgres,
  redis,
  type Store,
  vectors,
  webApi,
} from './systems.ts';

/** What an organisation has: software, and places for data. */
export interface Premises {
  readonly services: readonly SimService[];
  readonly programs: readonly Program[];
  readonly stores: readonly Store[];
  readonly memories: readonly Store[];
  readonly archive: readonly [from: Store, to: Store];
  readonly renames: readonly [from: Store, to: Store];
  readonly outside: readonly Outside[];
  readonly queues: readonly Queue[];
  /** For messages that nobody could handle. */
  readonly dead: Queue;
  readonly jobs: readonly BatchJob[];
  readonly conversations: readonly Conversation[];
  /** Conversations of several people, which go on for weeks. */
  readonly rooms: readonly Conversation[];
  readonly registry: Registry;
}

/** What the organisation has told Vestige about itself. */
export interface Registry {
  readonly parties: readonly { readonly id: string; readonly hosts: readonly string[] }[];
  readonly stores: readonly { readonly id: string; readonly retentionDays: number | null }[];
  readonly aliases: readonly { readonly alias: string; readonly canonical: string }[];
}

const PARTY = { id: 'model-maker', hosts: ['models.example'] };
const TOPIC = 'queue:kafka://broker:9092/tickets';
const TOPIC_DAYS = 2;

/** @param wrongClockUs how far the clock of one service is off, beyond what those of the others are */
export function premises(dice: Dice, ids: Ids, truth: GroundTruth, people: number, wrongClockUs = 0): Premises {
  const service = (name: string, index: number): SimService => ({
    name,
    skewUs: dice.between(-45_000, 45_000) + (index === 0 ? wrongClockUs : 0),
    coarse: dice.chance(0.4),
    numbered: dice.chance(0.6),
  });
  const services = ['desk', 'shop/billing', 'mailer', 'report'].map(service);
  const styles: readonly Tagging[] = Object.values(TAGGINGS);
  const customers = postgres(truth, 'db', 'crm', 'customers', { alias: '10.0.0.5', dice });
  const tickets = postgres(truth, 'db', 'crm', 'tickets', { old: true });
  const archive = postgres(truth, 'db', 'crm', 'archive');
  const warehouse = declaredStore(truth, 'snowflake://acme-main', 'WH.PUBLIC.CUSTOMERS');
  const letters = objects(truth, 'exports', 'letters');
  const cases = vectors(truth, 'vectors', 'cases');
  const conversations = (count: number): Conversation[] =>
    Array.from({ length: count }, () => ({ id: ids.person.uuid(4, 0), history: new Map() }));
  return {
    services,
    programs: services.flatMap((one) => programsOf(one, dice.pick(styles))),
    stores: [
      customers,
      tickets,
      archive,
      warehouse,
      redis(truth, 'cache', 'session'),
      letters,
      mongo(truth, 'docs', 'desk', 'notes'),
      cases,
      declaredStore(truth, 'sheets', 'callbacks'),
    ],
    memories: Array.from({ length: Math.ceil(people / 6) }, (_, i) => memory(truth, 'recall', `notes-${i}`)),
    archive: [tickets, archive],
    renames: [declaredStore(truth, 'sheets', 'callbacks'), declaredStore(truth, 'sheets', 'called')],
    outside: [
      model('openai', 'gpt-5', 'api.models.example', PARTY.id),
      model('anthropic', 'claude', 'api.claude.example', 'api.claude.example'),
      webApi('api.mail.example', 'mail.example'),
      webApi('hooks.ads.example', 'ads.example'),
      ownService('legacy'),
    ],
    queues: [
      kafka(truth.place(TOPIC), 'tickets', TOPIC_DAYS),
      bullmq(truth.place('queue:bullmq://jobs:6379/letters'), 'letters'),
    ],
    dead: bullmq(truth.place('queue:bullmq://jobs:6379/dead'), 'dead'),
    jobs: jobsOf(truth, { customers, tickets, warehouse, letters, cases }),
    conversations: conversations(Math.max(6, Math.ceil(people / 2))),
    rooms: conversations(Math.ceil(people / 5)),
    registry: {
      parties: [PARTY],
      stores: [{ id: TOPIC, retentionDays: TOPIC_DAYS }],
      aliases: [{ alias: 'store:postgres://10.0.0.5:5432/*', canonical: 'store:postgres://db:5432/*' }],
    },
  };
}

function programsOf(service: SimService, tagging: Tagging): Program[] {
  const program = (kind: Program['kind'], name: string): Program => ({
    node: kind === 'service' ? `service:${service.name}` : `${kind}:${service.name}/${name}`,
    kind,
    name,
    service,
    tagging,
  });
  return [
    program('service', service.name),
    program('agent', 'triage'),
    program('agent', 'writer'),
    program('tool', 'lookup'),
    program('workflow', 'case'),
  ];
}

function jobsOf(
  truth: GroundTruth,
  {
    customers,
    tickets,
    warehouse,
    letters,
    cases,
  }: Record<'customers' | 'tickets' | 'warehouse' | 'letters' | 'cases', Store>,
): BatchJob[] {
  const dataset = (name: string) => declaredStore(truth, 'snowflake://acme-main', `WH.PUBLIC.${name.toUpperCase()}`);
  const plain = { overwrites: false, columns: null, namesPeople: false } as const;
  return [
    { ...plain, name: 'copy', inputs: [customers, tickets], output: warehouse, copies: 0.8 },
    {
      ...plain,
      name: 'figures',
      inputs: [warehouse],
      output: dataset('figures'),
      copies: 0,
      columns: 'shaped',
      overwrites: true,
    },
    {
      ...plain,
      name: 'segment',
      inputs: [warehouse],
      output: dataset('segment'),
      copies: 0.5,
      columns: 'copied',
      overwrites: true,
    },
    { ...plain, name: 'survey', inputs: [customers], output: dataset('survey'), copies: 1, namesPeople: true },
    // Embeddings are made anew every night, and files that were exported are read in elsewhere.
    { ...plain, name: 'reindex', inputs: [tickets], output: cases, copies: 0.7, overwrites: true },
    { ...plain, name: 'import', inputs: [letters], output: dataset('letters'), copies: 0.6 },
    // What the warehouse knows goes back to where it came from: jobs in a circle.
    { ...plain, name: 'feedback', inputs: [dataset('segment')], output: tickets, copies: 0.3 },
  ];
}
