import { describe, expect, test } from 'vitest';
import { RULES } from './registry.ts';
import { goldens, keptOf, readingOf, ruleOf } from './testing/golden.ts';

/** Spans of real instrumentations, run against real servers, read as people who know them say they must be. */

const GOLDENS = goldens();

test('there are goldens', () => expect(GOLDENS.length).toBeGreaterThan(0));

describe.each(GOLDENS)('$name', ({ spans }) => {
  for (const [at, span] of spans.entries()) {
    test(`${at} ${span.kind} ${span.name}`, () => expect(readingOf(span)).toEqual(span.reads));
  }

  // The people who appear in recordings have these names, addresses and words.
  test('nothing of the people in it is kept', () => {
    for (const span of spans) expect(keptOf(span)).not.toMatch(/jane|john|doe\b|example\.com\/people|4155550132/i);
  });
});

test('every rule has been met in a recording', () => {
  const met = new Set(GOLDENS.flatMap(({ spans }) => spans.map(ruleOf)));
  expect(RULES.map(({ id }) => id).filter((id) => !met.has(id))).toEqual([]);
});

test('every rule names where its convention is written', () => {
  for (const { id, source } of RULES) expect(source, id).toMatch(/\w{4}/);
});
