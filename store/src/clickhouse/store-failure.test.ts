import { ClickHouseError } from '@clickhouse/client';
import { VestigeError } from '@vestige/core/errors';
import { describe, expect, test } from 'vitest';
import { clickHouseFailure } from './store-failure.ts';

const SAID = 'maria@example.com';

function failureOf(error: unknown): unknown {
  try {
    clickHouseFailure(error);
  } catch (thrown) {
    return thrown;
  }
}

function server(code: string, type = 'SOME_TYPE') {
  return failureOf(new ClickHouseError({ message: `near '${SAID}' in (MARIA_MEIER)`, code, type })) as VestigeError;
}

describe('an error of ClickHouse', () => {
  test('keeps code and type and drops every word of the message', () => {
    for (const code of ['241', '497', '62', '9999', SAID]) {
      const failure = server(code, 'MARIA_MEIER');
      expect(failure).toBeInstanceOf(VestigeError);
      expect(`${failure.stack} ${JSON.stringify(failure)} ${failure.message}`).not.toMatch(/maria/i);
      expect(failure.cause).toBeUndefined();
    }
    expect(server('241').facts).toEqual({ type: 'MEMORY_LIMIT_EXCEEDED', code: 241 });
    expect(server('9999').facts).toEqual({ type: 'OTHER', code: 9999 });
  });

  test.each([
    ['159', 'store_unavailable', true],
    ['75', 'store_unavailable', true],
    ['252', 'store_unavailable', true],
    ['499', 'store_unavailable', true],
    ['999', 'store_unavailable', true],
    ['516', 'misconfigured', false],
    ['60', 'misconfigured', false],
    ['452', 'misconfigured', false],
    ['62', 'internal', false],
    ['9999', 'internal', false],
  ])('%s is %s', (code, expected, retryable) => {
    expect(server(code)).toMatchObject({ code: expected, retryable });
  });
});

describe('an error on the way to ClickHouse', () => {
  test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT'])('%s may succeed later', (code) => {
    const failure = failureOf(Object.assign(new Error(SAID), { code }));
    expect(failure).toMatchObject({ code: 'store_unavailable', facts: { reason: code } });
    expect(String(failure)).not.toContain(SAID);
  });

  test('a time-out and an answer of something else may succeed later', () => {
    expect(failureOf(new Error('Timeout error.'))).toMatchObject({ facts: { reason: 'TIMEOUT' } });
    expect(failureOf(new Error(`<html>${SAID}`))).toMatchObject({ facts: { reason: 'UNREADABLE_ANSWER' } });
  });

  test('a bug of our own is not dressed up as an outage', () => {
    const bug = new TypeError('x is not a function');
    expect(failureOf(bug)).toBe(bug);
    const ours = new VestigeError('conflict', 'x');
    expect(failureOf(ours)).toBe(ours);
    const node = Object.assign(new RangeError('out of range'), { code: 'ERR_OUT_OF_RANGE' });
    expect(failureOf(node)).toBe(node);
  });
});
