import { describe, expect, test } from 'vitest';
import { jumpKeys } from './jump-keys.ts';
import { aSpan } from './testing/spans.ts';

const USERS = 'store:postgres://db:5432/shop.public.users';
const touch = (peer: string, action: 'read' | 'write' | 'delete' | 'share') => ({ peer, action, rule: 'r' });

describe('the keys through which lineage jumps', () => {
  test('a record takes the action on the node it names', () => {
    const span = aSpan({ recordRefs: [`${USERS}#abc`], touches: [touch(USERS, 'delete'), touch('store:x', 'read')] });
    expect(jumpKeys(span)).toEqual([{ key: `${USERS}#abc`, action: 'delete' }]);
  });

  test('a record of a node that the span did not touch takes all its actions', () => {
    const span = aSpan({ recordRefs: ['store:other#abc'], touches: [touch(USERS, 'write'), touch('store:x', 'read')] });
    expect(jumpKeys(span).map(({ action }) => action)).toEqual(['write', 'read']);
  });

  test('a record on a span that touched nothing was touched somehow', () => {
    expect(jumpKeys(aSpan({ recordRefs: ['no-hash'] }))).toEqual([{ key: 'no-hash', action: 'unknown' }]);
  });

  test('sources, conversation and memory are keys, each with its action once', () => {
    const span = aSpan({
      derivedFrom: ['store:a#1', 'store:a#1'],
      conversation: 'c:1',
      touches: [touch('memory:desk/m', 'read'), touch('memory:desk/m', 'write'), touch('memory:desk/m', 'read')],
    });
    expect(jumpKeys(span)).toEqual([
      { key: 'store:a#1', action: 'read' },
      { key: 'c:1', action: 'none' },
      { key: 'memory:desk/m', action: 'read' },
      { key: 'memory:desk/m', action: 'write' },
    ]);
  });

  test('a plain span has none', () => expect(jumpKeys(aSpan())).toEqual([]));
});
