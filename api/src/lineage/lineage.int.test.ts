import { randomUUID } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import { LineageAnswer } from '@vestige/core/lineage/answer';
import type { ReadSpan } from '@vestige/core/model/span';
import type { ResolvedSpan } from '@vestige/store/events/event-store';
import { lineageEvent } from '@vestige/store/events/testing/lineage-events';
import { aSpan, newSpanId, newTraceId, ns } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';
import { lineageOf, lineageWithRefs } from './answer.ts';

/**
 * One person's path through a support desk, from spans in a real ClickHouse to the answers of the API. Ada is tagged at
 * the entry; the nightly mailer in another process only reads her record; a batch job copies the table.
 */

let api: TestApi;
let bearer: string;
let ada: string;
let bob: string;
const purpose = { 'vestige-purpose': 'access request 2026-0114' };

const CRM = 'store:postgres://db:5432/crm.public.customers';
const WAREHOUSE = 'store:duckdb:/data/warehouse.db/main.customers';
const REF = `${CRM}#${'r'.repeat(22)}`;
const TRIAGE = 'agent:support/desk/triage';
const touch = (action: ReadSpan['touches'][number]['action'], peer: string, rule: string) => ({ action, peer, rule });

async function subjectOf(token: string): Promise<string> {
  const [id] = await api.deps.aliases.resolve(api.acme.id, [{ token, atMs: Date.now() }]);
  if (!id || id === 'suppressed') throw new Error('no subject');
  return id;
}

const token = (letter: string) => `ps1.k1.${letter.repeat(22)}`;

beforeAll(async () => {
  api = await openTestApi();
  bearer = await api.bearer(api.acme, 'lineage:read', 'audit:read');
  [ada, bob] = [await subjectOf(token('a')), await subjectOf(token('b'))];
  const desk = newTraceId();
  const [root, agent, http] = [newSpanId(), newSpanId(), newSpanId()];
  const mailer = newTraceId();
  const job = newSpanId();
  const span = (seconds: number, given: Partial<ReadSpan>, subjectIds: string[] = []): ResolvedSpan => ({
    span: aSpan({ startNs: ns(seconds), endNs: ns(seconds + 1), ...given }),
    subjectIds,
    linkSubjectIds: [],
  });
  await api.deps.events.append(api.acme.id, {
    spans: [
      span(0, { traceId: desk, spanId: root, kind: 'server', endNs: ns(60), attribution: 'ambient' }, [ada]),
      span(1, { traceId: desk, spanId: agent, parentId: root, self: TRIAGE, endNs: ns(50) }),
      span(
        2,
        {
          traceId: desk,
          parentId: agent,
          kind: 'client',
          attribution: 'declared',
          touches: [touch('write', CRM, 'db.sql.insert')],
          recordRefs: [REF],
          categories: ['user.contact.email'],
          purpose: 'essential.service.operations.support',
        },
        [ada],
      ),
      span(5, {
        traceId: desk,
        spanId: http,
        parentId: agent,
        kind: 'client',
        touches: [touch('share', 'model:openai/gpt@api.openai.com', 'genai.chat')],
        recipientHost: 'api.openai.com',
        recipientCountry: 'US',
      }),
      // Nobody is tagged in the mailer: it reads the record.
      span(100, { traceId: mailer, spanId: job, service: 'service:support/mailer', kind: 'consumer', endNs: ns(160) }),
      span(110, {
        traceId: mailer,
        parentId: job,
        service: 'service:support/mailer',
        kind: 'client',
        touches: [touch('read', CRM, 'db.sql.select')],
        recordRefs: [REF],
      }),
      span(120, {
        traceId: mailer,
        parentId: job,
        service: 'service:support/mailer',
        kind: 'client',
        touches: [touch('share', 'recipient:mail.example', 'http.client')],
        recipientHost: 'api.mail.example',
      }),
      span(
        10,
        { attribution: 'declared', touches: [touch('write', 'store:redis://cache:6379/0.basket:*', 'db.redis')] },
        [bob],
      ),
    ],
  });
  const seconds = (at: number) => Number(ns(at) / 1000n);
  await api.deps.events.appendLineageEvents(api.acme.id, [
    lineageEvent({
      runId: randomUUID(),
      inputs: [CRM],
      outputs: [WAREHOUSE],
      startUs: seconds(1000),
      atUs: seconds(1100),
    }),
  ]);
  const draft = { type: 'store.registered', actor: 'system:test', object: { kind: 'store', id: CRM } };
  await api.deps.registry.putStore(
    api.acme.id,
    {
      id: CRM,
      title: 'CRM',
      partyId: null,
      connector: 'postgres',
      retentionDays: null,
      backupRetentionDays: null,
      identifierTypes: ['email'],
    },
    draft,
  );
  await api.deps.registry.putParty(
    api.acme.id,
    {
      id: 'openai',
      legalName: 'OpenAI, L.L.C.',
      role: 'processor',
      country: 'US',
      transferMechanism: 'sccs',
      contact: null,
      hosts: ['openai.com'],
    },
    { ...draft, type: 'party.registered', object: { kind: 'party', id: 'openai' } },
  );
});
afterAll(() => api.close());

