import fc from 'fast-check';
import type { SubjectTag } from '../facts.ts';
import { type Drawn, ms, type Run, type World, world } from './world.ts';

/**
 * Random organisations, small enough that everything meets everything: agents and tools that call each other in several
 * services, records and memories that several traces touch, conversations, queues, batch jobs in circles, several people,
 * failures and deletes. Times are a few hundred milliseconds, so that order and clock skew matter.
 */

const SERVICES = ['service:desk', 'service:mailer', 'service:report'];
const SELVES = ['agent:desk/a', 'agent:desk/b', 'tool:desk/t'];
const STORES = ['store:crm', 'store:sheet', 'memory:desk/m', 'queue:q'];
const OUTSIDE = ['recipient:mail.example', 'model:openai/gpt', 'model:openai/gpt@api.openai.com'];

const touches = fc.array(
  fc.oneof(
    fc
      .tuple(fc.constantFrom('read', 'write', 'delete', 'unknown'), fc.constantFrom(...STORES))
      .map(([action, peer]) => `${action} ${peer}`),
    fc
      .tuple(
        fc.constantFrom('share', 'receive'),
        fc.constantFrom(...OUTSIDE),
        fc.constantFrom('genai.chat', 'http.client', 'vestige.flow'),
      )
      .map(([action, peer, rule]) => `${action} ${peer} ${rule}`),
  ),
  { maxLength: 2 },
);

const refs = fc.subarray(['store:crm#1', 'store:crm#2', 'store:sheet#1', 'memory:desk/m#1'], { maxLength: 2 });
const rarely = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 4 });

const drawn = (spanNames: readonly string[]) =>
  fc.record(
    {
      start: fc.integer({ min: 0, max: 600 }),
      length: fc.integer({ min: 0, max: 200 }),
      /** Microseconds beyond the millisecond: with any, the clock of the service tells starts in whole milliseconds. */
      fineUs: rarely(fc.integer({ min: 1, max: 999 })),
      does: touches,
      recordRefs: refs,
      kind: fc.constantFrom('internal', 'client', 'server', 'producer', 'consumer'),
      service: fc.constantFrom(...SERVICES),
      outcome: fc.constantFrom('ok', 'ok', 'ok', 'failed', 'no_effect'),
      self: rarely(fc.constantFrom(...SELVES)),
      owner: rarely(fc.constantFrom(...SELVES)),
      person: rarely(fc.constantFrom('declared', 'ambient', 'link', 'actor')),
      others: rarely(fc.constantFrom('declared', 'ambient')),
      conversation: rarely(fc.constantFrom('c1', 'c2')),
      derivedFrom: rarely(refs),
      recordCount: rarely(fc.constantFrom(0, 1, 5)),
      requestId: rarely(fc.constantFrom('', '', 'req')),
      linksTo: rarely(fc.subarray([...spanNames], { maxLength: Math.min(2, spanNames.length) })),
    },
    { requiredKeys: ['start', 'length', 'does', 'recordRefs', 'kind', 'service', 'outcome'] },
  );

type RandomSpan = typeof drawn extends (names: readonly string[]) => fc.Arbitrary<infer S> ? S : never;

function asDrawn({ start, length, fineUs, ...span }: RandomSpan): Drawn {
  const given = Object.fromEntries(Object.entries(span).filter(([, value]) => value !== undefined));
  const fine = fineUs === undefined ? {} : { endUs: ms(start + length) + fineUs };
  return { at: [start, start + length], ...given, ...fine } as Drawn;
}

const runs: fc.Arbitrary<Run[]> = fc
  .array(
    fc
      .record({
        start: fc.integer({ min: 0, max: 900 }),
        length: fc.integer({ min: 0, max: 300 }),
        from: fc.subarray(['store:crm', 'store:sheet', 'store:w1', 'store:w2'], { minLength: 1, maxLength: 2 }),
        to: fc.subarray(['store:sheet', 'store:w1', 'store:w2'], { minLength: 1, maxLength: 2 }),
        lifecycle: fc.constantFrom('', '', '', 'overwrite', 'truncate', 'drop'),
        job: fc.constantFrom('nightly', 'weekly'),
        columns: rarely(
          fc.dictionary(
            fc.constantFrom('store:crm', 'store:sheet', 'store:w1'),
            fc.constantFrom('copied', 'masked', 'shaped', 'none'),
          ),
        ),
        statesPerson: rarely(fc.boolean()),
      })
      .map(({ start, length, columns, statesPerson, ...run }) => {
        const told = { ...(columns ? { columns } : {}), ...(statesPerson === undefined ? {} : { statesPerson }) };
        return { ...run, ...told, at: [start, start + length] } as Omit<Run, 'run'>;
      }),
    { maxLength: 4 },
  )
  .map((list) => list.map((run, i) => ({ run: `run-${i}`, ...run })));

