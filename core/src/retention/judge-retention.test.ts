import { describe, expect, test } from 'vitest';
import { judgeRetention, type RetentionReading } from './judge-retention.ts';
import { RETENTION_CLASSES, RETENTION_RULES } from './retention-class.ts';

const spans: RetentionReading = {
  place: 'clickhouse.spans',
  class: 'agent_log',
  limitDays: 400,
  oldest: new Date('2026-01-01T00:00:00Z'),
  overdue: 0,
};
const problemsOf = (change: Partial<RetentionReading>) => judgeRetention({ ...spans, ...change }).problems;

describe('what is kept', () => {
  test('is in order while nothing is overdue and its period lies above the floor', () => {
    expect(judgeRetention(spans)).toEqual({ ...spans, minDays: 183, problems: [] });
    expect(problemsOf({ limitDays: 183 })).toEqual([]);
    expect(problemsOf({ oldest: null })).toEqual([]);
  });

  test('is overdue by one row, whatever its kind', () => {
    for (const kind of RETENTION_CLASSES) {
      const limitDays = RETENTION_RULES[kind].ends === 'period' ? 400 : null;
      expect([kind, problemsOf({ class: kind, limitDays, overdue: 1 })]).toEqual([kind, ['overdue']]);
    }
  });

  test('may not be a log of agents that leaves within half a year, and may be a link to a person', () => {
    expect(problemsOf({ limitDays: 182 })).toEqual(['below_floor']);
    expect(problemsOf({ class: 'person_links', limitDays: 1 })).toEqual([]);
  });

  test('needs a period, unless it ends with what it was kept for or is the proof itself', () => {
    const kinds = RETENTION_CLASSES.filter((kind) => problemsOf({ class: kind, limitDays: null }).length > 0);
    expect(kinds).toEqual(['agent_log', 'person_links', 'rejected', 'erasure_evidence', 'suppression', 'repeat_keys']);
  });
});
