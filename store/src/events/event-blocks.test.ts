import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ENUMS, recordTouchBlocks, spanBlocks, touchBlocks } from './event-blocks.ts';
import { formsOfSubject } from './testing/byte-search.ts';
import { newTenant, ns, tagged, untagged } from './testing/spans.ts';

const folder = new URL('../../../migrations/clickhouse/', import.meta.url);
const migrations = readdirSync(folder)
  .filter((name) => name.endsWith('.sql'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));

describe('insert blocks', () => {
  test('the same batch gives the same blocks, another tenant other ones', () => {
    const tenant = newTenant();
    const spans = [tagged([randomUUID()]), untagged({ conversation: 'c' })];
    for (const blocks of [spanBlocks, touchBlocks, recordTouchBlocks]) {
      expect(blocks(tenant, structuredClone(spans))).toEqual(blocks(tenant, spans));
      expect(blocks(newTenant(), spans)[0]?.body).not.toEqual(blocks(tenant, spans)[0]?.body);
    }
  });

  test('a block of spans holds one day, a block of touches one month', () => {
    const subject = randomUUID();
    const days = [0, 1, 1, 2, 40].map((day) => tagged([subject], { startNs: ns(day * 86_400) }));
    expect(spanBlocks(newTenant(), days)).toHaveLength(4);
    expect(touchBlocks(newTenant(), days)).toHaveLength(2);
  });

  test('a large batch is cut into several blocks', () => {
    const subjects = Array.from({ length: 60_000 }, () => randomUUID());
    expect(touchBlocks(newTenant(), [tagged(subjects)])).toHaveLength(2);
  });

  test('a block of spans holds neither subjects nor tokens', () => {
    const subject = randomUUID();
    const token = 'ps1.k1.AAAAAAAAAAAAAAAAAAAAAA';
    const [block] = spanBlocks(newTenant(), [
      tagged([subject], { tokens: [token], linkTokens: [token], subjectSet: 'set_x' }),
    ]);
    const body = Buffer.concat([block?.body ?? []].flat());
    expect(body.length).toBeGreaterThan(100);
    for (const form of [...formsOfSubject(subject), token, 'set_x']) expect(body.includes(form)).toBe(false);
  });

  test('the numbers of every enumeration are those of the migrations', () => {
    const written = migrations.flatMap((sql) => [
      ...sql.matchAll(
        /^\s*(?:touch_)?(kind|outcome|action|attribution|role|legal_basis|lifecycle|state) (?:Array\()?Enum8\(([^)]*)\)/gm,
      ),
    ]);
    expect(new Set(written.map(([, name]) => name))).toEqual(new Set(Object.keys(ENUMS)));
    for (const [, name = '', values = ''] of written) {
      const declared = Object.fromEntries(
        [...values.matchAll(/'(\w*)' = (\d+)/g)].map(([, value, number]) => [value, Number(number)]),
      );
      expect([name, declared]).toEqual([name, ENUMS[name as keyof typeof ENUMS]]);
    }
  });
});