const TRACES = ['t1', 't2', 't3', 't4'];
const SPANS_PER_TRACE = 5;

/** Any world at all: parents are arbitrary spans of the trace, cycles and missing ones included. */
const wildWorld: fc.Arbitrary<World> = fc
  .tuple(fc.integer({ min: 1, max: TRACES.length }), fc.integer({ min: 1, max: SPANS_PER_TRACE }))
  .chain(([traces, spans]) => {
    const names = TRACES.slice(0, traces).flatMap((trace) => Array.from({ length: spans }, (_, i) => `${trace}/s${i}`));
    const parent = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: -1, max: spans }) },
      { weight: 1, arbitrary: fc.constant(-1) },
    );
    return fc
      .tuple(fc.array(fc.tuple(drawn(names), parent), { minLength: names.length, maxLength: names.length }), runs)
      .map(([list, jobs]) => {
        const spansByName: Record<string, Drawn> = {};
        for (const [i, [span, up]] of list.entries()) {
          spansByName[up < 0 ? `${names[i]}` : `${names[i]} < s${up}`] = asDrawn(span);
        }
        return world(spansByName, jobs);
      });
  });

/** What an execution does in turn, as `action peer [record]`; several of one call are joined by ` + `. */
const STEPS = [
  'write store:crm 1',
  'write store:crm 2',
  'read store:crm 1',
  'read store:crm 1',
  'read store:crm 2',
  'read memory:desk/m',
  'write memory:desk/m',
  'write store:w1',
  'write queue:q',
  'share recipient:mail.example',
  'share model:openai/gpt + receive model:openai/gpt',
  'delete store:crm 1',
  'unknown store:crm 1',
] as const;

/**
 * Worlds in which work is done one thing after another, by agents and other services too, and mostly without tags: what is
 * told of the person there follows by rules 2 to 7. In {@link wildWorld} nearly everything is tagged somewhere.
 */
