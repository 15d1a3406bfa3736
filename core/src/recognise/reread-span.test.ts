import { describe, expect, test } from 'vitest';
import { ATTR } from '../convention/attributes.ts';
import type { Attrs } from '../model/span.ts';
import { readContext } from './read-context.ts';
import { readSpan } from './read-span.ts';
import { CURRENT_RULES, type RuleTable } from './registry.ts';
import { type KeptReading, rereadSpan } from './reread-span.ts';
import { type Rule, touch } from './rule.ts';
import type { SpanView } from './span-view.ts';
import { decodedSpan } from './testing/decoded-span.ts';

const NEXT = CURRENT_RULES.version + 1;
const CONTEXT = readContext();

/** The table of tomorrow: inserts of audit tables are deletes, say; nothing else changes. */
const audit: Rule = {
  id: 'db',
  source: 'this test',
  changedIn: NEXT,
  match: (span) => span.text('db.query.text').includes('audit'),
  read: () => ({ touches: [touch('store:audit', 'delete', 'db.audit')], turn: true }),
};
const tomorrow: RuleTable = { version: NEXT, rules: [audit, ...CURRENT_RULES.rules] };

function stored(attributes: Attrs): KeptReading {
  const read = readSpan(decodedSpan(attributes, { kind: 'client' }), CONTEXT);
  if (!('span' in read)) throw new Error(read.rejected);
  return read.span;
}

const insert = (table: string, more: Attrs = {}) =>
  stored({ 'db.system.name': 'postgresql', 'db.query.text': `INSERT INTO ${table} VALUES (1)`, ...more });

test('whoever raises the rule set says which rule has changed: only its spans are read again', () => {
  const changes = CURRENT_RULES.rules.map(({ changedIn = 1, changedFor }) =>
    Math.max(changedIn, changedFor?.ruleSet ?? 1),
  );
  expect(Math.max(...changes)).toBe(CURRENT_RULES.version);
});

