import { expect, test } from 'vitest';
import { StoreNotice } from './notice.ts';
import { noticeFor, unportable, unportableFields } from './portability.ts';

const store = (more: object) =>
  StoreNotice.parse({ store: 's', legalBasis: 'eu-gdpr:A6-1-b', provenance: 'provided', ...more });

test('only consent and contract make data portable, and only what the person provided or was observed doing', () => {
  expect(unportable(null)).toBe('not_declared');
  for (const legalBasis of ['eu-gdpr:A6-1-c', 'eu-gdpr:A6-1-d', 'eu-gdpr:A6-1-e', 'eu-gdpr:A6-1-f']) {
    expect(unportable(store({ legalBasis }))).toBe('other_basis');
  }
  for (const legalBasis of ['eu-gdpr:A6-1-a', 'eu-gdpr:A6-1-b', 'eu-gdpr:A9-2-a']) {
    expect(unportable(store({ legalBasis }))).toBeNull();
    expect(unportable(store({ legalBasis, provenance: 'observed' }))).toBeNull();
    expect(unportable(store({ legalBasis, provenance: 'inferred' }))).toBe('inferred');
    expect(unportable(store({ legalBasis, provenance: 'obtained' }))).toBe('obtained');
  }
});

test('a field may differ from its store either way', () => {
  const field = (name: string, provenance: string) => ({ name, title: name, provenance });
  const scores = store({ fields: [field('score', 'inferred'), field('bureau', 'obtained')] });
  expect([...unportableFields(scores, ['name', 'score', 'bureau'])]).toEqual([
    ['score', 'inferred'],
    ['bureau', 'obtained'],
  ]);
  const made = store({ provenance: 'inferred', fields: [field('answer', 'provided')] });
  expect(unportable(made)).toBeNull();
  expect([...unportableFields(made, ['answer', 'segment'])]).toEqual([['segment', 'inferred']]);
});

test('the longest prefix of a notice counts', () => {
  const notices = [store({ store: 'store:a*' }), store({ store: 'store:a/b*', provenance: 'observed' })];
  expect(noticeFor(notices, 'store:a/b/c')?.provenance).toBe('observed');
  expect(noticeFor(notices, 'store:a/x')?.provenance).toBe('provided');
  expect(noticeFor(notices, 'store:z')).toBeNull();
});