async function get(path: string, headers: Record<string, string> = purpose, key = bearer) {
  const response = await api.app.request(path, { headers: { authorization: `Bearer ${key}`, ...headers } });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    text,
    body: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : null,
  };
}

const lineage = (query = '') => get(`/v1/subjects/${ada}/lineage${query}`);

describe('GET /v1/subjects/{subjectId}/lineage', () => {
  test('what was read is not told when the look at it cannot be written down, however late that turns out', async () => {
    const audit = {
      ...api.deps.audit,
      append: async () => {
        await lineageOf(api.deps, api.acme, ada);
        throw new VestigeError('store_unavailable', 'Postgres: unavailable (57014)');
      },
    };
    const app = createApp({ ...api.deps, audit });
    for (const path of ['lineage', 'lineage?format=ndjson', 'timeline', 'accumulation']) {
      const answer = await app.request(`/v1/subjects/${ada}/${path}`, {
        headers: { authorization: `Bearer ${bearer}`, ...purpose },
      });
      const text = await answer.text();
      expect([path, answer.status, text.includes(TRIAGE)]).toEqual([path, 503, false]);
    }
  });

  test('follows the person over traces, records and batch jobs, and only this person', async () => {
    const { status, body } = await lineage();
    expect(status).toBe(200);
    const answer = LineageAnswer.parse(body);
    expect(answer.edges.map(({ from, to, action, confidence }) => `${from} -> ${to}: ${action} ${confidence}`)).toEqual(
      [
        `${TRIAGE} -> model:openai/gpt@api.openai.com: share ambient`,
        `${TRIAGE} -> service:support/desk: receive ambient`,
        `${TRIAGE} -> ${CRM}: write declared`,
        `job:nightly/copy -> ${WAREHOUSE}: write possible`,
        `service:support/desk -> ${TRIAGE}: share ambient`,
        'service:support/mailer -> recipient:mail.example: share inferred',
        `${CRM} -> job:nightly/copy: read possible`,
        `${CRM} -> service:support/mailer: read inferred`,
      ],
    );
    expect(answer.residency).toMatchObject([
      { store: WAREHOUSE, state: 'held', confidence: 'possible', records: 0 },
      { store: CRM, state: 'held', confidence: 'declared', records: 1, lastDelete: null },
    ]);
    expect(answer.recipients).toMatchObject([
      { party: 'api.mail.example', node: 'recipient:mail.example', count: 1, via: ['service:support/mailer'] },
      { party: 'openai', node: 'model:openai/gpt@api.openai.com', country: 'US' },
    ]);
    expect(answer.completeness).toMatchObject({ complete: false, unregisteredStores: [WAREHOUSE], truncated: false });
    expect(answer.completeness.statement).toContain(WAREHOUSE);
    expect(answer.completeness.watermarks.map(({ service }) => service)).toEqual(['support/desk', 'support/mailer']);
  });

  test('narrows what is shown by window and confidence, without losing what was inferred from before it', async () => {
    const later = `?from=${new Date(Number(ns(100) / 1_000_000n)).toISOString()}`;
    const { body } = await lineage(later);
    expect(body.edges.map(({ to }: { to: string }) => to)).toContain('recipient:mail.example');
    expect(body.edges.map(({ to }: { to: string }) => to)).not.toContain('model:openai/gpt@api.openai.com');
    const { body: sure } = await lineage('?minConfidence=ambient');
    expect(sure.residency).toMatchObject([{ store: CRM }]);
  });

  test('answers as of a past instant', async () => {
    const asOf = new Date(Number(ns(50) / 1_000_000n)).toISOString();
    const { body } = await lineage(`?asOf=${asOf}`);
    expect(body.window.asOf).toBe(asOf);
    expect(body.residency).toMatchObject([{ store: CRM }]);
    expect(body.recipients).toMatchObject([{ party: 'openai' }]);
  });

  test('refuses a window in which nothing can lie, and says which end is wrong', async () => {
    const [early, late] = ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'];
    for (const route of ['lineage', 'timeline', 'accumulation']) {
      const turned = await get(`/v1/subjects/${ada}/${route}?from=${late}&to=${early}`);
      expect([turned.status, turned.body.detail]).toEqual([400, expect.stringContaining('from has to be before to')]);
      const empty = await get(`/v1/subjects/${ada}/${route}?from=${late}&asOf=${early}`);
      expect([empty.status, empty.body.detail]).toEqual([400, expect.stringContaining('asOf is before from')]);
    }
  });

  test('is handed over as CSV and as PROV', async () => {
    const csv = await lineage('?format=csv');
    expect(csv.type).toContain('text/csv');
    expect(csv.text.split('\r\n')[0]).toMatch(/^from,to,action,/);
    const prov = await lineage('?format=prov');
    expect(prov.type).toBe('application/prov+json');
    expect(Object.keys(prov.body)).toContain('wasDerivedFrom');
  });

  test('the officer’s view shows parties and systems', async () => {
    const { body } = await lineage('?view=officer');
    const ids = body.nodes.map(({ id }: { id: string }) => id);
    expect(ids).toContain('recipient:openai');
    expect(ids).toContain('store:postgres://db:5432');
    const explained = await get(`/v1/subjects/${ada}/explain?from=${encodeURIComponent(TRIAGE)}&to=recipient:openai`);
    expect(explained.body.total).toBe(1);
  });

  test('linked subjects answer as one, and apart again when they are unlinked', async () => {
    const change = { tokens: [token('a'), token('b')] as const, kind: 'operator', evidence: 'test' } as const;
    const draft = { type: 'alias.linked', actor: 'system:test', object: { kind: 'subject', id: '-' } };
    await api.deps.aliases.link(api.acme.id, { ...change, action: 'link' }, draft);
    const linked = await lineageOf(api.deps, api.acme, bob);
    expect(linked.residency.map(({ store }) => store)).toContain('store:redis://cache:6379/0.basket:*');
    expect(linked.residency.map(({ store }) => store)).toContain(CRM);
    await api.deps.aliases.link(api.acme.id, { ...change, action: 'unlink' }, { ...draft, type: 'alias.unlinked' });
    expect((await lineageOf(api.deps, api.acme, bob)).residency).toHaveLength(1);
  });

  test('refuses without a purpose, and knows nobody of another tenant', async () => {
    expect((await get(`/v1/subjects/${ada}/lineage`, {})).body.code).toBe('purpose_required');
    expect((await get(`/v1/subjects/${randomUUID()}/lineage`)).status).toBe(404);
    const rival = await api.bearer(api.rival);
    expect((await get(`/v1/subjects/${ada}/lineage`, purpose, rival)).status).toBe(404);
    expect((await get(`/v1/subjects/${ada}/lineage`, purpose, await api.bearer(api.acme, 'ingest'))).status).toBe(403);
  });

  test('every look is among the views of the person', async () => {
    const before = (await get(`/v1/subjects/${ada}/views`)).body.items.length;
    await lineage();
    const { items } = (await get(`/v1/subjects/${ada}/views`)).body;
    // The look at the views is one, too.
    expect(items.length).toBe(before + 2);
    expect(items.at(-2)).toMatchObject({ type: 'subject.read', purpose: purpose['vestige-purpose'] });
  });
});

