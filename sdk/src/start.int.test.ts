import { SpanKind, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withAgent, withTool, withWorkflow } from './agent.ts';
import { recordRead, recordShare } from './flow.ts';
import type { VestigeHandle } from './open.ts';
import { type StartOptions, startVestige } from './start.ts';
import { defineStore } from './store.ts';
import { withSubject } from './subject/with-subject.ts';
import { startTestCollector, type TestCollector } from './testing/collector.ts';
import { JANE, JANE_EMAIL, testOptions } from './testing/options.ts';

const jane = { type: 'email', value: JANE_EMAIL };
const bob = { type: 'customer_id', value: 'C-77' };

let collector: TestCollector;
let vestige: VestigeHandle | undefined;

function start(more: Partial<StartOptions> = {}): VestigeHandle {
  vestige = startVestige({ ...testOptions(collector.url), ...more });
  expect(vestige.problems).toEqual([]);
  return vestige;
}

const named = (name: string) => collector.spans.filter((span) => span.name === name);
const one = (name: string) => {
  const found = named(name);
  expect(found).toHaveLength(1);
  return found[0]?.attributes ?? {};
};

beforeEach(async () => {
  collector = await startTestCollector();
});
afterEach(async () => {
  await vestige?.shutdown(2_000);
  vestige = undefined;
  await collector.close();
});

describe('the plain case', () => {
  test('every span inside a scope carries the token, the purpose and the agent it ran in', async () => {
    const started = start();
    await withSubject(
      { identifiers: [jane], purpose: 'essential.service', legalBasis: 'contract', categories: ['user.contact.email'] },
      () =>
        withAgent('triage', async () => {
          await new Promise((next) => setTimeout(next, 5));
          trace.getTracer('app').startSpan('inner', { kind: SpanKind.CLIENT }).end();
          await withTool('lookup', () => trace.getTracer('app').startSpan('deep').end());
        }),
    );
    expect(await started.flush()).toBe(true);
    expect(one('inner')).toMatchObject({
      'vestige.subject.tokens': [JANE],
      'vestige.subject.attribution': 'ambient',
      'vestige.purpose': 'essential.service',
      'vestige.legal_basis': 'contract',
      'vestige.data.categories': ['user.contact.email'],
      'vestige.owner': 'agent:support/desk/triage',
    });
    expect(one('deep')['vestige.owner']).toBe('tool:support/desk/lookup');
    expect(one('invoke_agent triage')).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'triage',
    });
    expect(one('execute_tool lookup')['vestige.owner']).toBe('agent:support/desk/triage');
    expect(collector.spans[0]?.resource).toMatchObject({
      'service.name': 'desk',
      'service.namespace': 'support',
      'vestige.convention.version': '1.0',
    });
    expect(collector.requests[0]).toMatchObject({ path: '/v1/traces', authorization: 'Bearer vst_test_key' });
  });

  test('sequence numbers of one process have no gap', async () => {
    const started = start();
    for (let i = 0; i < 50; i++) trace.getTracer('app').startSpan('s').end();
    await started.flush();
    const seqs = collector.spans.map((span) => Number(span.attributes['vestige.seq'])).sort((a, b) => a - b);
    expect(seqs).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(new Set(collector.spans.map((span) => span.resource['service.instance.id'])).size).toBe(1);
  });

  test('an inner scope replaces the people and keeps the purpose; merge adds people', async () => {
    const started = start();
    withSubject({ identifiers: [jane], purpose: 'p.outer' }, () => {
      withSubject({ identifiers: [bob] }, () => trace.getTracer('app').startSpan('replaced').end());
      withSubject({ identifiers: [bob], merge: true }, () => trace.getTracer('app').startSpan('merged').end());
      trace.getTracer('app').startSpan('after').end();
    });
    await started.flush();
    expect(one('replaced')['vestige.subject.tokens']).toHaveLength(1);
    expect(one('replaced')['vestige.subject.tokens']).not.toContain(JANE);
    expect(one('replaced')['vestige.purpose']).toBe('p.outer');
    expect(one('merged')['vestige.subject.tokens']).toHaveLength(2);
    expect(one('after')['vestige.subject.tokens']).toEqual([JANE]);
  });

  test('a generator created in a scope and consumed outside keeps subject and owner at every step', async () => {
    const started = start();
    const stream = withSubject({ identifiers: [jane] }, () =>
      withAgent('writer', async function* () {
        for (let i = 0; i < 3; i++) {
          await new Promise((next) => setTimeout(next, 1));
          trace.getTracer('app').startSpan('token').end();
          yield i;
        }
      }),
    );
    const got: number[] = [];
    for await (const value of stream) got.push(value);
    await started.flush();
    expect(got).toEqual([0, 1, 2]);
    expect(named('token')).toHaveLength(3);
    for (const span of named('token')) {
      expect(span.attributes).toMatchObject({
        'vestige.subject.tokens': [JANE],
        'vestige.owner': 'agent:support/desk/writer',
      });
    }
    expect(named('invoke_agent writer')).toHaveLength(1);
  });

  test('an error of the host comes out as it went in and leaves its kind, never its message', async () => {
    const started = start();
    const error = Object.assign(new Error(`no such user ${JANE_EMAIL}`), { code: 'ENOUSER' });
    await expect(withWorkflow('w', () => Promise.reject(error))).rejects.toBe(error);
    expect(() =>
      withTool('t', () => {
        throw error;
      }),
    ).toThrow(error);
    await started.flush();
    for (const name of ['invoke_workflow w', 'execute_tool t']) {
      expect(named(name)[0]?.status).toBe('error');
      expect(one(name)['error.type']).toBe('ENOUSER');
    }
    expect(Buffer.concat(collector.bodies).toString('latin1')).not.toContain('no such user');
  });
});

