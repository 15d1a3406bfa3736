import { VestigeError } from '@vestige/core/errors';
import { expect, test } from 'vitest';
import { whileContended } from './retry-contention.ts';

const failing = (times: number, sqlState: string) => {
  let calls = 0;
  return {
    calls: () => calls,
    work: async () => {
      calls += 1;
      if (calls <= times) throw new VestigeError('store_unavailable', 'Postgres: unavailable', { sqlState });
      return calls;
    },
  };
};

test.each(['40P01', '40001'])('what Postgres undid with %s is done again', async (sqlState) => {
  expect(await whileContended(failing(3, sqlState).work)).toBe(4);
});

test('a token that somebody else made lead somewhere first is looked at again, and no other conflict is', async () => {
  const refused = (constraint: string) => {
    let calls = 0;
    return async () => {
      calls += 1;
      if (calls === 1) throw new VestigeError('conflict', 'Postgres: already there', { sqlState: '23505', constraint });
      return calls;
    };
  };
  expect(await whileContended(refused('aliases_living'))).toBe(2);
  await expect(whileContended(refused('aliases_pkey'))).rejects.toMatchObject({ code: 'conflict' });
});

test('four times are enough', async () => {
  const always = failing(9, '40P01');
  await expect(whileContended(always.work)).rejects.toMatchObject({ facts: { sqlState: '40P01' } });
  expect(always.calls()).toBe(4);
});

test('anything else fails at once: nobody knows whether it was done', async () => {
  const away = failing(1, '08006');
  await expect(whileContended(away.work)).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(away.calls()).toBe(1);
});
