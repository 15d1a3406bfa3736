import { checkpointOf } from '@vestige/audit-verify/note-text';
import { beforeAll, expect, test } from 'vitest';
import { checkKept, forgetCheckpoint, keepCheckpoint, keptCheckpoint } from './kept-checkpoint.ts';
import { newSigner, ORIGIN, SmallLog } from './testing/small-log.ts';

const entries = Array.from({ length: 21 }, (_, n) => `{"n":${n}}`);
let log: SmallLog;
let rewritten: SmallLog;

beforeAll(async () => {
  const signer = await newSigner();
  log = new SmallLog(entries, signer);
  rewritten = new SmallLog(
    entries.map((entry, n) => (n === 3 ? '{"n":"other"}' : entry)),
    signer,
  );
});

function memory(): Storage {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    key: (n: number) => [...items.keys()][n] ?? null,
    clear: () => items.clear(),
    get length() {
      return items.size;
    },
  };
}
const keptAt = async (size: number, storage: Storage) => {
  const checkpoint = checkpointOf(await log.note(size));
  if (checkpoint !== null) keepCheckpoint(checkpoint, storage);
  return keptCheckpoint(ORIGIN, storage);
};

test.each([1, 4, 7, 16, 20, 21])('a log of 21 entries continues what was kept of its first %i', async (size) => {
  const kept = await keptAt(size, memory());
  const { verdict } = await checkKept(kept, await log.note(), (from, to) => log.consistency(from, to));
  expect(verdict).toBe('holds');
});

test('a log that was rewritten cannot be shown to follow, whatever proof it sends', async () => {
  const kept = await keptAt(7, memory());
  for (const source of [log, rewritten]) {
    const now = await rewritten.note();
    const { verdict } = await checkKept(kept, now, (from, to) => source.consistency(from, to));
    expect(verdict).toBe('broken');
  }
});

test('a log of the same size with another root, and one that got shorter, are other logs', async () => {
  const never = async () => [];
  expect((await checkKept(await keptAt(21, memory()), await rewritten.note(), never)).verdict).toBe('broken');
  expect((await checkKept(await keptAt(21, memory()), await log.note(20), never)).verdict).toBe('broken');
});

test('nothing is proven where nothing was kept', async () => {
  expect(await checkKept(null, await log.note(), async () => [])).toEqual({
    name: 'kept',
    verdict: 'unchecked',
    why: 'nothing_kept',
  });
});

test('what is kept is a size and a root hash, of each log by itself, until it is forgotten', async () => {
  const storage = memory();
  await keptAt(7, storage);
  expect(Object.keys(keptCheckpoint(ORIGIN, storage) ?? {}).sort()).toEqual(['root', 'size']);
  expect(keptCheckpoint('other.example.com/audit', storage)).toBeNull();
  forgetCheckpoint(ORIGIN, storage);
  expect(storage.length).toBe(0);
});

test('a place that somebody wrote other things to counts as empty', () => {
  const storage = memory();
  for (const text of ['{', '{"size":7}', '{"size":"7","root":"x"}', 'null']) {
    storage.setItem(`vestige.checkpoint.${ORIGIN}`, text);
    expect(keptCheckpoint(ORIGIN, storage)).toBeNull();
  }
});
