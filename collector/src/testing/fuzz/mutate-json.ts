import { mutateBytes } from './mutate-bytes.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Things that are not what stands in their place. */
const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  2 ** 53,
  '',
  'NaN',
  '-9223372036854775809',
  '18446744073709551616',
  'ps1.k1.x',
  [],
  {},
  [[]],
  [null],
  { '': {} },
  { stringValue: 1 },
  { arrayValue: { values: [{}] } },
  { kvlistValue: { values: [{ key: 'k' }] } },
  '\u0000',
  '🙂'.repeat(50),
  'a@example.com',
];
const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'length',
  '',
  'attributes',
  'key',
  'value',
  'spans',
  'traceId',
  'stringValue',
  'user.email',
  'vestige.subject.tokens',
];

/** Changes a JSON document inside: it stays JSON, and is often no longer what it should be. Sometimes its text, too. */
export function mutateJson(text: Buffer, random: SeededRandom, other: Buffer): Buffer {
  if (random.chance(3)) return mutateBytes(text, random, other);
  let document: unknown;
  try {
    document = JSON.parse(text.toString());
  } catch {
    return mutateBytes(text, random, other);
  }
  for (let times = 1 + random.below(4); times > 0; times -= 1) document = mutated(document, random, 0);
  const changed = Buffer.from(JSON.stringify(document) ?? '');
  return random.chance(10) ? mutateBytes(changed, random, other) : changed;
}

function mutated(value: unknown, random: SeededRandom, depth: number): unknown {
  if (random.chance(12) || depth > 30) return random.pick(ODD);
  if (Array.isArray(value)) return mutatedList(value, random, depth);
  if (typeof value === 'object' && value !== null) return mutatedObject(Object.entries(value), random, depth);
  return random.pick(ODD);
}

function mutatedList(items: readonly unknown[], random: SeededRandom, depth: number): unknown {
  if (items.length === 0) return [random.pick(ODD)];
  const at = random.below(items.length);
  if (random.chance(6)) return items.toSpliced(at, 1);
  if (random.chance(6)) return items.toSpliced(at, 0, ...Array(1 + random.below(20)).fill(items[at]));
  return items.with(at, mutated(items[at], random, depth + 1));
}

/** By entries: `__proto__` is to become a key like any other. */
function mutatedObject(entries: readonly [string, unknown][], random: SeededRandom, depth: number): unknown {
  if (entries.length === 0) return Object.fromEntries([[random.pick(KEYS), random.pick(ODD)]]);
  const at = random.below(entries.length);
  const [key, value] = entries[at] as [string, unknown];
  if (random.chance(8)) return Object.fromEntries(entries.toSpliced(at, 1));
  if (random.chance(8)) return Object.fromEntries(entries.with(at, [random.pick(KEYS), value]));
  return Object.fromEntries(entries.with(at, [key, mutated(value, random, depth + 1)]));
}