const livelyWorld: fc.Arbitrary<World> = fc
  .tuple(
    fc.array(
      fc.record({
        service: fc.constantFrom(...SERVICES),
        kind: fc.constantFrom('server', 'consumer', 'internal'),
        start: fc.integer({ min: 100, max: 2_000 }),
        links: fc.boolean(),
        person: fc.option(fc.constantFrom('declared' as const, 'ambient' as const), { nil: undefined, freq: 1 }),
        conversation: fc.constantFrom('', 'c1'),
        steps: fc.array(
          fc.record({
            does: fc.constantFrom(...STEPS),
            by: fc.constantFrom('itself', 'itself', 'agent', 'remote'),
            gap: fc.integer({ min: -20, max: 60 }),
            length: fc.integer({ min: 0, max: 60 }),
            outcome: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'ok', 'failed', 'no_effect'),
            tag: rarely(rarely(fc.constantFrom('declared', 'ambient', 'other'))),
            made: rarely(rarely(fc.constant(true))),
          }),
          { minLength: 1, maxLength: 6 },
        ),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    runs,
    fc.boolean(),
  )
  .map(([traces, jobs, expires]) => {
    const spans: Record<string, Drawn> = {
      // Where it all begins.
      't/first': {
        at: [0, 50],
        person: 'declared',
        does: ['write store:crm'],
        recordRefs: ['store:crm#1'],
        ...(expires ? { retentionUntilMs: ms(5_000) / 1000 } : {}),
      },
    };
    const sends: string[] = [];
    for (const [t, { service, kind, start, links, person, conversation, steps }] of traces.entries()) {
      let at = start;
      for (const [i, { does, by, gap, length, outcome, tag, made }] of steps.entries()) {
        at = Math.max(start, at + gap);
        const [up, runBy] = [`s${i}up`, by === 'remote' ? 'service:remote' : service];
        if (by !== 'itself') {
          spans[`t${t}/${up}c < root`] = {
            at: [at, at + length + 4],
            kind: by === 'remote' ? 'client' : 'internal',
            service,
          };
          spans[`t${t}/${up} < ${up}c`] = {
            at: [at + 1, at + length + 3],
            kind: by === 'remote' ? 'server' : 'internal',
            service: runBy,
            ...(by === 'agent' ? { self: SELVES[i % 2] ?? '', conversation } : {}),
          };
        }
        const calls = does.split(' + ').map((text) => text.split(' '));
        const ref = calls[0]?.[2];
        spans[`t${t}/s${i} < ${by === 'itself' ? 'root' : up}`] = {
          at: [at + 2, at + length + 2],
          kind: does.includes('queue:') ? 'producer' : 'client',
          service: runBy,
          outcome,
          does: calls.map(([action, peer]) => `${action} ${peer}`),
          recordRefs: ref === undefined ? [] : [`store:crm#${ref}`],
          ...(tag === 'other' ? { others: 'declared' } : tag === undefined ? {} : { person: tag }),
          ...(made && does.startsWith('write') ? { derivedFrom: ['store:crm#1'] } : {}),
        };
        if (does.includes('queue:')) sends.push(`t${t}/s${i}`);
        at += length + 4;
      }
      spans[`t${t}/root`] = {
        at: [start, at + 10],
        kind,
        service,
        ...(kind === 'consumer' ? { does: ['read queue:q'], linksTo: links ? [...sends] : [] } : {}),
        ...(person && t === 0 ? { person } : {}),
      };
    }
    return world(spans, jobs);
  });

/** Worlds of both kinds: what no rule was meant for, and what the rules are for. */
export const randomWorld: fc.Arbitrary<World> = fc.oneof(wildWorld, livelyWorld);

/**
 * Well-formed worlds in which every touch is a leaf of its own, one service runs a trace, nothing fails and only one
 * person is declared: simple enough for {@link naiveFlows}, rich enough for rules 1 to 6.
 */
export const plainWorld: fc.Arbitrary<World> = fc
  .array(
    fc.record({
      service: fc.constantFrom(...SERVICES),
      start: fc.integer({ min: 0, max: 800 }),
      conversation: fc.constantFrom('', 'c1'),
      links: fc.boolean(),
      person: rarely(fc.constantFrom('declared' as const, 'ambient' as const)),
      groups: fc.array(
        fc.record({
          self: fc.constantFrom('', ...SELVES),
          at: fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 200 })),
          tag: rarely(fc.constantFrom('declared', 'ambient', 'other', 'other ambient')),
          conversation: fc.constantFrom('', '', 'c1'),
          ops: fc.array(
            fc.record({
              at: fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 100 })),
              op: fc.constantFrom(
                'read store:crm 1',
                'read store:crm 2',
                'write store:crm 1',
                'write store:crm 2',
                'delete store:crm 1',
                'read memory:desk/m',
                'write memory:desk/m',
                'write queue:q',
                'share recipient:mail.example',
              ),
              tag: rarely(fc.constantFrom('declared', 'ambient', 'other', 'other ambient')),
            }),
            { maxLength: 4 },
          ),
        }),
        { maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((traces) => {
    const spans: Record<string, Drawn> = {};
    const tagOf = (tag: string | undefined): Partial<Drawn> => {
      if (tag === 'declared' || tag === 'ambient') return { person: tag };
      return tag === undefined ? {} : { others: tag === 'other' ? 'declared' : 'ambient' };
    };
    const sends: string[] = [];
    for (const [t, trace] of traces.entries()) {
      const { service, start: root } = trace;
      spans[`t${t}/root`] = {
        at: [root, root + 700],
        kind: 'consumer',
        service,
        ...(trace.person ? { person: trace.person } : {}),
        // Conversations belong to agents; a link names any message that an earlier trace of the list has sent.
        linksTo: trace.links ? [...sends] : [],
      };
      for (const [g, group] of trace.groups.entries()) {
        const start = root + group.at[0];
        const end = start + group.at[1];
        const agent = group.self !== '';
        spans[`t${t}/g${g} < root`] = {
          at: [start, end],
          service,
          self: group.self,
          conversation: agent ? group.conversation : '',
          ...tagOf(group.tag),
        };
        for (const [o, { at, op, tag }] of group.ops.entries()) {
          const [action = '', peer = '', ref] = op.split(' ');
          const from = start + at[0];
          spans[`t${t}/g${g}o${o} < g${g}`] = {
            at: [from, from + at[1]],
            service,
            kind: peer === 'queue:q' ? 'producer' : 'client',
            does: [`${action} ${peer}`],
            recordRefs: ref ? [`${peer}#${ref}`] : [],
            ...tagOf(tag),
          };
          if (peer === 'queue:q') sends.push(`t${t}/g${g}o${o}`);
        }
      }
    }
    return world(spans);
  });

/** Such worlds where the clock of one service is wrong by more than is tolerated. */
export const deceived = (worlds: fc.Arbitrary<World>): fc.Arbitrary<World> =>
  fc
    .tuple(worlds, fc.constantFrom(...SERVICES, 'service:remote'), fc.integer({ min: -1_500, max: 1_500 }))
    .map(([{ spans, tags, datasets }, wrong, offMs]) => {
      const offUs = offMs * 1000;
      const told = spans.map((span) =>
        span.service === wrong ? { ...span, startUs: span.startUs + offUs, endUs: span.endUs + offUs } : span,
      );
      const startsUs = new Map(told.map(({ traceId, spanId, startUs }) => [`${traceId}/${spanId}`, startUs]));
      const at = ({ traceId, spanId, startUs }: SubjectTag) => startsUs.get(`${traceId}/${spanId}`) ?? startUs;
      return { spans: told, tags: tags.map((tag) => ({ ...tag, startUs: at(tag) })), datasets };
    });
