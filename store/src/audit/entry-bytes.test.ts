import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyOf, canonicalText, commit, entryOf, payloadOf } from './entry-bytes.ts';

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
const at = '2026-03-01T10:00:00.000Z';

describe('an entry', () => {
  test('has the bytes that the tree hashes', () => {
    expect(canonicalText(entryOf(bodyOf(draft, 'sha256:00'), at, '2026-03-01T10:00:01.000Z'))).toBe(
      '{"actor":"key:abc","at":"2026-03-01T10:00:00.000Z","commitment":"sha256:00",' +
        '"loggedAt":"2026-03-01T10:00:01.000Z","object":{"id":"r-1","kind":"request"},"requestId":"r-1",' +
        '"type":"request.approved","v":1}',
    );
  });

  test('keeps states, hashes and ids in the open, and no word that could be somebody', () => {
    const planHash = `sha256:${'a'.repeat(64)}`;
    const payload = {
      from: 'approved',
      to: 'executing',
      version: 4,
      dry: 1,
      planHash,
      certificate: 'jane@example.com',
    };
    expect(bodyOf({ ...draft, payload }, 'sha256:00').facts).toEqual({
      from: 'approved',
      to: 'executing',
      version: 4,
      dry: 1,
      planHash,
    });
    expect(bodyOf({ ...draft, payload: { from: 'Jane Doe', to: jane, why: 'x' } }, 'sha256:00').facts).toBeUndefined();
  });

  test('never names the person, wherever the draft does', () => {
    const drafts = [
      draft,
      { ...draft, object: { kind: 'subject', id: jane } },
      { ...draft, object: { kind: 'person', id: jane } },
      { type: 't', actor: 'a', object: { kind: 'subject', id: jane } },
    ];
    for (const each of drafts) {
      expect(canonicalText(entryOf(bodyOf(each, 'sha256:00'), at, at))).not.toContain(jane);
      expect(payloadOf(each).subjectId).toBe(jane);
    }
  });

  test('keeps purpose and details in the part that can be erased', () => {
    expect(payloadOf(draft)).toEqual({ subjectId: jane, purpose: 'access request 12', details: { tasks: 3 } });
    expect(canonicalText(bodyOf(draft, 'sha256:00'))).not.toContain('access request');
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
