import type { LineageAnswer, LineageEdge, LineageNode } from '@vestige/core/lineage/answer';
import { SeededRandom } from '../random.ts';

/** Shares of the nodes of a large installation; what is left over are stores. */
const SHARES = [
  ['client', 0.01],
  ['service', 0.1],
  ['agent', 0.2],
  ['tool', 0.18],
  ['model', 0.02],
  ['queue', 0.03],
  ['memory', 0.04],
  ['recipient', 0.07],
] as const;
const CATEGORIES = ['user.contact.email', 'user.contact.phone', 'user.content', 'user.financial', 'user.location'];
const CONFIDENCES = ['declared', 'declared', 'ambient', 'inferred', 'inferred', 'possible'] as const;
const BEGIN_MS = Date.parse('2026-11-01T08:00:00.000Z');
const DAYS_MS = 20 * 86_400_000;

interface Way {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly action: LineageEdge['action'];
  readonly share: number;
}

/**
 * An answer about one person as large as asked for, the same for the same seed: services call agents, agents call tools
 * and models, tools and agents read and write stores, a few hand data to outside companies. A few nodes have most of the
 * edges, as in life. Nothing in it is about anybody.
 */
export function lineageAnswer(subjectId: string, nodesCount: number, edgesCount: number, seed = 1): LineageAnswer {
  const random = new SeededRandom(seed);
  const ids: Record<LineageNode['kind'], string[]> = {
    client: [],
    service: [],
    agent: [],
    workflow: [],
    tool: [],
    mcp_server: [],
    model: [],
    memory: [],
    queue: [],
    store: [],
    job: [],
    recipient: [],
  };
  for (const [kind, share] of SHARES) {
    const count = Math.max(1, Math.round(share * nodesCount));
    for (let i = 0; i < count; i++) ids[kind].push(idOf(kind, i));
  }
  const named = Object.values(ids).reduce((sum, each) => sum + each.length, 0);
  for (let i = named; i < nodesCount; i++) ids.store.push(idOf('store', i - named));

  // Every pair of kinds that meets, with the action, and how often.
  const ways = [
    { from: ids.client, to: ids.service, action: 'share', share: 0.04 },
    { from: ids.service, to: ids.agent, action: 'share', share: 0.16 },
    { from: ids.agent, to: ids.tool, action: 'share', share: 0.2 },
    { from: ids.agent, to: ids.model, action: 'share', share: 0.06 },
    { from: ids.tool, to: ids.store, action: 'write', share: 0.2 },
    { from: ids.store, to: ids.agent, action: 'read', share: 0.16 },
    { from: ids.agent, to: ids.memory, action: 'write', share: 0.05 },
    { from: ids.tool, to: ids.queue, action: 'write', share: 0.04 },
    { from: ids.queue, to: ids.service, action: 'receive', share: 0.04 },
    { from: ids.tool, to: ids.recipient, action: 'share', share: 0.05 },
  ] as const satisfies readonly Way[];
  const edges = new Map<string, LineageEdge>();
  const add = (from: string, to: string, action: LineageEdge['action']) => {
    if (edges.size < edgesCount) edges.set(`${from}\n${to}`, edgeOf(random, from, to, action));
  };
  // Nothing stands alone: each node is reached once before the popular ones get the rest.
  for (const { from, to, action } of ways) for (const id of to) add(popular(random, from), id, action);
  for (const id of ids.client) add(id, popular(random, ids.service), 'share');
  const drawn: readonly Way[] = ways.flatMap((way) => Array.from({ length: Math.round(way.share * 100) }, () => way));
  while (edges.size < edgesCount) {
    const { from, to, action } = drawn[random.below(drawn.length)] ?? ways[0];
    add(popular(random, from), popular(random, to), action);
  }
  const nodes = Object.entries(ids).flatMap(([kind, names]) =>
    names.map((id) => nodeOf(random, id, kind as LineageNode['kind'])),
  );
  return {
    subjectId,
    window: { from: null, to: null, asOf: null },
    nodes,
    edges: [...edges.values()],
    residency: ids.store.slice(0, 200).map((store) => ({
      store,
      records: random.below(5),
      state: random.chance(0.8) ? 'held' : 'deleted',
      confidence: random.pick(CONFIDENCES),
      lastWrite: instant(random),
      lastDelete: null,
      retentionUntil: null,
    })),
    recipients: nodes
      .filter(({ kind }) => kind === 'recipient')
      .map(({ id, party }) => ({
        party: party?.id ?? id,
        node: id,
        firstDisclosed: instant(random),
        lastDisclosed: instant(random),
        count: 1 + random.below(20),
        categories: [random.pick(['user.contact.email', 'user.content'])],
        purposes: ['support'],
        country: party?.country ?? null,
        via: [random.pick(['agent:desk/agent-1', 'agent:desk/agent-2'])],
      })),
    completeness: {
      complete: false,
      statement:
        'This answer rests on what 2 services have reported; the one heard of longest ago is desk, whose newest span ' +
        'began at 2026-11-20T08:00:00.000Z. It is not complete: 4 touches of stores or recipients say not whose data it was.',
      watermarks: [
        { service: 'desk', newestSpan: '2026-11-20T08:00:00.000Z', missingSeq: 0 },
        { service: 'billing', newestSpan: '2026-11-21T08:00:00.000Z', missingSeq: 0 },
      ],
      rejectedSpans: 0,
      orphanSpans: 0,
      unattributedTouches: 4,
      unregisteredStores: [],
      truncated: false,
    },
  };
}

