import { KeptSpan } from '@vestige/core/model/kept-span';
import type { DecodedSpan } from '@vestige/core/model/span';
import { readContext } from '@vestige/core/recognise/read-context';
import { describe, expect, test } from 'vitest';
import { keepRejected, resolvedRejected, type UnresolvedRejected } from './rejected-spans.ts';

const DECODED: DecodedSpan = {
  resource: { 'service.name': 'desk' },
  scopeName: '',
  scopeVersion: '',
  traceId: '0'.repeat(32),
  spanId: 'b'.repeat(16),
  parentId: '',
  name: 'GET /users/4711',
  kind: 'client',
  startNs: 1_790_000_000_000_000_000n,
  endNs: 1_790_000_000_000_000_000n,
  status: 'unset',
  statusMessage: '',
  attributes: { 'http.request.method': 'GET', 'user.email': 'jane@example.com' },
  events: [],
  links: [],
};
const keep = (span: DecodedSpan, reason: Parameters<typeof keepRejected>[2] = 'bad_trace_id') =>
  keepRejected(span, readContext(), reason, 5);
const contentOf = ({ span }: { readonly span: string }) => KeptSpan.parse(JSON.parse(span));

describe('a refused span', () => {
  test('is kept scrubbed, and whole unless it was not read to its end', () => {
    const kept = keep(DECODED);
    expect(kept).toMatchObject({ receivedAtMs: 5, reason: 'bad_trace_id', service: 'service:desk' });
    expect(contentOf(kept)).toMatchObject({ attributes: { 'http.request.method': 'GET' }, cut: false });
    expect(kept.span).not.toContain('jane@');
    expect(contentOf(keep(DECODED, 'too_large')).cut).toBe(true);
    expect(contentOf(keep(DECODED, 'malformed')).cut).toBe(true);
  });

  test('that our own scrubbing trips over is kept as numbers alone', () => {
    const attributes = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('a fault of ours');
        },
      },
    );
    const kept = keep({ ...DECODED, attributes }, 'reader_fault');
    expect(kept).toMatchObject({ reason: 'reader_fault', service: 'service:-', tokens: [] });
    expect(contentOf(kept)).toMatchObject({
      name: '',
      attributes: {},
      resource: {},
      cut: true,
      startNs: `${DECODED.startNs}`,
    });
  });
});

describe('whose a rejected span is', () => {
  const unresolved: UnresolvedRejected = { ...keep(DECODED), tokens: ['a', 'b'], linkTokens: ['b', 'c', 'd'], atMs: 7 };
  const subjectOf = (suppressed: readonly string[]) => (token: string, atMs: number) => {
    expect(atMs).toBe(7);
    return suppressed.includes(token) ? 'suppressed' : `subject-${token}`;
  };
  const noSet = () => null;

  test('is told by its own tokens first, then by those of its links', () => {
    expect(resolvedRejected(unresolved, subjectOf([]), noSet)).toMatchObject({
      subjectIds: ['subject-a', 'subject-b'],
      linkSubjectIds: ['subject-c', 'subject-d'],
    });
  });

  test('a suppressed person is left out, and a span of such people alone is dropped whole', () => {
    expect(resolvedRejected(unresolved, subjectOf(['a', 'b']), noSet)).toMatchObject({
      subjectIds: [],
      linkSubjectIds: ['subject-c', 'subject-d'],
    });
    expect(resolvedRejected(unresolved, subjectOf(['a', 'b', 'c', 'd']), noSet)).toBeNull();
    const ofSet = { ...unresolved, tokens: [], linkTokens: [], subjectSet: 'set_x' };
    expect(resolvedRejected(ofSet, subjectOf([]), () => [])).toBeNull();
    expect(resolvedRejected(ofSet, subjectOf([]), () => ['m'])).toMatchObject({ subjectIds: ['m'] });
    expect(resolvedRejected({ ...ofSet, subjectSet: '' }, subjectOf([]), noSet)).toMatchObject({ subjectIds: [] });
  });

  test('a span of very many people is kept without them, and then without content', () => {
    const members = Array.from({ length: 1_001 }, (_, index) => `m${index}`);
    const kept = resolvedRejected({ ...unresolved, subjectSet: 'set_x' }, subjectOf([]), () => members);
    expect(kept).toMatchObject({ subjectIds: [], linkSubjectIds: [] });
    expect(contentOf(kept ?? unresolved)).toMatchObject({ name: '', attributes: {}, resource: {}, cut: true });
  });
});
