import { describe, expect, test } from 'vitest';
import { readSql } from './read-sql.ts';
import { sanitiseSql } from './sanitise-sql.ts';
import { readSummary } from './summary.ts';
import { CONVENTION_CASES, LATER_CASES } from './testing/convention-cases.ts';
import { shown } from './testing/statement-case.ts';

/** The SQL cases of the semantic conventions: literals leave as they say, and their summaries say what we read. */

const CASES = [...CONVENTION_CASES, ...LATER_CASES];

test('the 24 cases are all here', () => expect(new Set(CONVENTION_CASES.map(({ name }) => name)).size).toBe(24));

describe.each(CASES)('$name', ({ statement, system = 'other_sql', sanitised, summary, reading }) => {
  test('reads to its tables and directions', () => expect(shown(statement, system)).toBe(reading));

  test('is sanitised as the convention says', () =>
    expect(sanitiseSql(statement, { dialect: system })).toBe(sanitised));

  test('its summary, where it names flows, says the same', () => {
    const summarised = readSummary(summary, { dialect: system });
    if (summarised.length === 0) return;
    const sorted = (touches: readonly { action: string; table: unknown }[]) =>
      touches.map(({ action, table }) => `${action} ${JSON.stringify(table)}`).sort();
    expect(sorted(summarised)).toEqual(sorted(readSql(statement, { dialect: system }).touches));
  });
});
