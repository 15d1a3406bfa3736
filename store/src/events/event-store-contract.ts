import { randomUUID } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import type { Needs } from '@vestige/core/lineage/facts';
import type { LineageEvent, RunDataset } from '@vestige/core/openlineage/lineage-event';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventStore, ResolvedSpan } from './event-store.ts';
import { type DrawnEvent, lineageEvent } from './testing/lineage-events.ts';
import { newSpanId, newTenant, newTraceId, ns, rejectedSpan, T0_NS, tagged, untagged, us } from './testing/spans.ts';

/** The promises of `EventStore`, as tests. Every implementation runs them; `store()` may return the same one each time. */
export function eventStoreContract(store: () => EventStore): void {
  const EVERYTHING = { fromUs: null, toUs: null };
  const LIMITS = { spansMax: 1000, hitsPerKeyMax: 100 };
  const NOTHING: Needs = { traces: [], jumps: [], linksTo: [], datasets: [] };
  const append = (tenant: TenantId, ...spans: ResolvedSpan[]) => store().append(tenant, { spans });
  const tags = (tenant: TenantId, ...subjectIds: string[]) =>
    store().subjectTags(tenant, { ...EVERYTHING, subjectIds, limit: 1000 });
  const facts = (tenant: TenantId, needs: Partial<Needs>, limits = LIMITS) =>
    store().facts(tenant, { ...NOTHING, ...needs }, limits);

  describe('appending', () => {
    test('an appended span comes back with everything that was known about it', async () => {
      const tenant = newTenant();
      const [maria, otto, linked] = [randomUUID(), randomUUID(), randomUUID()];
      const written = tagged([maria, otto], {
        parentId: newSpanId(),
        name: 'chat "gpt-5" — ärgerlich\t\\ \n \u0000 🙂',
        kind: 'client',
        startNs: T0_NS + 1_234_567_891n,
        endNs: T0_NS + 2_000_000_001n,
        outcome: 'failed',
        instance: 'pod-7',
        attrs: { 'gen_ai.operation.name': 'chat', "it's": "a 'quote', a \\ and a {brace: UInt8}" },
        resource: { 'service.name': 'desk', 'host.name': 'h' },
        events: [{ timeNs: T0_NS + 1_500_000_000n, name: 'exception', attrs: { 'exception.type': 'E' } }],
        links: [
          { traceId: newTraceId(), spanId: newSpanId() },
          { traceId: newTraceId(), spanId: newSpanId() },
        ],
        self: 'agent:support/desk/triage',
        owner: 'agent:support/desk/lead',
        touches: [
          { peer: 'store:postgres://db:5432/shop.public.users', action: 'read', rule: 'db.sql.select' },
          { peer: 'model:openai/gpt-5@api.openai.com', action: 'share', rule: 'genai.chat' },
        ],
        recordRefs: ['store:postgres://db:5432/shop.public.users#AAAAAAAAAAAAAAAAAAAAAA'],
        recordCount: 2,
        derivedFrom: ['store:postgres://db:5432/shop.public.notes#BBBBBBBBBBBBBBBBBBBBBB'],
        conversation: 'conversation:c1',
        attribution: 'ambient',
        role: 'mentioned',
        categories: ['user.contact.email', 'user.name'],
        purpose: 'essential.service.operations.support',
        legalBasis: 'contract',
        retentionUntilMs: 1_900_000_000_000,
        recipientHost: 'api.openai.com',
        recipientCountry: 'US',
        requestId: randomUUID(),
        seq: 41,
        ruleSet: 3,
      });
      await append(tenant, { ...written, linkSubjectIds: [linked, maria] });

      const { span } = written;
      const trace = await store().trace(tenant, span.traceId, 10);
      const { tokens: _t, linkTokens: _l, subjectSet: _s, ...kept } = span;
      expect(trace).toEqual({ rows: [{ ...kept, subjectIds: [maria, otto, linked].sort() }], cut: false });

      const found = await facts(tenant, { traces: [span.traceId] });
      expect(found.cut).toBe(false);
      const {
        startNs,
        endNs,
        name: _n,
        legalBasis: _b,
        attrs: _a,
        resource: _r,
        events: _e,
        instance: _i,
        scope: _c,
        seq: _q,
        ruleSet: _v,
        ...fact
      } = kept;
      expect(found.spans).toEqual([{ ...fact, startUs: Number(startNs / 1000n), endUs: Number(endNs / 1000n) }]);
    });

    test('a span appended twice, in one batch or in another, changes no answer', async () => {
      const tenant = newTenant();
      const subject = randomUUID();
      const linkTarget = newTraceId();
      const ref = 'store:sqlite:///crm.customers#CCCCCCCCCCCCCCCCCCCCCC';
      const traceId = newTraceId();
      const spans = [
        tagged([subject], {
          traceId,
          seq: 1,
          instance: 'a',
          touches: [{ peer: 'store:sqlite:///crm.customers', action: 'write', rule: 'db.sql.insert' }],
          recordRefs: [ref],
          links: [{ traceId: linkTarget, spanId: newSpanId() }],
          categories: ['user.name'],
        }),
        tagged([subject], { traceId, startNs: ns(1), seq: 2, instance: 'a' }),
        untagged({ startNs: ns(2), touches: [{ peer: 'store:x', action: 'read', rule: 'r' }], seq: 4, instance: 'a' }),
      ];
      const answers = async () => ({
        tags: await tags(tenant, subject),
        facts: await facts(tenant, { traces: [traceId], jumps: [{ key: ref, fromUs: 0 }], linksTo: [linkTarget] }),
        summary: await store().subjectSummary(tenant, [subject]),
        trace: await store().trace(tenant, traceId, 10),
        watermarks: await store().watermarks(tenant, EVERYTHING),
        gaps: await store().gaps(tenant, EVERYTHING),
      });
      await append(tenant, ...spans);
      const once = await answers();
      expect(once.tags.rows).toHaveLength(2);
      expect(once.facts.jumps).toHaveLength(1);
      expect(once.facts.links).toHaveLength(1);
      expect(once.summary?.spans).toBe(2);
      expect(once.watermarks).toMatchObject([{ missingSeq: 1 }]);
      expect(once.gaps.unattributedTouches).toBe(1);

      await append(tenant, ...spans);
      expect(await answers()).toEqual(once);
      await append(tenant, ...spans.slice(0, 1), ...spans, ...spans.slice(1));
      expect(await answers()).toEqual(once);
      for (const span of spans) await append(tenant, span);
      expect(await answers()).toEqual(once);
    });

    test('however spans are cut into batches and repeated, the answers are those of one batch', async () => {
      const subject = randomUUID();
      const traces = [newTraceId(), newTraceId()] as const;
      const spans = Array.from({ length: 8 }, (_, index) =>
        tagged(index % 3 === 0 ? [] : [subject], {
          traceId: traces[index % 2] ?? '',
          // Also over midnight and the end of a month.
          startNs: ns(index * 11 * 86_400),
          touches: index % 2 === 0 ? [{ peer: 'memory:desk/m', action: 'write', rule: 'r' }] : [],
          seq: index,
        }),
      );
      const answers = async (tenant: TenantId) => ({
        tags: await tags(tenant, subject),
        facts: await facts(tenant, { traces, jumps: [{ key: 'memory:desk/m', fromUs: us(86_400) }] }),
        summary: await store().subjectSummary(tenant, [subject]),
        watermarks: await store().watermarks(tenant, EVERYTHING),
      });
      const reference = newTenant();
      await append(reference, ...spans);
      const expected = await answers(reference);

      const batches = fc.array(fc.array(fc.nat(spans.length - 1), { minLength: 1, maxLength: 8 }), { maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(batches, async (cuts) => {
          const tenant = newTenant();
          for (const cut of [...cuts, spans.keys().toArray()]) {
            await append(tenant, ...cut.flatMap((index) => spans[index] ?? []));
          }
          expect(await answers(tenant)).toEqual(expected);
        }),
        { numRuns: 12 },
      );
    });

    test('an empty batch is nothing', async () => {
      const tenant = newTenant();
      await append(tenant);
      expect(await store().watermarks(tenant, EVERYTHING)).toEqual([]);
    });

    test('a clock that is years off makes no span vanish and no batch unwritable', async () => {
      const tenant = newTenant();
      const subject = randomUUID();
      const times = [0n, 1_544_712_660_000_000_000n, 9_000_000_000_000_000_000n, 18_446_744_073_709_551_615n];
      await append(tenant, ...times.map((startNs) => tagged([subject], { startNs, endNs: startNs })));
      expect((await tags(tenant, subject)).rows).toHaveLength(times.length);
    });
  });

  describe('subject tags', () => {
    test('come oldest first, one for a span, with the touches of the span told once', async () => {
      const tenant = newTenant();
      const subject = randomUUID();
      const touches = [
        { peer: 'store:a', action: 'read', rule: 'r' },
        { peer: 'store:b', action: 'write', rule: 'r' },
      ] as const;
      const late = tagged([subject], { startNs: ns(10), touches, role: 'actor' });
      const early = tagged([subject], { startNs: ns(1), attribution: 'ambient' });
      await append(tenant, late, early);
      expect((await tags(tenant, subject)).rows).toEqual([
        {
          traceId: early.span.traceId,
          spanId: early.span.spanId,
          startUs: us(1),
          attribution: 'ambient',
          role: 'data_subject',
          viaLink: false,
        },
        {
          traceId: late.span.traceId,
          spanId: late.span.spanId,
          startUs: us(10),
          attribution: 'declared',
          role: 'actor',
          viaLink: false,
        },
      ]);
    });

    test('a subject that came on a link is tagged like an ambient one, unless the span names it too', async () => {
      const tenant = newTenant();
      const [own, linked, both] = [randomUUID(), randomUUID(), randomUUID()];
      await append(tenant, { ...tagged([own, both], { role: 'actor' }), linkSubjectIds: [linked, both] });
      expect((await tags(tenant, linked)).rows).toMatchObject([
        { viaLink: true, attribution: 'ambient', role: 'data_subject' },
      ]);
      expect((await tags(tenant, own)).rows).toMatchObject([
        { viaLink: false, attribution: 'declared', role: 'actor' },
      ]);
      expect((await tags(tenant, both)).rows).toMatchObject([
        { viaLink: false, attribution: 'declared', role: 'actor' },
      ]);
    });

    test('of several ids of one person are the union, a span that carries both once', async () => {
      const tenant = newTenant();
      const [first, second] = [randomUUID(), randomUUID()];
      await append(
        tenant,
        tagged([first]),
        tagged([second], { startNs: ns(1) }),
        tagged([first, second], { startNs: ns(2) }),
      );
      expect((await tags(tenant, first, second)).rows.map((tag) => tag.startUs)).toEqual([us(0), us(1), us(2)]);
      expect((await tags(tenant)).rows).toEqual([]);
    });

    test('a window includes its first microsecond and excludes its last', async () => {
      const tenant = newTenant();
      const subject = randomUUID();
      await append(tenant, ...[0, 1, 2, 3].map((second) => tagged([subject], { startNs: ns(second) })));
      const { rows } = await store().subjectTags(tenant, {
        subjectIds: [subject],
        fromUs: us(1),
        toUs: us(3),
        limit: 10,
      });
      expect(rows.map((tag) => tag.startUs)).toEqual([us(1), us(2)]);
    });

    test('at the limit the oldest are kept and the answer says that it was cut', async () => {
      const tenant = newTenant();
      const subject = randomUUID();
      await append(tenant, ...[0, 1, 2].map((second) => tagged([subject], { startNs: ns(second) })));
      const three = await store().subjectTags(tenant, { ...EVERYTHING, subjectIds: [subject], limit: 3 });
      expect(three.cut).toBe(false);
      const two = await store().subjectTags(tenant, { ...EVERYTHING, subjectIds: [subject], limit: 2 });
      expect(two.cut).toBe(true);
      expect(two.rows.map((tag) => tag.startUs)).toEqual([us(0), us(1)]);
    });

    test('the summary counts spans, not touches, and an unknown subject has none', async () => {
      const tenant = newTenant();
      const subject = randomUUID();
      const touches = [
        { peer: 'store:a', action: 'read', rule: 'r' },
        { peer: 'store:b', action: 'read', rule: 'r' },
      ] as const;
      await append(
        tenant,
        tagged([subject], { touches, categories: ['user.name'], purpose: 'essential' }),
        tagged([subject], { startNs: ns(9), categories: ['user.contact', 'user.name'] }),
      );
      expect(await store().subjectSummary(tenant, [subject])).toEqual({
        firstSeenUs: us(0),
        lastSeenUs: us(9),
        spans: 2,
        categories: ['user.contact', 'user.name'],
        purposes: ['essential'],
      });
      expect(await store().subjectSummary(tenant, [randomUUID()])).toBeNull();
      expect(await store().subjectSummary(tenant, [])).toBeNull();
    });
  });

  describe('facts', () => {
    test('a wanted trace comes whole, tagged or not, and no other trace comes', async () => {
      const tenant = newTenant();
      const traceId = newTraceId();
      await append(tenant, tagged([randomUUID()], { traceId }), untagged({ traceId, startNs: ns(86_400) }), untagged());
      const found = await facts(tenant, { traces: [traceId, newTraceId(), traceId] });
      expect(found.spans.map((span) => [span.traceId, span.startUs])).toEqual([
        [traceId, us(0)],
        [traceId, us(86_400)],
      ]);
      expect(found.cut).toBe(false);
    });

    test('asking for nothing answers nothing', async () => {
      expect(await facts(newTenant(), {})).toEqual({ spans: [], jumps: [], links: [], datasets: [], cut: false });
    });

    test('more spans than the limit are cut and said to be', async () => {
      const tenant = newTenant();
      const traceId = newTraceId();
      await append(tenant, ...[0, 1, 2].map((second) => untagged({ traceId, startNs: ns(second) })));
      expect(await facts(tenant, { traces: [traceId] }, { ...LIMITS, spansMax: 3 })).toMatchObject({ cut: false });
      const cut = await facts(tenant, { traces: [traceId] }, { ...LIMITS, spansMax: 2 });
      expect(cut.spans.map((span) => span.startUs)).toEqual([us(0), us(1)]);
      expect(cut.cut).toBe(true);
    });

    test('of a span read again under newer rules, the newer reading is the answer', async () => {
      const tenant = newTenant();
      const { span } = untagged({ touches: [{ peer: 'store:a', action: 'unknown', rule: 'old' }], ruleSet: 1 });
      const newer = { ...span, touches: [{ peer: 'store:a', action: 'write', rule: 'new' }] as const, ruleSet: 2 };
      for (const reading of [newer, span]) await append(tenant, { span: reading, subjectIds: [], linkSubjectIds: [] });
      expect((await facts(tenant, { traces: [span.traceId] })).spans[0]?.touches).toEqual(newer.touches);
    });

    test('a record is found by its ref from the wanted instant on, with what was done to it', async () => {
      const tenant = newTenant();
      const node = "store:postgres://db:5432/shop.public.o'users";
      const ref = `${node}#\t\\'quoted',"comma`;
      const spans = [0, 1, 2].map((second) =>
        untagged({
          startNs: ns(second),
          recordRefs: [ref],
          touches: [
            { peer: node, action: second === 1 ? 'delete' : 'write', rule: 'r' },
            { peer: 'queue:bullmq://q:6379/mail', action: 'write', rule: 'r' },
          ],
        }),
      );
      await append(tenant, ...spans);
      const { jumps } = await facts(tenant, {
        jumps: [
          { key: ref, fromUs: us(1) },
          { key: 'store:none#x', fromUs: 0 },
        ],
      });
      expect(jumps).toEqual([
        { key: ref, traceId: spans[1]?.span.traceId, spanId: spans[1]?.span.spanId, startUs: us(1), action: 'delete' },
        { key: ref, traceId: spans[2]?.span.traceId, spanId: spans[2]?.span.spanId, startUs: us(2), action: 'write' },
      ]);
    });

    test('each key has its own first instant and its own limit', async () => {
      const tenant = newTenant();
      const at = (conversation: string, second: number) => untagged({ conversation, startNs: ns(second) });
      await append(tenant, at('c:a', 0), at('c:a', 1), at('c:b', 0), at('c:b', 1), at('c:b', 2));
      const wanted = [
        { key: 'c:a', fromUs: us(1) },
        { key: 'c:b', fromUs: us(0) },
      ];
      const all = await facts(tenant, { jumps: wanted });
      expect(all.jumps.map((hit) => [hit.key, hit.startUs, hit.action])).toEqual([
        ['c:a', us(1), 'none'],
        ['c:b', us(0), 'none'],
        ['c:b', us(1), 'none'],
        ['c:b', us(2), 'none'],
      ]);
      expect(all.cut).toBe(false);
      const cut = await facts(tenant, { jumps: wanted }, { ...LIMITS, hitsPerKeyMax: 2 });
      expect(cut.jumps.map((hit) => [hit.key, hit.startUs])).toEqual([
        ['c:a', us(1)],
        ['c:b', us(0)],
        ['c:b', us(1)],
      ]);
      expect(cut.cut).toBe(true);
    });

    test('what was derived from a record has read it, and a memory is a key of its own', async () => {
      const tenant = newTenant();
      await append(
        tenant,
        untagged({ derivedFrom: ['store:a#r'], touches: [{ peer: 'memory:desk/m', action: 'write', rule: 'r' }] }),
      );
      const { jumps } = await facts(tenant, {
        jumps: [
          { key: 'store:a#r', fromUs: 0 },
          { key: 'memory:desk/m', fromUs: 0 },
        ],
      });
      expect(jumps.map((hit) => [hit.key, hit.action])).toEqual([
        ['memory:desk/m', 'write'],
        ['store:a#r', 'read'],
      ]);
    });

    test('links are found from the trace they point to', async () => {
      const tenant = newTenant();
      const [linkedTraceId, linkedSpanId] = [newTraceId(), newSpanId()];
      const { span } = untagged({ links: [{ traceId: linkedTraceId, spanId: linkedSpanId }] });
      await append(tenant, { span, subjectIds: [], linkSubjectIds: [] });
      const { links } = await facts(tenant, { linksTo: [linkedTraceId, newTraceId()] });
      expect(links).toEqual([{ linkedTraceId, linkedSpanId, traceId: span.traceId, spanId: span.spanId }]);
    });

    test('thousands of keys in one round are no problem', async () => {
      const tenant = newTenant();
      const spans = Array.from({ length: 50 }, (_, second) => untagged({ startNs: ns(second) }));
      await append(tenant, ...spans);
      const traces = [...Array.from({ length: 12_000 }, newTraceId), ...spans.map(({ span }) => span.traceId)];
      const jumps = traces.map((trace) => ({ key: `store:postgres://db:5432/shop.public.users#${trace}`, fromUs: 0 }));
      const found = await facts(tenant, { traces, jumps, linksTo: traces });
      expect(found.spans).toHaveLength(50);
    });
  });

  describe('runs of batch jobs', () => {
    const CRM = 'store:sqlite:///crm.customers';
    const COPY = 'store:duckdb:///wh.customers';
    const appendEvents = (tenant: TenantId, ...events: LineageEvent[]) => store().appendLineageEvents(tenant, events);
    const done = (drawn: DrawnEvent) => lineageEvent({ state: 'complete', ...drawn });
    const edgesOf = async (tenant: TenantId, ...datasets: string[]) =>
      (await facts(tenant, { datasets })).datasets.map(
        ({ input, output, lifecycle }) => `${input} → ${output} ${lifecycle}`,
      );

    test('a dataset answers with the runs that read it and the runs that ended it, not with those that only wrote it', async () => {
      const tenant = newTenant();
      const sums = 'store:duckdb:///wh.sums';
      await appendEvents(
        tenant,
        lineageEvent({ runId: 'copy', inputs: [CRM], outputs: [COPY] }),
        done({ runId: 'sums', inputs: [CRM], outputs: [sums], lifecycle: 'overwrite', atUs: us(11) }),
        done({ runId: 'drop', inputs: [COPY], lifecycle: 'drop', atUs: us(21) }),
      );
      const [copies, overwrites, drops] = [`${CRM} → ${COPY} `, `${CRM} → ${sums} overwrite`, `${COPY} →  drop`];
      expect(await edgesOf(tenant, CRM)).toEqual([copies, overwrites]);
      expect(await edgesOf(tenant, COPY)).toEqual([drops]);
      expect(await edgesOf(tenant, sums)).toEqual([overwrites]);
      expect(await edgesOf(tenant, CRM, sums)).toEqual([copies, overwrites]);
    });

    test('the events of one run are one run from its first event to its last, in whatever order and parts they came', async () => {
      const tenant = newTenant();
      const parts = [
        lineageEvent({ atUs: us(0), inputs: [] }),
        lineageEvent({ atUs: us(20), inputs: [CRM] }),
        lineageEvent({ atUs: us(60), outputs: [COPY] }),
      ];
      for (const part of parts.toReversed()) await appendEvents(tenant, part);
      await appendEvents(tenant, ...parts);
      expect((await facts(tenant, { datasets: [CRM] })).datasets).toEqual([
        {
          input: CRM,
          output: COPY,
          job: 'job:nightly/copy',
          runId: parts[0]?.runId,
          startUs: us(0),
          endUs: us(60),
          lifecycle: '',
        },
      ]);
    });

    test('a run began with its START; without one it began when the others hint at', async () => {
      const tenant = newTenant();
      const complete = lineageEvent({
        state: 'complete',
        startUs: us(-9_000),
        atUs: us(60),
        inputs: [CRM],
        outputs: [COPY],
      });
      await appendEvents(tenant, complete);
      expect((await facts(tenant, { datasets: [CRM] })).datasets).toMatchObject([
        { startUs: us(-9_000), endUs: us(60) },
      ]);
      await appendEvents(tenant, lineageEvent({ state: 'start', atUs: us(20), outputs: ['store:sums'] }), complete);
      const { datasets } = await facts(tenant, { datasets: [CRM] });
      expect(datasets.map(({ startUs, endUs }) => [startUs, endUs])).toEqual([
        [us(20), us(60)],
        [us(20), us(60)],
      ]);
    });

    test('only a run that is done has emptied anything, and one that is not over may go on', async () => {
      const tenant = newTenant();
      const told = (runId: string, ...states: readonly LineageEvent['state'][]) =>
        states.map((state, at) => lineageEvent({ runId, state, atUs: us(at), outputs: [CRM], lifecycle: 'truncate' }));
      const reads = lineageEvent({
        runId: 'open',
        state: 'start',
        inputs: [CRM],
        outputs: [COPY],
        lifecycle: 'overwrite',
      });
      await appendEvents(
        tenant,
        reads,
        ...told('done', 'start', 'complete'),
        ...told('failed', 'start', 'complete', 'fail'),
        // As they were stored before events had states.
        ...told('unsaid', ''),
      );
      const { datasets } = await facts(tenant, { datasets: [CRM] });
      expect(datasets.map(({ runId, output, lifecycle, untilUs }) => [runId, output, lifecycle, untilUs])).toEqual([
        ['done', '', 'truncate', undefined],
        ['open', COPY, '', us(5) + 7 * 86_400_000_000],
      ]);
    });

    test('which job started a run is known whichever of its events said so', async () => {
      const tenant = newTenant();
      await appendEvents(
        tenant,
        lineageEvent({ inputs: [CRM] }),
        lineageEvent({ atUs: us(9), parentJob: 'job:airflow/night' }),
        lineageEvent({ atUs: us(12), outputs: [COPY] }),
      );
      const { datasets } = await facts(tenant, { datasets: [CRM] });
      expect(datasets.map(({ output, parentJob }) => [output, parentJob])).toEqual([[COPY, 'job:airflow/night']]);
    });

    test('two runs are never joined, not even of one job', async () => {
      const tenant = newTenant();
      await appendEvents(
        tenant,
        lineageEvent({ runId: 'monday', inputs: [CRM] }),
        lineageEvent({ runId: 'tuesday', outputs: [COPY] }),
      );
      expect(await edgesOf(tenant, CRM)).toEqual([]);
    });

    test('what columns, tags and subject sets say of an edge is the union over the events of the run', async () => {
      const tenant = newTenant();
      const output = { side: 'output', node: COPY, lifecycle: '', renamedFrom: '' } as const;
      const columns = (how: 'copied' | 'masked') =>
        [
          { input: CRM, via: how },
          { input: 'store:other', via: 'none' },
        ] as const;
      await appendEvents(
        tenant,
        lineageEvent({ atUs: us(1), inputs: [CRM, 'store:other', 'store:third'], subjectSet: 'set_a' }),
        lineageEvent({
          atUs: us(2),
          state: 'running',
          subjectSet: 'set_b',
          datasets: [{ ...output, columns: columns('masked'), categories: ['user.name'] }],
        }),
        lineageEvent({
          atUs: us(3),
          state: 'complete',
          datasets: [{ ...output, columns: columns('copied'), categories: ['pii'] }],
        }),
      );
      const edges = async () => {
        const { datasets } = await facts(tenant, { datasets: [CRM, 'store:other', 'store:third'] });
        return Object.fromEntries(datasets.map((edge) => [edge.input, edge]));
      };
      const told = await edges();
      expect(told[CRM]).toMatchObject({
        columns: 'copied',
        outputCategories: ['pii', 'user.name'],
        subjectSets: ['set_a', 'set_b'],
      });
      expect(told['store:other']).toMatchObject({ columns: 'none' });
      // None of those who tell the columns names it.
      expect(told['store:third']).not.toHaveProperty('columns');
      await appendEvents(tenant, lineageEvent({ atUs: us(2), state: 'running', outputs: [COPY] }));
      expect(Object.values(await edges()).map((edge) => edge.columns)).toEqual([undefined, undefined, undefined]);
    });

    test('what was read before the job of a run had a name is part of the run', async () => {
      const tenant = newTenant();
      await appendEvents(
        tenant,
        lineageEvent({ state: 'start', job: 'job:nightly/unknown', atUs: us(1), inputs: [CRM] }),
        done({ atUs: us(9), outputs: [COPY] }),
      );
      expect((await facts(tenant, { datasets: [CRM] })).datasets).toMatchObject([
        { input: CRM, output: COPY, job: 'job:nightly/copy', startUs: us(1), endUs: us(9) },
      ]);
    });

    test('columns that were told before events had states hide no way', async () => {
      const tenant = newTenant();
      const columns = [{ input: CRM, via: 'copied' }] as const;
      const output = { side: 'output', node: COPY, lifecycle: '', renamedFrom: '', columns, categories: [] } as const;
      await appendEvents(
        tenant,
        lineageEvent({ atUs: us(1), inputs: [CRM, 'store:other'] }),
        lineageEvent({ atUs: us(2), datasets: [output] }),
      );
      const { datasets } = await facts(tenant, { datasets: [CRM, 'store:other'] });
      expect(datasets.map(({ columns: told }) => told)).toEqual([undefined, undefined]);
    });

    test('a renamed table is followed from its old name', async () => {
      const tenant = newTenant();
      const renamed = { side: 'output', node: COPY, lifecycle: '', renamedFrom: CRM, columns: null, categories: [] };
      await appendEvents(tenant, lineageEvent({ kind: 'dataset', job: '', datasets: [renamed as RunDataset] }));
      expect(await edgesOf(tenant, CRM)).toEqual([`${CRM} →  drop`, `${CRM} → ${COPY} `]);
    });

    test('a job that is only described moves nothing', async () => {
      const tenant = newTenant();
      await appendEvents(tenant, lineageEvent({ kind: 'job', inputs: [CRM], outputs: [COPY] }));
      expect(await edgesOf(tenant, CRM)).toEqual([]);
    });

    test('more runs than the limit are cut to the oldest and said to be', async () => {
      const tenant = newTenant();
      const run = (second: number) =>
        lineageEvent({ runId: `run ${second}`, inputs: [CRM], outputs: [COPY], atUs: us(second) });
      await appendEvents(tenant, run(2), run(0), run(1));
      const found = await facts(tenant, { datasets: [CRM] }, { ...LIMITS, hitsPerKeyMax: 2 });
      expect(found.datasets.map((edge) => edge.startUs)).toEqual([us(0), us(1)]);
      expect(found.cut).toBe(true);
    });
  });

  describe('a trace', () => {
    test('comes with attributes and subjects, oldest first, cut at its limit', async () => {
      const tenant = newTenant();
      const traceId = newTraceId();
      const subject = randomUUID();
      await append(tenant, tagged([subject], { traceId, attrs: { a: '1' } }), untagged({ traceId, startNs: ns(1) }));
      const whole = await store().trace(tenant, traceId, 2);
      expect(whole.rows.map((span) => [span.attrs, span.subjectIds])).toEqual([
        [{ a: '1' }, [subject]],
        [{}, []],
      ]);
      expect(whole.cut).toBe(false);
      expect(await store().trace(tenant, traceId, 1)).toMatchObject({ rows: [{ traceId }], cut: true });
      expect(await store().trace(tenant, newTraceId(), 1)).toEqual({ rows: [], cut: false });
    });
  });

  describe('completeness', () => {
    test('watermarks name every service of the window, its newest span, and numbers that never came', async () => {
      const tenant = newTenant();
      const span = (service: string, instance: string, seq: number, second: number) =>
        untagged({ service, instance, seq, startNs: ns(second) });
      await append(
        tenant,
        span('service:shop/desk', 'a', 5, 0),
        span('service:shop/desk', 'a', 9, 7),
        span('service:shop/desk', 'b', 0, 3),
        span('service:shop/desk', 'b', 2, 4),
        span('service:mailer', '', -1, 1),
      );
      expect(await store().watermarks(tenant, EVERYTHING)).toEqual([
        { service: 'mailer', newestSpanMs: us(1) / 1000, missingSeq: 0 },
        { service: 'shop/desk', newestSpanMs: us(7) / 1000, missingSeq: 4 },
      ]);
      expect(await store().watermarks(tenant, { fromUs: us(1), toUs: us(2) })).toMatchObject([{ service: 'mailer' }]);
    });

    test('spans that lost links or attributes are counted by service on their days, once however often they come', async () => {
      const tenant = newTenant();
      const cut = (second: number, service: string, attrs: Readonly<Record<string, string>>) =>
        untagged({ service, attrs, startNs: ns(second) });
      const spans = [
        cut(0, 'service:shop/desk', { 'otel.dropped_links_count': '3' }),
        cut(1, 'service:shop/desk', { 'otel.dropped_links_count': '1', 'otel.dropped_attributes_count': '9' }),
        cut(2, 'service:mailer', { 'otel.dropped_attributes_count': '1' }),
        cut(3, 'service:clean', { 'otel.dropped_events_count': '1' }),
      ];
      await append(tenant, ...spans);
      await append(tenant, ...spans);
      expect(await store().cutSpans(tenant, EVERYTHING)).toEqual([
        { service: 'mailer', links: 0, attributes: 1 },
        { service: 'shop/desk', links: 2, attributes: 1 },
      ]);
      const dayLater = { fromUs: us(86_400), toUs: us(86_400 * 2) };
      expect(await store().cutSpans(tenant, dayLater)).toEqual([]);
      expect(await store().cutSpans(newTenant(), EVERYTHING)).toEqual([]);
      expect(await store().watermarks(tenant, EVERYTHING)).toMatchObject([
        { service: 'clean' },
        { service: 'mailer', missingSeq: 0 },
        { service: 'shop/desk', newestSpanMs: us(1) / 1000, missingSeq: 0 },
      ]);
    });

    test('rejected spans are counted in their window, and a repeated call counts once', async () => {
      const tenant = newTenant();
      const rejected = [0, 1].map((second) =>
        rejectedSpan({ receivedAtMs: us(second) / 1000, span: `{"startNs":"${second}"}` }),
      );
      await store().appendRejected(tenant, rejected);
      await store().appendRejected(tenant, rejected);
      expect((await store().gaps(tenant, EVERYTHING)).rejectedSpans).toBe(2);
      expect((await store().gaps(tenant, { fromUs: us(1), toUs: null })).rejectedSpans).toBe(1);
    });

    test('a run that fills a dataset from nothing is counted, once and on its days; one that empties it is not', async () => {
      const tenant = newTenant();
      const run = (runId: string, drawn: DrawnEvent) => lineageEvent({ runId, ...drawn });
      await store().appendLineageEvents(tenant, [
        run('told', { inputs: ['store:a'], outputs: ['store:b'] }),
        run('sourceless', { outputs: ['store:b'] }),
        run('emptied', { outputs: ['store:b'], lifecycle: 'truncate' }),
      ]);
      await store().appendLineageEvents(tenant, [run('sourceless', { outputs: ['store:b'] })]);
      expect((await store().gaps(tenant, EVERYTHING)).runsWithoutInputs).toBe(1);
      expect((await store().gaps(tenant, { fromUs: us(0), toUs: us(1) })).runsWithoutInputs).toBe(1);
      expect((await store().gaps(tenant, { fromUs: us(3 * 86_400), toUs: null })).runsWithoutInputs).toBe(0);
    });

    test('a touch of a store counts as unattributed only in a trace that names nobody', async () => {
      const tenant = newTenant();
      const traceId = newTraceId();
      const touching = (peer: string) => ({ touches: [{ peer, action: 'read', rule: 'r' }] as const });
      await append(
        tenant,
        tagged([randomUUID()], { traceId }),
        untagged({ traceId, ...touching('store:a') }),
        untagged(touching('store:b')),
        untagged(touching('recipient:mail.example')),
        untagged(touching('tool:desk/search')),
      );
      expect((await store().gaps(tenant, EVERYTHING)).unattributedTouches).toBe(2);
    });

    test('gaps of a window are those of its days and of what it cuts off them, whenever the spans came', async () => {
      const tenant = newTenant();
      const day = 86_400;
      const touch = { touches: [{ peer: 'store:b', action: 'read', rule: 'r' }] } as const;
      const midnight = Math.ceil(us(0) / 86_400_000_000) * 86_400_000_000;
      const window = { fromUs: midnight - 1_000_000, toUs: midnight + 2.5 * day * 1_000_000 };
      const at = (seconds: number) => ({ startNs: BigInt(midnight + seconds * 1_000_000) * 1000n, ...touch });
      const gapsIn = async () => (await store().gaps(tenant, window)).unattributedTouches;
      await append(tenant, ...[-2, -1, 5, day + 5, 2 * day + 5, 3 * day].map((second) => untagged(at(second))));
      expect(await gapsIn()).toBe(4);
      // Late, and tagged on the other side of a midnight.
      const traceId = newTraceId();
      await append(tenant, untagged(at(day + 6)), untagged({ traceId, ...at(day - 1) }));
      expect(await gapsIn()).toBe(6);
      await append(tenant, tagged([randomUUID()], { traceId, ...at(day + 1) }));
      expect(await gapsIn()).toBe(5);
    });
  });

  test('a tenant sees its own rows and nothing else, whatever it asks for', async () => {
    const [mine, theirs] = [newTenant(), newTenant()];
    const subject = randomUUID();
    const key = 'store:a#r';
    const linked = newTraceId();
    const foreign = tagged([subject], { recordRefs: [key], links: [{ traceId: linked, spanId: newSpanId() }] });
    await append(theirs, foreign);
    await store().appendLineageEvents(theirs, [lineageEvent({ inputs: ['store:a'], outputs: ['store:b'] })]);
    await store().appendRejected(theirs, [rejectedSpan()]);

    const { traceId } = foreign.span;
    expect((await tags(mine, subject)).rows).toEqual([]);
    const needs = { traces: [traceId], jumps: [{ key, fromUs: 0 }], linksTo: [linked], datasets: ['store:a'] };
    expect(await facts(mine, needs)).toEqual({ spans: [], jumps: [], links: [], datasets: [], cut: false });
    expect(await store().subjectSummary(mine, [subject])).toBeNull();
    expect(await store().trace(mine, traceId, 10)).toEqual({ rows: [], cut: false });
    expect(await store().watermarks(mine, EVERYTHING)).toEqual([]);
    expect(await store().gaps(mine, EVERYTHING)).toEqual({
      rejectedSpans: 0,
      runsWithoutInputs: 0,
      unattributedTouches: 0,
    });
    const own = await facts(theirs, needs);
    expect([own.spans.length, own.jumps.length, own.links.length, own.datasets.length]).toEqual([1, 1, 1, 1]);
  });

  test('ping answers', async () => {
    await expect(store().ping()).resolves.toBeUndefined();
  });
}
