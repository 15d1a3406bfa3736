import { inspect } from 'node:util';
import { VestigeError } from '@vestige/core/errors';
import { DrizzleQueryError } from 'drizzle-orm/errors';
import { describe, expect, test } from 'vitest';
import { postgresFailure } from './postgres-failure.ts';

const driverError = (code: string) =>
  Object.assign(new Error('duplicate key: jane@example.com'), {
    code,
    detail: 'Key (email)=(jane@example.com) already exists.',
    constraint_name: 'people_pkey',
  });

function scrubbed(error: unknown): unknown {
  try {
    return postgresFailure(error);
  } catch (thrown) {
    return thrown;
  }
}

describe('a database failure', () => {
  test.each([
    ['23505', 'conflict'],
    ['23503', 'conflict'],
    ['08006', 'store_unavailable'],
    ['57014', 'store_unavailable'],
    ['40P01', 'store_unavailable'],
    ['55P03', 'store_unavailable'],
    ['ECONNREFUSED', 'store_unavailable'],
    ['CONNECTION_CLOSED', 'store_unavailable'],
    ['CONNECT_TIMEOUT', 'store_unavailable'],
    ['28P01', 'misconfigured'],
    ['42P01', 'misconfigured'],
    ['42501', 'misconfigured'],
    ['22P02', 'internal'],
    ['22021', 'bad_request'],
    ['22P05', 'bad_request'],
  ])('%s is %s, and nothing of what the driver quoted is left', (sqlState, code) => {
    const wrapped = new DrizzleQueryError(
      'insert into people values ($1)',
      ['jane@example.com'],
      driverError(sqlState),
    );
    for (const error of [wrapped, driverError(sqlState)]) {
      const failure = scrubbed(error);
      expect(failure).toMatchObject({ code, facts: { sqlState, constraint: 'people_pkey' } });
      expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain('jane');
    }
  });

  test('a failed statement without any code still tells nothing', () => {
    const failure = scrubbed(new DrizzleQueryError('select $1', ['jane@example.com'], new Error('jane@example.com')));
    expect(failure).toMatchObject({ code: 'internal' });
    expect(inspect(failure, { depth: 9 })).not.toContain('jane');
  });

  test('our own errors and bugs of the caller pass as they are', () => {
    const ours = new VestigeError('not_found', 'no such set');
    const bug = Object.assign(new TypeError('x is not iterable'), { code: 'ERR_INVALID_ARG_TYPE' });
    expect(scrubbed(ours)).toBe(ours);
    expect(scrubbed(bug)).toBe(bug);
  });
});