describe('residency', () => {
  test('of a record that was only read in passing ends when anybody deletes it', async () => {
    const carl = await subjectOf(token('c'));
    const tickets = 'store:postgres://db:5432/desk.public.tickets';
    const ref = `${tickets}#${'c'.repeat(22)}`;
    const read = aSpan({
      startNs: ns(200),
      attribution: 'ambient',
      touches: [touch('read', tickets, 'db.sql.select')],
      recordRefs: [ref],
    });
    await api.deps.events.append(api.acme.id, { spans: [{ span: read, subjectIds: [carl], linkSubjectIds: [] }] });
    expect((await lineageOf(api.deps, api.acme, carl)).residency).toMatchObject([
      { state: 'held', confidence: 'ambient' },
    ]);
    const purge = aSpan({ startNs: ns(300), touches: [touch('delete', tickets, 'db.sql.delete')], recordRefs: [ref] });
    await api.deps.events.append(api.acme.id, { spans: [{ span: purge, subjectIds: [], linkSubjectIds: [] }] });
    const { residency, edges } = await lineageOf(api.deps, api.acme, carl);
    expect(residency).toMatchObject([{ state: 'deleted' }]);
    expect(edges).toHaveLength(1);
  });
});

describe('record refs for a plan', () => {
  test('come by store', async () => {
    const { refsByStore } = await lineageWithRefs(api.deps, api.acme, ada);
    expect(refsByStore).toEqual(new Map([[CRM, [REF]]]));
  });

  test('a limit that is reached makes the answer say so', async () => {
    const { answer } = await lineageWithRefs(api.deps, api.acme, ada, { limits: { roundsMax: 1 } });
    expect(answer.completeness).toMatchObject({ truncated: true, complete: false });
    expect(answer.completeness.statement).toContain('a limit was reached');
  });
});

