import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalText, commit, entryOf, payloadOf } from './entry-bytes.ts';

const jane = '5f1b2a34-0000-4000-8000-000000000001';
const draft = {
  type: 'request.approved',
  actor: 'key:abc',
  object: { kind: 'request', id: 'r-1' },
  requestId: 'r-1',
  subjectId: jane,
  purpose: 'access request 12',
  payload: { tasks: 3 },
};

describe('an entry', () => {
  test('has the bytes that a later Merkle tree will hash', () => {
    expect(canonicalText(entryOf(draft, '2026-03-01T10:00:00.000Z', 'sha256:00'))).toBe(
      '{"actor":"key:abc","at":"2026-03-01T10:00:00.000Z","commitment":"sha256:00",' +
        '"object":{"id":"r-1","kind":"request"},"requestId":"r-1","type":"request.approved","v":1}',
    );
  });

  test('never names the person, wherever the draft does', () => {
    const drafts = [
      draft,
      { ...draft, object: { kind: 'subject', id: jane } },
      { ...draft, object: { kind: 'person', id: jane } },
      { type: 't', actor: 'a', object: { kind: 'subject', id: jane } },
    ];
    for (const each of drafts) {
      expect(canonicalText(entryOf(each, 'now', 'sha256:00'))).not.toContain(jane);
      expect(payloadOf(each).subjectId).toBe(jane);
    }
  });

  test('keeps purpose and details in the part that can be erased', () => {
    expect(payloadOf(draft)).toEqual({ subjectId: jane, purpose: 'access request 12', details: { tasks: 3 } });
    expect(canonicalText(entryOf(draft, 'now', 'sha256:00'))).not.toContain('access request');
  });
});

describe('a commitment', () => {
  test('is SHA-256 over a zero byte, the nonce and the canonical payload', () => {
    const nonce = new Uint8Array(32).fill(7);
    const expected = createHash('sha256')
      .update(Buffer.concat([Buffer.of(0), nonce, Buffer.from('{"a":1}')]))
      .digest('hex');
    expect(commit(nonce, '{"a":1}')).toBe(`sha256:${expected}`);
  });

  test('does not depend on the order of keys, and changes with every byte of nonce or payload', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.integer()),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (payload, nonce) => {
          const reversed = Object.fromEntries(Object.entries(payload).toReversed());
          const text = canonicalText(payload);
          expect(canonicalText(reversed)).toBe(text);
          expect(commit(nonce, `${text} `)).not.toBe(commit(nonce, text));
          const other = Uint8Array.from(nonce, (byte, n) => (n === 0 ? byte ^ 1 : byte));
          expect(commit(other, text)).not.toBe(commit(nonce, text));
        },
      ),
    );
  });
});
