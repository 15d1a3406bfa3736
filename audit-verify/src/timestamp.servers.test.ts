import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalTsa, openLocalTsa } from './testing/local-tsa.ts';
import { inMemory, ordinaryDay } from './testing/made-log.ts';
import { verifyTimestamp } from './timestamp.ts';
import { verifyBundle } from './verify-bundle.ts';

let tsa: LocalTsa;
let other: LocalTsa;
beforeAll(() => {
  tsa = openLocalTsa();
  other = openLocalTsa();
});
afterAll(() => {
  tsa.remove();
  other.remove();
});

const data = Buffer.from('a note\n');

describe('a time stamp of an authority made with openssl', () => {
  test('holds for its data, and is vouched for by its own authority alone', () => {
    const answer = tsa.stamp(data);
    const verdict = verifyTimestamp(answer, data, [new X509Certificate(tsa.authority)]);
    expect(verdict.vouched).toBe(true);
    expect(Math.abs(verdict.at.getTime() - Date.now())).toBeLessThan(60_000);
    expect(verifyTimestamp(answer, data, [new X509Certificate(other.authority)]).vouched).toBe(false);
    expect(verifyTimestamp(answer, data, []).vouched).toBe(false);
  });

  test('does not hold for other data', () => {
    expect(() => verifyTimestamp(tsa.stamp(data), Buffer.from('another note\n'), [])).toThrow('over other bytes');
  });

  test('of a certificate that is not for time stamping does not hold', () => {
    const wrong = openLocalTsa({ extendedKeyUsage: 'clientAuth' });
    try {
      expect(() => verifyTimestamp(wrong.stamp(data), data, [])).toThrow();
    } finally {
      wrong.remove();
    }
  });

  test('with any byte of what is signed changed does not hold', () => {
    const answer = tsa.stamp(data);
    const authorities = [new X509Certificate(tsa.authority)];
    const held: number[] = [];
    for (let at = 0; at < answer.length; at += 1) {
      const changed = Buffer.from(answer);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      try {
        const verdict = verifyTimestamp(changed, data, authorities);
        if (verdict.vouched && verdict.at.getTime() !== verifyTimestamp(answer, data, authorities).at.getTime())
          held.push(at);
      } catch {
        // Refused, as it should be.
      }
    }
    expect(held).toEqual([]);
  });
});

describe('in a bundle', () => {
  const day = () => {
    const log = ordinaryDay();
    const [size, note] = [...log.notes][1] ?? [0, ''];
    log.extra.set(`tsr/${String(size).padStart(12, '0')}.tsa.tsr`, tsa.stamp(Buffer.from(note)));
    return log;
  };
  const verify = (log: ReturnType<typeof day>, ca: string[] = [tsa.authority]) =>
    verifyBundle(inMemory(log.files()), {
      keys: log.vkeys.map(({ vkey }) => vkey).join('\n'),
      saved: [],
      authorities: ca.map((pem) => new X509Certificate(pem)),
      issuer: null,
    });
  const codes = (log: ReturnType<typeof day>, ca?: string[]) => verify(log, ca).findings.map(({ code }) => code);

  test('a stamp of an authority that nobody vouches for says so', () => {
    expect(codes(day(), [])).toContain('stamp_unchecked');
    expect(codes(day(), [other.authority])).toContain('stamp_not_vouched');
  });

  test('a stamp over another checkpoint does not hold', () => {
    const log = day();
    const [name = '', answer = Buffer.alloc(0)] = [...log.extra].find(([each]) => each.startsWith('tsr/')) ?? [];
    log.extra.delete(name);
    log.extra.set('tsr/000000000018.tsa.tsr', answer);
    expect(codes(log)).toContain('bad_stamp');
  });

  test('entries after a stamp that claim to be from before it are back-dated, though the operator signed them', () => {
    // The stamp is made now; the made log says that everything happened in March, the entries after it too.
    const verdict = verify(day());
    expect(verdict.verdict).toBe('broken');
    expect(verdict.findings.map(({ code }) => code)).toEqual(['backdated']);
  });
});
