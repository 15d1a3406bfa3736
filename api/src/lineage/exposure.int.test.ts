import { randomUUID } from 'node:crypto';
import type { ReadSpan } from '@vestige/core/model/span';
import { lineageEvent } from '@vestige/store/events/testing/lineage-events';
import { aSpan, newSpanId, newTraceId, ns, us } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { openTestApi, type TestApi } from '../testing/open-test-api.ts';

/**
 * Billing looks at Ada and Bob, and not at Cleo; Ada's record is read later by a mailer that names nobody; a nightly job
 * copies the CRM. Dora is only ever seen by support.
 */

let api: TestApi;
let officer: string;
let approver: string;
const people: Record<string, string> = {};
const CRM = 'store:postgres://db:5432/crm.public.customers';
const WAREHOUSE = 'store:duckdb:/w.db/main.customers';
const BILLING = 'agent:support/desk/billing';
const REF = `${CRM}#${'r'.repeat(22)}`;
const purpose = { 'vestige-purpose': 'incident 2026-3' };
const at = (seconds: number) => new Date(us(seconds) / 1000).toISOString();
const DAY = { from: at(0), to: at(3_600) };

beforeAll(async () => {
  api = await openTestApi();
  officer = await api.bearer(api.acme, 'lineage:read', 'requests:read', 'requests:approve', 'audit:read');
  approver = await api.bearer(api.acme, 'requests:approve');
  const names = ['ada', 'bob', 'cleo', 'dora'];
  const ids = await api.deps.aliases.resolve(
    api.acme.id,
    names.map((name) => ({ token: `ps1.k1.${name.padEnd(22, 'x')}`, atMs: 1 })),
  );
  names.forEach((name, i) => {
    people[name] = ids[i] ?? '';
  });
  const touch = (action: 'read' | 'write' | 'share', peer: string) => [
    { action, peer, rule: `vestige.flow.${action}` },
  ];
  const spans: Parameters<typeof api.deps.events.append>[1]['spans'][number][] = [];
  const add = (seconds: number, given: Partial<ReadSpan>, who: string[] = []) => {
    const span = aSpan({ startNs: ns(seconds), endNs: ns(seconds + 1), ...given });
    spans.push({ span, subjectIds: who.map((name) => people[name] ?? ''), linkSubjectIds: [] });
    return span;
  };
  const visit = (seconds: number, who: string, agent: string, more: (traceId: string, parentId: string) => void) => {
    const traceId = newTraceId();
    const spanId = newSpanId();
    const end = { endNs: ns(seconds + 50) };
    add(seconds, { traceId, spanId, kind: 'server', attribution: 'ambient', ...end }, [who]);
    const inner = newSpanId();
    add(seconds + 1, { traceId, spanId: inner, parentId: spanId, self: agent, ...end });
    more(traceId, inner);
  };
  visit(0, 'ada', BILLING, (traceId, parentId) => {
    add(5, { traceId, parentId, touches: touch('write', CRM), recordRefs: [REF], categories: ['user.financial'] });
  });
  visit(100, 'bob', BILLING, (traceId, parentId) => {
    add(105, { traceId, parentId, touches: touch('share', 'recipient:pay.example'), recipientHost: 'pay.example' });
  });
  visit(5_000, 'cleo', BILLING, () => {});
  visit(200, 'dora', 'agent:support/desk/faq', (traceId, parentId) => {
    add(205, { traceId, parentId, touches: touch('read', 'store:faq') });
  });
  // One trace says whose data it read there, another does not.
  add(600, { touches: touch('read', 'store:half-known'), attribution: 'declared' }, ['dora']);
  add(610, { touches: touch('read', 'store:half-known') });
  // Nobody is named in the mailer: it reads Ada's record.
  const mailer = newTraceId();
  const root = newSpanId();
  const service = 'service:support/mailer';
  add(300, { traceId: mailer, spanId: root, service, kind: 'consumer', endNs: ns(360) });
  add(310, { traceId: mailer, parentId: root, service, touches: touch('read', CRM), recordRefs: [REF] });
  add(320, {
    traceId: mailer,
    parentId: root,
    service,
    touches: touch('share', 'recipient:mail.example'),
    recipientHost: 'mail.example',
  });
  await api.deps.events.append(api.acme.id, { spans });
  await api.deps.events.appendLineageEvents(api.acme.id, [
    lineageEvent({ runId: 'night', inputs: [CRM], outputs: [WAREHOUSE], startUs: us(1_000), atUs: us(1_100) }),
  ]);
});
afterAll(() => api.close());