describe('a stored span under a newer table', () => {
  test('is derived again when a rule that reads it has changed, and only in what rules say', () => {
    const before = insert('audit', { 'vestige.recipient.id': 'ads.example.com' });
    expect(rereadSpan(before, CONTEXT, tomorrow)).toEqual({
      name: before.name,
      owner: '',
      recordRefs: [],
      derivedFrom: [],
      self: '',
      touches: [{ peer: 'store:audit', action: 'delete', rule: 'db.audit' }],
      recipientHost: 'ads.example.com',
      conversation: '',
      ruleSet: NEXT,
    });
  });

  test('stays as it is when no rule that concerns it has changed', () => {
    const http = stored({ 'http.request.method': 'GET', 'server.address': 'api.example.com' });
    expect(http.touches).not.toEqual([]);
    expect(rereadSpan(http, CONTEXT, tomorrow)).toBeNull();
  });

  test('is derived again for a change that concerns few only when it is one of them', () => {
    const changedFor = { ruleSet: NEXT, spans: (span: SpanView) => span.text('db.query.text').includes('people') };
    const table = { version: NEXT, rules: [{ ...audit, changedIn: 1, changedFor }] };
    expect(rereadSpan(insert('audit_of_people'), CONTEXT, table)?.touches).toMatchObject([{ rule: 'db.audit' }]);
    expect(rereadSpan(insert('audit'), CONTEXT, table)).toBeNull();
    expect(rereadSpan({ ...insert('audit_of_people'), ruleSet: NEXT }, CONTEXT, table)).toBeNull();
  });

  test('of rule set 2 that emptied a table through a query is no longer taken for a read', () => {
    const before = stored({
      'db.system.name': 'oracle.db',
      'db.query.text': 'DELETE FROM (SELECT * FROM a WHERE b = 1)',
    });
    const now = rereadSpan({ ...before, ruleSet: 2 }, CONTEXT, CURRENT_RULES);
    expect(now?.touches.map(({ action }) => action)).toEqual(['unknown', 'read', 'delete']);
    const andThese = [
      'DELETE (SELECT * FROM a WHERE b = 1)',
      ';WITH c AS (SELECT * FROM a JOIN b ON a.i = b.i) DELETE FROM c',
    ];
    for (const text of andThese) {
      const span = { ...stored({ 'db.system.name': 'oracle.db', 'db.query.text': text }), ruleSet: 2 };
      expect(rereadSpan(span, CONTEXT, CURRENT_RULES)).toMatchObject({ ruleSet: CURRENT_RULES.version });
    }
    const other = stored({
      'db.system.name': 'aws.redshift',
      'db.query.text': "UNLOAD ('select * from a') TO 's3://b'",
    });
    expect(rereadSpan({ ...other, ruleSet: 2 }, CONTEXT, CURRENT_RULES)).toBeNull();
  });

  test.each([
    ['gcp.bigquery', "EXPORT DATA OPTIONS (uri = 'gs://b/x') AS SELECT * FROM a.t"],
    ['snowflake', "COPY INTO 's3://b/x' FROM (SELECT * FROM t)"],
    ['sqlite', "VACUUM INTO '/tmp/x.db'"],
    ['spark', "INSERT OVERWRITE DIRECTORY '/lake/x' SELECT * FROM t"],
    ['aws.redshift', "UNLOAD ('SELECT * FROM t') TO 's3://b/x'"],
    ['postgresql', `SELECT * FROM a WHERE x IN (${'1, '.repeat(1_400)}1) UNION (SELECT * FROM b)`],
  ])('of rule set 3 whose statement told more than is left of it stays as it is: %s', (system, text) => {
    const host = { 'server.address': 'c.x.eu-west-1.redshift.amazonaws.com' };
    const span = stored({ 'db.system.name': system, 'db.query.text': text, ...host });
    expect(rereadSpan({ ...span, ruleSet: 3 }, CONTEXT, CURRENT_RULES)).toBeNull();
  });

  describe('that was named by an older version', () => {
    const [old, present] = [
      'store:redshift://c.x.eu-west-1.redshift.amazonaws.com:5439/dev',
      'store:redshift://c.eu-west-1:5439/dev',
    ];
    const hash = `#${'h'.repeat(22)}`;
    const before = (text: string): KeptReading => ({
      ...stored({
        'db.system.name': 'aws.redshift',
        'db.query.text': text,
        'server.address': 'c.x.eu-west-1.redshift.amazonaws.com',
      }),
      touches: [touch(`${old}.public.t`, 'read', 'db.sql.select'), touch(`${old}.public.t`, 'write', 'db.sql.select')],
      recordRefs: [`${old}.public.t${hash}`, `store:redis://db:6379/0${hash}`],
      derivedFrom: [`${old}.public.t${hash}`],
      owner: 'agent:desk/a',
      ruleSet: 4,
    });

    test('has the present names of stores in its touches and refs, and its statement is not read again', () => {
      // What is left of it reads to one touch of the database: its two would be lost.
      const now = rereadSpan(before("UNLOAD ('SELECT * FROM t') TO 's3://b/x'"), CONTEXT, CURRENT_RULES);
      expect(now).toMatchObject({
        touches: [
          touch(`${present}.public.t`, 'read', 'db.sql.select'),
          touch(`${present}.public.t`, 'write', 'db.sql.select'),
        ],
        recordRefs: [`${present}.public.t${hash}`, `store:redis://db:6379/0${hash}`],
        derivedFrom: [`${present}.public.t${hash}`],
        owner: 'agent:desk/a',
        ruleSet: CURRENT_RULES.version,
      });
    });

    test('goes by the name that is registered for the present one, and names it once', () => {
      const context = readContext({ aliases: [{ alias: `${present}.public.t`, canonical: 'store:warehouse' }] });
      const twice = before('SELECT a FROM t');
      const touches = [...twice.touches, touch(`${present}.public.t`, 'read', 'db.sql.select')];
      const now = rereadSpan({ ...twice, touches }, context, CURRENT_RULES);
      expect(now?.touches).toEqual([
        touch('store:warehouse', 'read', 'db.sql.select'),
        touch('store:warehouse', 'write', 'db.sql.select'),
      ]);
      expect(now?.derivedFrom).toEqual([`store:warehouse${hash}`]);
    });

    test('is left alone once it has been done', () => {
      const span = before('SELECT a FROM t');
      expect(rereadSpan({ ...span, ...rereadSpan(span, CONTEXT, CURRENT_RULES) }, CONTEXT, CURRENT_RULES)).toBeNull();
    });
  });

  test.each([
    ['What did Jane Doe order?.task', '….task'],
    [`What did Jane Doe order? ${'x'.repeat(231)}`, '…'],
    ['sales desk.agent', null],
    ['crewai.workflow', null],
  ])('keeps nothing of the question in its name where a framework had put it there: %s', (name, expected) => {
    const scope = 'opentelemetry.instrumentation.crewai 0.60.0';
    const span = { ...stored({ 'traceloop.span.kind': 'task' }), name, scope, ruleSet: 3 };
    expect(rereadSpan(span, CONTEXT, CURRENT_RULES)?.name ?? null).toBe(expected);
    expect(rereadSpan({ ...span, name: expected ?? name }, CONTEXT, CURRENT_RULES)).toBeNull();
  });

  test('of rule set 3 of the AI SDK through a gateway calls the model that it would call today', () => {
    const call = {
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.model.provider': 'openai',
      'ai.model.id': 'openai/gpt-5',
    };
    const span = { ...stored(call), touches: [touch('model:openai/openai/gpt-5', 'share', 'ai.doGenerate')] };
    for (const ruleSet of [2, 3]) {
      expect(rereadSpan({ ...span, ruleSet }, CONTEXT, CURRENT_RULES)?.touches[0]).toMatchObject({
        peer: 'model:openai/gpt-5',
      });
    }
    expect(rereadSpan({ ...span, ruleSet: 4 }, CONTEXT, CURRENT_RULES)).toBeNull();
  });

  test('of rule set 3 of an agent that calls a model itself is a call to that model', () => {
    const agent = { 'openinference.span.kind': 'AGENT', 'llm.provider': 'anthropic', 'llm.model_name': 'claude' };
    const span = { ...stored(agent), name: 'ClaudeSDKClient.receive_response', touches: [], ruleSet: 3 };
    expect(rereadSpan(span, CONTEXT, CURRENT_RULES)).toMatchObject({
      self: 'agent:desk/ClaudeSDKClient',
      touches: [{ action: 'share' }, { action: 'receive' }],
      recipientHost: 'anthropic',
    });
  });

  test('is derived once: what was derived under that table is not derived again', () => {
    expect(rereadSpan({ ...insert('audit'), ruleSet: NEXT }, CONTEXT, tomorrow)).toBeNull();
  });

  test('loses the touches of a rule that is no more', () => {
    const without = { version: NEXT, rules: CURRENT_RULES.rules.filter(({ id }) => id !== 'db') };
    expect(rereadSpan(insert('users'), CONTEXT, without)?.touches).toEqual([]);
  });

  test('keeps what the code declared, whatever the rules say', () => {
    const declared = insert('audit', { [ATTR.flowAction]: 'share', [ATTR.flowPeer]: 'recipient:example.com' });
    const touches = [{ peer: 'recipient:example.com', action: 'share', rule: 'vestige.flow' }];
    expect(declared.touches).toEqual(touches);
    expect(rereadSpan(declared, CONTEXT, tomorrow)?.touches).toEqual(touches);
    expect(rereadSpan(insert('audit', { [ATTR.flowAction]: 'none' }), CONTEXT, tomorrow)?.touches).toEqual([]);
  });

  test('keeps the key of its conversation while it is a turn, and gets none where none was kept', () => {
    const turn = { ...insert('audit'), conversation: 'conversation:c' };
    expect(rereadSpan(turn, CONTEXT, tomorrow)?.conversation).toBe('conversation:c');
    const noTurn = { version: NEXT, rules: [{ ...audit, read: () => ({ touches: [] }) }] };
    expect(rereadSpan(turn, CONTEXT, noTurn)?.conversation).toBe('');
  });
});
