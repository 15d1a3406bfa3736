import { expect, test } from 'vitest';
import { scrubAttributes, scrubName, withoutContents } from './attributes.ts';
import { ScrubLog } from './scrub-log.ts';

const POSTGRES = { kind: 'client', system: 'postgresql' } as const;

// To an SQL sanitiser `%40` is an operator and a number: masked afterwards, the local part would have stayed.
test('of a percent-encoded address nothing is left where SQL is sanitised', () => {
  const said = 'SELECT orders jane.doe%40example.com';
  const kept = scrubAttributes({ 'db.query.summary': said, 'db.query.text': said }, POSTGRES, new ScrubLog());
  expect(JSON.stringify([kept, scrubName(said, 'postgresql', new ScrubLog())])).not.toContain('jane');
});

test('a `%` that is an operator stays one', () => {
  const kept = scrubAttributes({ 'db.query.text': 'SELECT a % b FROM t' }, POSTGRES, new ScrubLog());
  expect(kept).toEqual({ 'db.query.text': 'SELECT a % b FROM t' });
});

// OpenLLMetry names CrewAI's tasks by their descriptions.
test('a span’s name keeps nothing of the content that it was made of', () => {
  const log = new ScrubLog();
  const attributes = { 'crewai.task.description': 'What did Jane Doe order?', 'gen_ai.agent.name': 'sales desk' };
  const named = (name: string) => withoutContents({ name, attributes, scopeName: '' }, log);
  expect(named('What did Jane Doe order?.task')).toBe('….task');
  expect(named('sales desk.agent')).toBe('sales desk.agent');
  expect(log.counts()).toEqual({ name: 1 });
});

test('nor where the content came cut, or did not come', () => {
  const name = 'What did Jane Doe order?.task';
  const cut = { 'crewai.task.description': 'What did' };
  expect(withoutContents({ name, attributes: cut, scopeName: '' }, new ScrubLog())).toBe('….task');
  const scopeName = 'opentelemetry.instrumentation.crewai.instrumentation';
  expect(withoutContents({ name, attributes: {}, scopeName }, new ScrubLog())).toBe('….task');
  expect(withoutContents({ name: 'support.agent', attributes: {}, scopeName }, new ScrubLog())).toBe('support.agent');
});

test('nor where the name was cut before its end came', () => {
  const scopeName = 'opentelemetry.instrumentation.crewai';
  const name = `What did Jane Doe order? ${'x'.repeat(231)}`;
  expect(withoutContents({ name, attributes: {}, scopeName }, new ScrubLog())).toBe('…');
  const log = new ScrubLog();
  expect(withoutContents({ name: '….task', attributes: {}, scopeName }, log)).toBe('….task');
  expect(log.counts()).toEqual({});
});