describe('GET /v1/subjects/{subjectId}/timeline', () => {
  test('pages through the flows in time order, each once', async () => {
    const seen: { at: string; from: string; to: string }[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await get(`/v1/subjects/${ada}/timeline?limit=3${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...body.items);
      cursor = body.nextCursor;
    } while (cursor);
    expect(seen).toHaveLength(8);
    expect(seen.map(({ at }) => at)).toEqual(seen.map(({ at }) => at).toSorted());
    expect((await get(`/v1/subjects/${ada}/timeline?cursor=bm9wZQ`)).status).toBe(400);
  });

  test('follows the person once for all pages, and each page is a look at them', async () => {
    let reads = 0;
    const subjectTags: typeof api.deps.events.subjectTags = (...args) => {
      reads += 1;
      return api.deps.events.subjectTags(...args);
    };
    const app = createApp({ ...api.deps, events: { ...api.deps.events, subjectTags } });
    const before = (await get(`/v1/subjects/${ada}/views`)).body.items.length;
    let cursor: string | null = null;
    let pages = 0;
    do {
      const query: string = `?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`;
      const response = await app.request(`/v1/subjects/${ada}/timeline${query}`, {
        headers: { authorization: `Bearer ${bearer}`, ...purpose },
      });
      ({ nextCursor: cursor } = JSON.parse(await response.text()));
      pages += 1;
    } while (cursor !== null);
    expect([pages, reads]).toEqual([4, 1]);
    expect((await get(`/v1/subjects/${ada}/views`)).body.items.length).toBe(before + pages + 1);
  });
});

describe('GET /v1/subjects/{subjectId}/accumulation', () => {
  test('tells who gathered what, the most first', async () => {
    const { status, body } = await get(`/v1/subjects/${ada}/accumulation`);
    expect(status).toBe(200);
    expect(body.nodes.map(({ node }: { node: string }) => node)).toContain(CRM);
    expect(body.nodes[0]).toMatchObject({ node: CRM, categories: ['user.contact.email'], sources: [TRIAGE] });
    expect(body.completeness.statement).toContain('service');
  });
});

describe('GET /v1/subjects/{subjectId}/explain', () => {
  test('names the span, the rule and where the data had come from', async () => {
    const { body } = await get(`/v1/subjects/${ada}/explain?from=service:support/mailer&to=recipient:mail.example`);
    expect(body).toMatchObject({
      total: 1,
      truncated: false,
      flows: [{ rule: 'http.client', confidence: 'inferred', because: { rule: 2 } }],
    });
    expect(body.spans).toHaveLength(2);
    expect(body.flows[0].because.reason).toContain('had read');
  });

  test('shows of a busy edge the newest flows, and every span that they name', async () => {
    const cleo = await subjectOf(token('c'));
    const log = 'store:sqlite:busy.db/main.log';
    const writes = Array.from({ length: 30 }, (_, i) => ({
      span: aSpan({
        startNs: ns(i),
        endNs: ns(i),
        attribution: 'declared',
        service: 'service:busy',
        touches: [touch('write', log, 'db.sql.insert')],
      }),
      subjectIds: [cleo],
      linkSubjectIds: [],
    }));
    await api.deps.events.append(api.acme.id, { spans: writes });
    const { body } = await get(`/v1/subjects/${cleo}/explain?from=service:busy&to=${log}`);
    expect(body.total).toBe(30);
    expect(body.flows.length).toBeGreaterThan(10);
    const shown = new Set(body.spans.map(({ spanId }: { spanId: string }) => spanId));
    expect(body.flows.filter(({ spanId }: { spanId: string }) => !shown.has(spanId))).toEqual([]);
    expect(body.flows[0].at > body.flows.at(-1).at).toBe(true);
  });
});

describe('GET /v1/traces/{traceId}', () => {
  test('shows spans, touches and holders, and is a look at everybody in it', async () => {
    const { body: explained } = await get(
      `/v1/subjects/${ada}/explain?from=${encodeURIComponent(TRIAGE)}&to=${encodeURIComponent(CRM)}`,
    );
    const traceId = explained.flows[0].traceId;
    const { status, body } = await get(`/v1/traces/${traceId}`);
    expect(status).toBe(200);
    expect(body.spans).toHaveLength(4);
    expect(body.spans.find(({ touches }: { touches: unknown[] }) => touches.length > 0)).toMatchObject({
      holders: [TRIAGE],
    });
    const { items } = (await get(`/v1/subjects/${ada}/views`)).body;
    expect(items.at(-2).type).toBe('subject.read');
    const rival = await api.bearer(api.rival);
    expect((await get(`/v1/traces/${traceId}`, purpose, rival)).status).toBe(404);
  });

  test('of an import of thousands is a look at nobody: it is refused, and nobody is told of it', async () => {
    const traceId = newTraceId();
    const imported = aSpan({ traceId, attribution: 'declared', touches: [touch('write', CRM, 'db.sql.copy')] });
    await api.deps.events.append(api.acme.id, {
      spans: [
        { span: imported, subjectIds: [ada, ...Array.from({ length: 1_000 }, () => randomUUID())], linkSubjectIds: [] },
      ],
    });
    const looks = async () => (await get(`/v1/subjects/${ada}/views?limit=1000`)).body.items.length;
    const before = await looks();
    const { status, body } = await get(`/v1/traces/${traceId}`);
    expect([status, body.code, body.facts]).toEqual([413, 'too_large', { people: 1_001 }]);
    expect(await looks()).toBe(before + 1);
  });
});
