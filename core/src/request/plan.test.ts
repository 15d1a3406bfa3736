import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LineageEdge, Recipient, Residency } from '../lineage/answer.ts';
import { buildPlan, OWN_ALIASES, OWN_TELEMETRY, planGrowth, planHash } from './plan.ts';
import { upstreamOf } from './plan-order.ts';

const at = '2026-06-01T10:00:00.000Z';
const held = (store: string, more: Partial<Residency> = {}): Residency => ({
  store,
  records: 1,
  state: 'held',
  confidence: 'declared',
  lastWrite: at,
  lastDelete: null,
  retentionUntil: null,
  ...more,
});
const edge = (from: string, to: string, action: LineageEdge['action'] = 'write'): LineageEdge => ({
  from,
  to,
  action,
  confidence: 'declared',
  count: 1,
  firstSeen: at,
  lastSeen: at,
  categories: [],
  purposes: [],
  evidence: [],
  evidenceTotal: 0,
});
const told = (node: string, party: string): Recipient => ({
  party,
  node,
  firstDisclosed: at,
  lastDisclosed: at,
  count: 1,
  categories: [],
  purposes: [],
  country: null,
  via: [],
});

const crm = 'store:sqlite:/data/crm.db/main.customers';
const warehouse = 'store:duckdb:/data/wh.db/main.customers';
const notes = 'memory:support/notes';
const lineage = {
  completeness: { truncated: false },
  edges: [
    edge('agent:support/triage', crm),
    edge(crm, 'agent:support/triage', 'read'),
    edge('agent:support/triage', notes),
    edge(crm, 'job:nightly/copy', 'read'),
    edge('job:nightly/copy', warehouse),
  ],
  residency: [held(crm), held(notes), held(warehouse, { confidence: 'possible' })],
  recipients: [
    told('recipient:mail.example.com', 'mailer'),
    told('recipient:unknown.example.com', 'unknown.example.com'),
  ],
};
const input = {
  type: 'erasure' as const,
  lineage,
  registered: [
    { id: crm, connector: 'sqlite' },
    { id: warehouse, connector: 'duckdb' },
    { id: 'store:sqlite:/data/other.db/main.t', connector: 'sqlite' },
    { id: 'store:sqlite:/data/nobody.db/main.t', connector: null },
    { id: 'recipient:never-told.example.com', connector: 'http' },
  ],
  parties: new Set(['mailer']),
  aliases: { count: 1, commitment: 'sha256:00' },
};
const targetOf = (node: string) => buildPlan(input).targets.find((target) => target.node === node);

describe('buildPlan', () => {
  test('every place and recipient gets a target, whether or not anybody can work there', () => {
    expect(buildPlan(input).targets.map((target) => target.node)).toEqual([
      notes,
      'recipient:mail.example.com',
      'recipient:unknown.example.com',
      warehouse,
      crm,
      'store:sqlite:/data/other.db/main.t',
      OWN_TELEMETRY,
      OWN_ALIASES,
    ]);
  });

  test('a source is clean before its batch copy is touched, and our own data goes last', () => {
    expect(targetOf(warehouse)?.after).toEqual([crm]);
    expect(targetOf(notes)?.after).toEqual([crm]);
    expect(targetOf(OWN_TELEMETRY)?.after).toHaveLength(6);
    expect(targetOf(OWN_ALIASES)?.after).toEqual([OWN_TELEMETRY]);
  });

  test('a registered party without a connector is told, an unknown one is to be erased and will block', () => {
    expect(targetOf('recipient:mail.example.com')).toMatchObject({ action: 'notify', after: [] });
    expect(targetOf('recipient:unknown.example.com')).toMatchObject({ action: 'erase', after: [] });
  });

  test('a possible copy is searched, and so is a registered store that no span named', () => {
    expect(targetOf(warehouse)?.origin).toBe('possible');
    expect(targetOf('store:sqlite:/data/other.db/main.t')?.origin).toBe('unseen');
  });

  test('a family of keys or dated indices is a store like any other, though its name ends like a prefix', () => {
    const registered = [
      'store:redis://cache:6379/0.session:*',
      'store:elasticsearch://search:9200/logs-*',
      'store:redis://cache:6379/*',
      'store:sqlite:*',
    ].map((id) => ({ id, connector: 'own' }));
    const plan = buildPlan({ ...input, lineage: null, registered });
    expect(plan.targets.filter(({ origin }) => origin === 'unseen').map(({ node }) => node)).toEqual([
      'store:elasticsearch://search:9200/logs-*',
      'store:redis://cache:6379/0.session:*',
    ]);
  });

  test('an outside party that never received anything is not told that the person exists', () => {
    expect(targetOf('recipient:never-told.example.com')).toBeUndefined();
  });

  test('an access plan exports from every store, in no order, and leaves our own data alone', () => {
    const plan = buildPlan({ ...input, type: 'access' });

    expect(plan.targets.map((target) => target.action)).toEqual(Array(plan.targets.length).fill('export'));
    expect(plan.targets.every((target) => target.after.length === 0)).toBe(true);
    expect(plan.targets.some((target) => target.node.startsWith('vestige:'))).toBe(false);
  });

  test('the hash does not depend on the order of the facts', () => {
    const turned = {
      ...input,
      lineage: {
        ...lineage,
        edges: [...lineage.edges].reverse(),
        residency: [...lineage.residency].reverse(),
        recipients: [...lineage.recipients].reverse(),
      },
      registered: [...input.registered].reverse(),
    };

    expect(planHash(buildPlan(turned))).toBe(planHash(buildPlan(input)));
  });

  test('a new place grows the plan, a vanished one does not', () => {
    const more = buildPlan({
      ...input,
      lineage: { ...lineage, residency: [...lineage.residency, held('queue:sqs/q')] },
    });

    expect(planGrowth(buildPlan(input), more)).toEqual({ targets: ['queue:sqs/q'], aliases: false, exemptions: false });
    expect(planGrowth(more, buildPlan(input))).toEqual({ targets: [], aliases: false, exemptions: false });
  });
});

describe('upstreamOf', () => {
  const isJob = (node: string) => node.startsWith('job');

  test('in a cycle through agents, batch jobs still order their copies', () => {
    const edges = [
      { from: 'a', to: 'agent' },
      { from: 'agent', to: 'a' },
      { from: 'b', to: 'agent' },
      { from: 'agent', to: 'b' },
      { from: 'a', to: 'job' },
      { from: 'job', to: 'b' },
    ];

    expect(upstreamOf(['a', 'b'], edges, isJob)).toEqual(
      new Map([
        ['a', []],
        ['b', ['a']],
      ]),
    );
  });

  test('no graph makes a target wait for itself', () => {
    const node = fc.constantFrom('a', 'b', 'c', 'd', 'agent1', 'agent2', 'job1', 'job2');
    const edges = fc.array(fc.record({ from: node, to: node }), { maxLength: 24 });
    fc.assert(
      fc.property(edges, (graph) => {
        const upstream = upstreamOf(['a', 'b', 'c', 'd'], graph, isJob);
        const done = new Set<string>();
        for (let round = 0; round < 4; round += 1) {
          for (const [target, before] of upstream) if (before.every((other) => done.has(other))) done.add(target);
        }
        expect(done.size).toBe(4);
      }),
      { numRuns: 2_000 },
    );
  });
});