describe('flows', () => {
  test('a store handle hashes keys, returns refs, and a write can name what it was made from', async () => {
    const started = start();
    const crm = defineStore<number>('store:sqlite:/crm.db/customers', { categories: ['user.contact'] });
    const { value, refs } = await crm.read({ records: [7], subjects: [jane] }, async () => 'row');
    crm.write({ records: [8], subjects: [jane], derivedFrom: refs, retentionUntil: '2027-01-01' });
    await started.flush();
    expect(value).toBe('row');
    expect(refs).toEqual(crm.refs(7));
    expect(refs[0]).toMatch(/^store:sqlite:\/crm\.db\/customers#[A-Za-z0-9_-]{22}$/);
    expect(one('read store:sqlite:/crm.db/customers')).toMatchObject({
      'vestige.flow.action': 'read',
      'vestige.flow.peer': 'store:sqlite:/crm.db/customers',
      'vestige.record.refs': refs,
      'vestige.record.count': 1,
      'vestige.subject.tokens': [JANE],
      'vestige.subject.attribution': 'declared',
      'vestige.data.categories': ['user.contact'],
    });
    expect(one('write store:sqlite:/crm.db/customers')).toMatchObject({
      'vestige.derived_from': refs,
      'vestige.retention.until': '2027-01-01',
    });
  });

  test('without subjects a flow is ambient; with them nobody of the scope is meant', async () => {
    const started = start();
    withSubject({ set: 'set_everyone', count: 900, role: 'mentioned' }, () => {
      recordRead({ store: 'store:a', count: 1 });
      recordShare({ peer: 'recipient:mail.example', subjects: [jane], country: 'US' });
      recordRead({ store: 'store:b' }, (notes) => notes.subjects([jane]));
    });
    await started.flush();
    expect(one('read store:a')).toMatchObject({
      'vestige.subject.attribution': 'ambient',
      'vestige.subject.set': 'set_everyone',
      'vestige.subject.count': 900,
      'vestige.subject.role': 'mentioned',
    });
    expect(one('share recipient:mail.example')).toMatchObject({
      'vestige.subject.attribution': 'declared',
      'vestige.subject.tokens': [JANE],
      'vestige.recipient.country': 'US',
    });
    expect(one('share recipient:mail.example')).not.toHaveProperty('vestige.subject.set');
    expect(one('read store:b')).toMatchObject({
      'vestige.subject.attribution': 'declared',
      'vestige.subject.tokens': [JANE],
      'vestige.subject.set': '',
      'vestige.subject.role': 'data_subject',
    });
  });

  test('what only the result shows can be said inside, and a failed operation says that it failed', async () => {
    const started = start();
    const rows = recordRead({ store: 'store:a' }, (notes) => {
      notes.records(['k1', ['k2', 2]]);
      return 2;
    });
    await expect(recordRead({ store: 'store:b' }, () => Promise.reject(new TypeError('x')))).rejects.toThrow('x');
    await started.flush();
    expect(rows).toBe(2);
    expect(one('read store:a')['vestige.record.refs']).toHaveLength(2);
    expect(named('read store:b')[0]?.status).toBe('error');
  });

  test('more refs than one span should hold are spread over several, and none is lost', async () => {
    const started = start();
    const refs = recordRead({ store: 'store:a', records: Array.from({ length: 600 }, (_, i) => i), subjects: [jane] });
    await started.flush();
    const seen = named('read store:a').flatMap((span) => span.attributes['vestige.record.refs'] as string[]);
    expect(new Set(seen)).toEqual(new Set(refs));
    expect(new Set(refs).size).toBe(600);
  });

  test('annotating sets the flow on the active span instead of making one', async () => {
    const started = start();
    trace.getTracer('app').startActiveSpan('query', (span) => {
      recordRead({ store: 'store:a', records: [1], annotate: true });
      span.end();
    });
    await started.flush();
    expect(collector.spans).toHaveLength(1);
    expect(one('query')).toMatchObject({ 'vestige.flow.peer': 'store:a', 'vestige.flow.action': 'read' });
  });
});

test('identifiers that are none are left out and counted, and their value is nowhere', async () => {
  const problems: unknown[] = [];
  const started = start({ onProblem: (problem) => problems.push(problem) });
  withSubject({ identifiers: [{ type: 'email', value: 'not-an-address-4711' }, jane] }, () =>
    trace.getTracer('app').startSpan('s').end(),
  );
  await started.flush();
  expect(one('s')['vestige.subject.tokens']).toEqual([JANE]);
  expect(started.stats().identifiersRefused).toBe(1);
  expect(JSON.stringify(problems)).toContain('identifier_refused');
  expect(JSON.stringify(problems)).not.toContain('4711');
});

test('more than 32 people are cut, counted and reported', async () => {
  const started = start();
  const identifiers = Array.from({ length: 40 }, (_, i) => ({ type: 'user_id', value: `u${i}` }));
  withSubject({ identifiers }, () => trace.getTracer('app').startSpan('s').end());
  await started.flush();
  expect(one('s')['vestige.subject.tokens']).toHaveLength(32);
  expect(one('s')['vestige.subject.count']).toBe(40);
  expect(started.stats().subjectsOverLimit).toBe(8);
});

test('raw identifiers given to the SDK or put on spans by others are in no exported byte', async () => {
  const started = start();
  const phone = '+33 6 12 34 56 78';
  await withSubject({ identifiers: [jane, { type: 'phone', value: phone }] }, () =>
    withAgent('a', () => {
      const span = trace.getTracer('app').startSpan(`mail ${JANE_EMAIL}`, {
        attributes: {
          'url.full': `https://crm.example.com/find?email=janedoe%40example.com&tel=%2B33612345678`,
          'db.query.text': `select * from users where email = '${JANE_EMAIL}' or tel = '+33612345678'`,
          'user.email': JANE_EMAIL,
          'gen_ai.input.messages': `[{"role":"user","content":"I am Jane Doe"}]`,
        },
      });
      span.recordException(new Error(`duplicate key ${JANE_EMAIL}`));
      span.addEvent('note', { text: `called ${phone}` });
      span.setStatus({ code: 2, message: `failed for ${JANE_EMAIL}` });
      span.end();
      recordRead({ store: 'store:crm', records: [JANE_EMAIL], subjects: [jane] });
    }),
  );
  await started.flush();
  const bytes = Buffer.concat(collector.bodies).toString('utf8');
  expect(collector.spans).toHaveLength(3);
  for (const secret of ['janedoe', '612345678', '6 12 34 56 78', 'Jane Doe', 'duplicate key', 'failed for']) {
    expect(bytes).not.toContain(secret);
  }
  expect(started.stats().contentDropped).toBeGreaterThan(0);
});

test('user.email on a foreign span becomes a token where nobody said whose data it is', async () => {
  const started = start();
  trace
    .getTracer('app')
    .startSpan('s', { attributes: { 'user.email': JANE_EMAIL } })
    .end();
  await started.flush();
  expect(one('s')).toMatchObject({ 'vestige.subject.tokens': [JANE], 'vestige.subject.attribution': 'ambient' });
  expect(one('s')).not.toHaveProperty('user.email');
});
