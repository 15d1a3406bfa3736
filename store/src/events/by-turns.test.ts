import { expect, test } from 'vitest';
import { ByTurns, type Waiting } from './by-turns.ts';

/** Notes what ran; a batch ends when it is let go. */
function recorder(batchWeightMax = 1) {
  const ran: string[] = [];
  const held: { end: () => void; fail: (error: Error) => void }[] = [];
  const turns = new ByTurns<Waiting>((_, batch) => {
    ran.push(batch.map(({ key }) => key).join('+'));
    return new Promise((end, fail) => held.push({ end, fail }));
  }, batchWeightMax);
  const turn = () => new Promise((next) => setImmediate(next));
  const add = (tenant: number, ...keys: string[]) => {
    for (const key of keys) turns.add(tenant, { key, weight: 1 });
  };
  const letGo = async (error?: Error) => {
    await turn();
    const running = held.shift();
    if (error === undefined) running?.end();
    else running?.fail(error);
    await turn();
  };
  return { ran, turns, add, letGo, turn };
}

test('tenants take turns, and of each what was asked for last goes first, once', async () => {
  const { ran, add, letGo } = recorder();
  add(1, 'a1', 'a2', 'a3', 'a2');
  add(2, 'b1');
  for (let i = 0; i < 5; i++) await letGo();
  expect(ran).toEqual(['a3', 'b1', 'a2', 'a1']);
});

test('a batch is as much as it may weigh, and at least one piece', async () => {
  const { ran, turns, add, letGo } = recorder(2);
  add(1, 'a', 'b', 'c');
  turns.add(1, { key: 'heavy', weight: 9 });
  for (let i = 0; i < 4; i++) await letGo();
  expect(ran).toEqual(['heavy', 'c+b', 'a']);
});

test('what is asked for while it runs does not run twice, and afterwards it may', async () => {
  const { ran, add, letGo, turn } = recorder();
  add(1, 'day');
  await turn();
  add(1, 'day');
  await letGo();
  expect(ran).toEqual(['day']);
  add(1, 'day');
  await letGo();
  expect(ran).toEqual(['day', 'day']);
});

test('a batch that fails holds up no other', async () => {
  const { ran, add, letGo } = recorder();
  add(1, 'good', 'bad');
  await letGo(new Error('no'));
  await letGo();
  expect(ran).toEqual(['bad', 'good']);
});

test('stopping waits for what runs and drops the rest', async () => {
  const { ran, turns, add, letGo, turn } = recorder();
  add(1, 'never', 'running');
  await turn();
  let stopped = false;
  const stopping = turns.stop().then(() => {
    stopped = true;
  });
  await turn();
  expect(stopped).toBe(false);
  await letGo();
  await stopping;
  add(1, 'late');
  await turn();
  expect(ran).toEqual(['running']);
});