async function call(
  path: string,
  {
    body,
    key = officer,
    headers = purpose as Record<string, string>,
  }: { body?: object; key?: string; headers?: Record<string, string> } = {},
) {
  const response = await api.app.request(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  const isJson = text !== '' && response.headers.get('content-type') !== 'application/x-ndjson';
  return { status: response.status, body: isJson ? JSON.parse(text) : null, text };
}
const ask = async (question: object) => (await call('/v1/exposure', { body: { ...DAY, ...question } })).body;

describe('POST /v1/exposure', () => {
  test('counts exactly the people an agent handled in the window, their recipients and where it went on', async () => {
    const { affected, recipients, downstream, statement } = await ask({ node: BILLING });
    expect(affected).toEqual({
      people: 2,
      exact: true,
      atMost: 2,
      candidates: 2,
      byConfidence: { declared: 0, ambient: 2, inferred: 0, possible: 0 },
    });
    expect(statement).toContain('2 people were affected');
    expect(
      recipients.map(({ party, people: n, downstream: later }: Record<string, unknown>) => [party, n, later]),
    ).toEqual([
      ['mail.example', 1, true],
      ['pay.example', 1, false],
    ]);
    expect(downstream.map(({ node }: { node: string }) => node)).toContain(WAREHOUSE);
    expect((await ask({ node: BILLING, includeDownstream: false })).downstream).toEqual([]);
  });

  test('tells a key that may not look at people one by one that they are fewer than five, and no more', async () => {
    const key = await api.bearer(api.acme, 'lineage:read', 'governance:read');
    const { body, text } = await call('/v1/exposure', { body: { ...DAY, node: BILLING }, key });
    expect(body.affected).toMatchObject({ people: 0, exact: false, atMost: 5 });
    expect(body.recipients.map(({ party, people }: Record<string, unknown>) => [party, people])).toEqual([
      ['mail.example', 0],
      ['pay.example', 0],
    ]);
    expect(body.statement).toContain('Fewer than 5 people');
    expect(text).not.toMatch(/"people":[1-4]\b/);
  });

  test('finds who reached a place through traces that name nobody, and through batch jobs', async () => {
    expect((await ask({ node: 'recipient:mail.example' })).affected).toMatchObject({ people: 1, exact: true });
    expect((await ask({ node: WAREHOUSE })).affected).toMatchObject({
      people: 1,
      byConfidence: { possible: 1, declared: 0 },
    });
    expect((await ask({ node: 'job:nightly/copy' })).affected.people).toBe(1);
    expect((await ask({ edge: { from: CRM, to: 'service:support/mailer' } })).affected.people).toBe(1);
    expect((await ask({ node: 'recipient:*' })).affected.people).toBe(2);
  });

  test('asks about a party by the hosts it has', async () => {
    const draft = { type: 'party.registered', actor: 'system:test', object: { kind: 'party', id: 'pay' } };
    const party = { id: 'pay', legalName: 'Pay', role: 'processor', country: 'DE', hosts: ['pay.example'] } as const;
    await api.deps.registry.putParty(api.acme.id, { ...party, transferMechanism: null, contact: null }, draft);
    expect((await ask({ party: 'pay' })).affected).toMatchObject({ people: 1, exact: true });
    expect((await ask({ party: 'nobody' })).affected.people).toBe(0);
  });

  test('grows line by line for whoever asks for that, and its last line is the answer', async () => {
    const { status, text } = await call('/v1/exposure?format=ndjson', { body: { ...DAY, node: BILLING } });
    expect(status).toBe(200);
    const lines = text.trimEnd().split('\n');
    const { id: _, ...last } = JSON.parse(lines.at(-1) ?? '');
    const { id: __, ...whole } = await ask({ node: BILLING });
    expect(last).toEqual(whole);
    expect(lines.slice(0, -1).every((line: string) => 'growing' in JSON.parse(line))).toBe(true);
    const refused = await call('/v1/exposure?format=ndjson', { body: { ...DAY, node: BILLING }, headers: {} });
    expect(refused).toMatchObject({ status: 400, body: { code: 'purpose_required' } });
  });

  test('narrows by category and by window', async () => {
    expect((await ask({ node: CRM, categories: ['user.financial'] })).affected.people).toBe(1);
    expect((await ask({ node: BILLING, from: at(60) })).affected.people).toBe(1);
    expect((await ask({ node: BILLING, from: at(2_000) })).affected).toMatchObject({ people: 0, exact: true });
  });

  test('is a lower bound where a trace does not say whose data it touched, and says so', async () => {
    const touches = [{ action: 'read' as const, peer: 'store:forgotten', rule: 'db' }];
    const forgetful = aSpan({ startNs: ns(400), touches });
    await api.deps.events.append(api.acme.id, { spans: [{ span: forgetful, subjectIds: [], linkSubjectIds: [] }] });
    const { affected, gaps, statement } = await ask({ node: 'store:forgotten' });
    expect(affected).toMatchObject({ people: 0, exact: false, atMost: null });
    expect(gaps.unexplainedTraces).toBe(1);
    expect(statement).toContain('At least 0 people were affected: 1 trace touched it without saying whose data it was');
  });

  test('says of traces of somebody who was erased that they were', async () => {
    const span = aSpan({
      startNs: ns(500),
      attribution: 'declared',
      touches: [{ action: 'read', peer: 'store:emptied', rule: 'db' }],
    });
    await api.deps.events.append(api.acme.id, { spans: [{ span, subjectIds: [randomUUID()], linkSubjectIds: [] }] });
    const { affected, gaps } = await ask({ node: 'store:emptied' });
    expect(affected).toMatchObject({ people: 0, exact: false });
    expect(gaps).toMatchObject({ unexplainedTraces: 0, erasedTraces: 1 });
  });

  test.each([
    ['no purpose', { node: CRM }, {}, 'purpose_required'],
    ['two things at once', { node: CRM, party: 'pay' }, purpose, 'bad_request'],
    ['nothing', {}, purpose, 'bad_request'],
    ['what is no node', { node: 'nonsense' }, purpose, 'bad_request'],
    ['a window that ends before it begins', { node: CRM, to: at(-1) }, purpose, 'bad_request'],
  ])('refuses %s', async (_title, question, headers, code) => {
    const { body } = await call('/v1/exposure', { body: { ...DAY, ...question }, headers });
    expect(body.code).toBe(code);
  });

  test('finds by the beginning of its name a table that took the place of another, which no job did', async () => {
    const node = 'store:duckdb:/w.db/archive.customers';
    const renamed = { side: 'output', node, lifecycle: '', renamedFrom: WAREHOUSE } as const;
    await api.deps.events.appendLineageEvents(api.acme.id, [
      lineageEvent({
        kind: 'dataset',
        runId: 'renaming',
        job: '',
        atUs: us(50_000),
        datasets: [{ ...renamed, columns: null, categories: [] }],
      }),
    ]);
    const window = { from: at(49_000), to: at(51_000) };
    expect((await ask({ node: 'store:duckdb:/w.db/archive.*', ...window })).affected).toMatchObject({
      people: 1,
      exact: true,
    });
    expect((await ask({ node: 'store:duckdb:/w.db/archive.*' })).affected).toMatchObject({ people: 0, exact: true });
  });
});

describe('the list of people', () => {
  const list = (id: string, options = {}) => call(`/v1/exposure/${id}/subjects`, options);
  const approve = (id: string, key: string) => call(`/v1/exposure/${id}/approve`, { body: {}, key });

  test('is closed to the one who asked until another key has approved it', async () => {
    const { id } = await ask({ node: BILLING });
    expect(await list(id)).toMatchObject({ status: 403, body: { facts: { reason: 'four_eyes' } } });
    expect(await approve(id, officer)).toMatchObject({ status: 403, body: { facts: { reason: 'four_eyes' } } });
    expect((await approve(id, approver)).status).toBe(204);
    const { status, body } = await list(id);
    expect(status).toBe(200);
    expect(body.items.map(({ subjectId }: { subjectId: string }) => subjectId)).toEqual(
      [people['ada'], people['bob']].sort(),
    );
    expect(body.items[0]).toMatchObject({ confidence: 'ambient' });
  });

  test('is asked for in words that whoever approves can read before, and others of the tenant see', async () => {
    const { id } = await ask({ node: BILLING });
    const seen = await call(`/v1/exposure/${id}`, { headers: {} });
    expect(seen).toMatchObject({
      status: 200,
      body: { id, node: BILLING, purpose: 'incident 2026-3', includeDownstream: true, approval: null },
    });
    await approve(id, approver);
    const page = await call('/v1/exposure?limit=1', { headers: {} });
    expect(page.body.items).toMatchObject([{ id, approval: { by: expect.stringMatching(/^key:/) } }]);
    const older = await call(`/v1/exposure?limit=1&cursor=${page.body.nextCursor}`, { headers: {} });
    expect(older.body.items[0].id).not.toBe(id);
    expect((await call(`/v1/exposure/${id}`, { key: await api.bearer(api.rival) })).status).toBe(404);
  });

  test('comes page by page, and each person on it can see that it was looked at', async () => {
    const { id } = await ask({ node: BILLING });
    await approve(id, approver);
    const first = (await list(id, {})).body.items;
    const page = await call(`/v1/exposure/${id}/subjects?limit=1`);
    const next = await call(`/v1/exposure/${id}/subjects?limit=1&cursor=${page.body.nextCursor}`);
    expect([...page.body.items, ...next.body.items]).toEqual(first);
    expect(next.body.nextCursor).toBeNull();
    for (const { body } of [page, next]) {
      expect(body.affected).toEqual({ people: 2, exact: true, atMost: 2 });
      expect(body.statement).toContain('2 people were affected');
    }
    const views = (await call(`/v1/subjects/${people['bob']}/views?limit=1000`)).body.items;
    expect(views.map(({ type }: { type: string }) => type)).toContain('subject.exposure_read');
    expect((await call(`/v1/exposure/${id}/subjects`, { headers: {} })).body.code).toBe('purpose_required');
  });

  /** A list that grows until the gate is opened: nobody is followed before. */
  async function growingList(id: string, signal?: AbortSignal) {
    const gate = Promise.withResolvers<void>();
    const events = { ...api.deps.events };
    events.taggedSpans = async (...asked) => {
      await gate.promise;
      return api.deps.events.taggedSpans(...asked);
    };
    const response = await createApp({ ...api.deps, events }).request(`/v1/exposure/${id}/subjects?format=ndjson`, {
      headers: { authorization: `Bearer ${officer}`, ...purpose },
      ...(signal && { signal }),
    });
    const lines = (async function* () {
      let rest = '';
      for await (const some of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const whole = (rest + some).split('\n');
        rest = whole.pop() ?? '';
        for (const line of whole) yield JSON.parse(line);
      }
    })();
    return { lines, go: gate.resolve };
  }
  async function restOf(lines: AsyncIterable<Record<string, unknown>>) {
    const all = [];
    for await (const line of lines) all.push(line);
    return all;
  }
  const viewsOf = async (id: string) => {
    const entries = await api.deps.audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000 });
    return entries.filter(({ type, payload }) => type === 'subject.exposure_read' && payload?.['exposure'] === id);
  };

  test('grows for as long as a count does, and has all people on its last line', async () => {
    const { id } = await ask({ node: WAREHOUSE });
    await approve(id, approver);
    const { lines, go } = await growingList(id);
    const { value: first } = await lines.next();
    expect(first).toMatchObject({ items: [], reading: null, growing: { followed: 0 }, affected: { exact: false } });
    go();
    const last = (await restOf(lines)).at(-1);
    expect(last).toEqual((await list(id)).body);
    expect(last?.['items']).toHaveLength(1);
    expect(await viewsOf(id)).toHaveLength(2);
  });

  test('whoever hangs up while it grows has looked at nobody', async () => {
    const { id } = await ask({ node: WAREHOUSE });
    await approve(id, approver);
    const call = new AbortController();
    const { lines, go } = await growingList(id, call.signal);
    await lines.next();
    call.abort();
    go();
    // It ends when what was under way has ended.
    expect((await restOf(lines)).filter(({ growing }) => growing === undefined)).toEqual([]);
    expect(await viewsOf(id)).toEqual([]);
  });

  test('says on every page that it is a lower bound and why, where the count is one', async () => {
    const counted = await ask({ node: 'store:half-known' });
    await approve(counted.id, approver);
    const { body } = await list(counted.id);
    expect(body.items.map(({ subjectId }: { subjectId: string }) => subjectId)).toEqual([people['dora']]);
    const { people: n, exact, atMost } = counted.affected;
    expect(body).toMatchObject({ affected: { people: n, exact, atMost }, statement: counted.statement });
    expect(body).toMatchObject({ affected: { people: 1, exact: false, atMost: null } });
    expect(body.statement).toContain('1 trace touched it without saying whose data it was');
  });

  /** Their subjects, in the order of lists. */
  async function known(...names: string[]): Promise<string[]> {
    const tokens = names.map((name) => ({ token: tokenOf(name), atMs: 1 }));
    return (await api.deps.aliases.resolve(api.acme.id, tokens)).toSorted();
  }
  const tokenOf = (name: string) => `ps1.k1.${name.padEnd(22, 'x')}`;
  const seenAt = (place: string, subjectIds: string[]) =>
    api.deps.events.append(api.acme.id, {
      spans: subjectIds.map((subjectId) => ({
        span: aSpan({
          startNs: ns(700),
          attribution: 'declared',
          touches: [{ action: 'read', peer: place, rule: 'db' }],
        }),
        subjectIds: [subjectId],
        linkSubjectIds: [],
      })),
    });
  const pageOf = async (id: string, query: string) => {
    const { items, nextCursor, affected, reading } = (await call(`/v1/exposure/${id}/subjects?${query}`)).body;
    return { ids: items.map(({ subjectId }: { subjectId: string }) => subjectId), nextCursor, affected, reading };
  };

  test('is of one reading on all its pages, whatever came or others read in between, but for who was erased since', async () => {
    const [later = '', ...ids] = await known('finn', 'gwen', 'hugo', 'iris');
    await seenAt('store:paged', ids);
    const { id } = await ask({ node: 'store:paged' });
    await approve(id, approver);
    const page = (query: string) => pageOf(id, query);
    const first = await page('limit=1');
    expect(first).toMatchObject({ ids: ids.slice(0, 1), affected: { people: 3, exact: true } });
    await seenAt('store:paged', [later]);
    const another = await page('limit=1');
    expect(another.affected.people).toBe(4);
    expect(another.reading).not.toBe(first.reading);
    const second = await page(`limit=1&cursor=${first.nextCursor}`);
    expect(second).toMatchObject({ ids: ids.slice(1, 2), affected: first.affected, reading: first.reading });
    await api.deps.aliases.forget(api.acme.id, ids.slice(2));
    expect(await page(`cursor=${second.nextCursor}`)).toMatchObject({ ids: [], nextCursor: null });
  });

  test('says of a page that is of a reading of its own whether it goes with the ones before', async () => {
    const ids = await known('jane', 'kurt', 'lena');
    await seenAt('store:restarted', ids.slice(1));
    const { id } = await ask({ node: 'store:restarted' });
    await approve(id, approver);
    const first = await pageOf(id, 'limit=1');
    const after = async () => {
      const headers = { authorization: `Bearer ${officer}`, ...purpose };
      const path = `/v1/exposure/${id}/subjects?format=ndjson&cursor=${first.nextCursor}`;
      return JSON.parse((await (await createApp(api.deps).request(path, { headers })).text()).trim());
    };
    // Another process holds nothing, and finds the same.
    expect(await after()).toMatchObject({ reading: first.reading, items: [{ subjectId: ids[2] }] });
    await seenAt('store:restarted', ids.slice(0, 1));
    const changed = await after();
    expect(changed.items).toMatchObject([{ subjectId: ids[2] }]);
    expect(changed.affected.people).toBe(3);
    expect(changed.reading).not.toBe(first.reading);
  });

  test('tells of who was unlinked since as it found them, and that is a look at each of them', async () => {
    const tokens = ['mona', 'nils', 'olga'].map(tokenOf);
    const resolved = await api.deps.aliases.resolve(
      api.acme.id,
      tokens.map((token) => ({ token, atMs: 1 })),
    );
    const tokenBy = new Map(resolved.map((subjectId, i) => [subjectId, tokens[i] ?? '']));
    const [alone = '', ...joined] = resolved.toSorted();
    const [one = '', other = ''] = joined.map((subjectId) => tokenBy.get(subjectId));
    const change = (action: 'link' | 'unlink') =>
      api.deps.aliases.link(
        api.acme.id,
        { action, tokens: [one, other], kind: 'operator', evidence: 'said so' },
        { type: `alias.${action}`, actor: 'system:test', object: { kind: 'alias', id: '-' } },
      );
    await change('link');
    await seenAt('store:unlinked', resolved);
    const { id } = await ask({ node: 'store:unlinked' });
    await approve(id, approver);
    const first = await pageOf(id, 'limit=1');
    expect(first).toMatchObject({ ids: [alone], affected: { people: 2 } });
    await change('unlink');
    const { items, affected, reading } = (await call(`/v1/exposure/${id}/subjects?cursor=${first.nextCursor}`)).body;
    expect(items).toMatchObject([{ subjectId: joined[0], flows: 2 }]);
    expect({ affected, reading }).toEqual({ affected: first.affected, reading: first.reading });
    const looks = (await viewsOf(id)).map(({ object }) => object.id);
    expect(looks.toSorted()).toEqual(resolved.toSorted());
    // A list of now tells of both.
    expect((await pageOf(id, 'limit=10')).ids).toEqual(resolved.toSorted());
  });

  test('does not exist for another tenant', async () => {
    const { id } = await ask({ node: BILLING });
    const rival = await api.bearer(api.rival);
    expect((await list(id, { key: rival })).status).toBe(404);
    expect((await approve(id, rival)).status).toBe(404);
    expect((await list(randomUUID())).status).toBe(404);
  });

  test('was asked for on the record: by whom, about what and why', async () => {
    const { id } = await ask({ node: BILLING });
    const entries = await api.deps.audit.entries(api.acme.id, { afterIndex: -1, limit: 1_000 });
    expect(entries.find(({ object }) => object.id === id)).toMatchObject({
      type: 'exposure.asked',
      purpose: 'incident 2026-3',
      payload: { node: BILLING },
    });
  });
});
