import { describe, expect, test } from 'vitest';
import { clauseOf, type Flow, type Movement, type Span, sentenceOf, type Telling } from './evidence-words.ts';

const span = (traceId: string, spanId: string, name: string): Span => ({
  traceId,
  spanId,
  name,
  kind: 'client',
  service: 'billing',
  start: '2026-11-23T10:02:00.000Z',
  end: '2026-11-23T10:02:01.000Z',
  outcome: 'ok',
});
const flow = (more: Partial<Flow>): Flow => ({
  at: '2026-11-23T10:03:00.000Z',
  from: 'agent:desk/billing',
  to: 'store:tickets',
  action: 'write',
  confidence: 'inferred',
  traceId: 't',
  spanId: 'write',
  rule: 'db.sql.insert',
  because: { rule: 2, traceId: 't', spanId: 'read', at: '2026-11-23T10:02:00.000Z', reason: '' },
  categories: [],
  purposes: [],
  ...more,
});
const read: Movement = { from: 'store:customers', to: 'agent:desk/billing', action: 'read', rule: 'db.sql.select' };

const NAMES: Readonly<Record<string, string>> = {
  'agent:desk/billing': 'the agent billing',
  'store:tickets': 'the store tickets',
  'store:customers': 'the store customers',
};
const telling = (more: Partial<Telling> = {}): Telling => ({
  nameOf: (id) => NAMES[id] ?? id,
  spanOf: (_, spanId) => (spanId === 'read' ? span('t', 'read', 'SELECT customers') : undefined),
  broughtBy: (_, spanId) => (spanId === 'read' ? read : undefined),
  timeOf: (at) => at.slice(11, 16),
  ...more,
});

describe('the evidence in words', () => {
  test('says what was read and what was written then', () => {
    expect(sentenceOf(flow({}), telling())).toBe(
      'Inferred because the agent billing read the store customers at 10:02 and wrote to the store tickets at 10:03.',
    );
  });

  test('names the span where nobody knows what it moved', () => {
    expect(sentenceOf(flow({}), telling({ broughtBy: () => undefined }))).toContain(
      'Inferred because “SELECT customers” of billing had read this person’s data by 10:02 and',
    );
  });

  test('names no span that is not kept any more', () => {
    const gone = telling({ broughtBy: () => undefined, spanOf: () => undefined });
    expect(sentenceOf(flow({}), gone)).toContain('Inferred because something before had read');
  });

  test('says that the program said so, and asks for no other reason', () => {
    expect(sentenceOf(flow({ confidence: 'declared' }), telling())).toBe(
      'Declared: the agent billing wrote to the store tickets at 10:03, and the program said that it was this person’s data.',
    );
  });

  test('tells a tag of the span itself from one around it', () => {
    const itself = { rule: 1, traceId: 't', spanId: 'write', at: '2026-11-23T10:03:00.000Z', reason: '' };
    expect(sentenceOf(flow({ confidence: 'ambient', because: itself }), telling())).toContain('being served');
    expect(sentenceOf(flow({ confidence: 'ambient' }), telling())).toContain('inside “SELECT customers” of billing');
  });

  test('is careful with batch jobs', () => {
    const job = flow({ confidence: 'possible', rule: 'job', because: { ...flow({}).because, rule: 7 } });
    expect(sentenceOf(job, telling())).toMatch(/^Possible: .*whole dataset.*since 10:02\.$/);
  });

  test.each([1, 2, 3, 4, 5, 6, 7])('has words for rule %i', (rule) => {
    const because = { ...flow({}).because, rule };
    const said = sentenceOf(flow({ because }), telling({ broughtBy: () => undefined }));
    expect(said).toMatch(/^Inferred because .*10:02.* and the agent billing wrote to the store tickets at 10:03\.$/);
  });

  test('puts the one that acts first, whichever way the data went', () => {
    const nameOf = (id: string) => id;
    const clause = (action: Flow['action'], rule = 'x') => clauseOf({ from: 'a', to: 'b', action, rule }, nameOf);
    expect(clause('read')).toBe('b read a');
    expect(clause('receive')).toBe('b received it from a');
    expect(clause('write')).toBe('a wrote to b');
    expect(clause('share')).toBe('a sent it to b');
    expect(clause('share', 'call')).toBe('a called b');
    expect(clause('receive', 'return')).toBe('b got the answer of a');
  });
});