function idOf(kind: LineageNode['kind'], i: number): string {
  switch (kind) {
    case 'store':
      return `store:postgres://db${i % 12}:5432/shop.public.table_${i}`;
    case 'queue':
      return `queue:kafka://broker:9092/topic-${i}`;
    case 'memory':
      return `memory:mem0/agent-${i}`;
    case 'model':
      return `model:provider-${i % 5}/model-${i}`;
    case 'recipient':
      return `recipient:api.partner-${i}.example.com`;
    case 'agent':
    case 'tool':
      return `${kind}:desk-${i % 30}/${kind}-${i}`;
    default:
      return `${kind}:${kind}-${i}`;
  }
}

function nodeOf(random: SeededRandom, id: string, kind: LineageNode['kind']): LineageNode {
  const i = Number(/\d+(?=\D*$)/.exec(id)?.[0] ?? 0);
  const hasParty = kind === 'recipient' && i % 2 === 0;
  return {
    id,
    kind,
    name: id.slice(id.lastIndexOf('/') + 1),
    party: hasParty
      ? {
          id: `partner-${i}`,
          legalName: `Partner ${i} GmbH`,
          role: 'processor',
          country: random.pick(['DE', 'US', 'IE']),
        }
      : null,
    firstSeen: new Date(BEGIN_MS).toISOString(),
    lastSeen: new Date(BEGIN_MS + DAYS_MS).toISOString(),
    categories: CATEGORIES.filter(() => random.chance(0.4)),
    purposes: ['support'],
  };
}

function edgeOf(random: SeededRandom, from: string, to: string, action: LineageEdge['action']): LineageEdge {
  const [first, last] = [instant(random), instant(random)].sort() as [string, string];
  const evidence = [{ traceId: random.hex(32), spanId: random.hex(16), rule: 'db.sql.select' }];
  return {
    from,
    to,
    action,
    confidence: random.pick(CONFIDENCES),
    count: 1 + random.below(40),
    firstSeen: first,
    lastSeen: last,
    categories: CATEGORIES.filter(() => random.chance(0.3)),
    purposes: ['support'],
    evidence,
    evidenceTotal: 1,
  };
}

const popular = (random: SeededRandom, ids: readonly string[]): string => ids[random.zipf(ids.length)] ?? ids[0] ?? '';
const instant = (random: SeededRandom): string =>
  new Date(BEGIN_MS + Math.floor(random.next() * DAYS_MS)).toISOString();
