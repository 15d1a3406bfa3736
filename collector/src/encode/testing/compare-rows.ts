import { createHash } from 'node:crypto';
import { isVestigeError } from '@vestige/core/errors';
import { TenantId } from '@vestige/core/ids';
import type { ReadContext } from '@vestige/core/recognise/read-context';
import { expect } from 'vitest';
import type { Resolution } from '../../drain/drain-record.ts';
import { NOW_MS } from '../../otlp/testing/arbitrary-request.ts';
import { recordFormat } from '../record-format.ts';
import type { RequestBody, RequestEncoder, SpansForm } from '../request-encoder.ts';
import { decodeBlocks, type Row, typesOf } from './decode-blocks.ts';
import { type PlainRows, plainRows } from './plain-reference.ts';

export const TENANT = { id: TenantId.parse(7), name: 'acme' };

/**
 * Answers for tokens like an alias table with a history: a few tokens share a subject, a few are suppressed, some of
 * them up to an instant only (what is allowed at an instant is allowed later).
 */
export const resolution: Resolution = {
  subjectOf(_tenant, token, atMs) {
    const digest = createHash('md5').update(token).digest();
    const draw = digest[0] ?? 0;
    if (draw < 24) return 'suppressed';
    if (draw < 60 && atMs < NOW_MS - 40_000_000) return 'suppressed';
    return draw < 100 ? uuidOf('shared') : uuidOf(token);
  },
  membersOf(_tenant, setId) {
    if (setId.endsWith('unknown')) return null;
    return setId.endsWith('erased') ? [] : [uuidOf('shared'), uuidOf(setId), uuidOf(`${setId} too`)];
  },
};

function uuidOf(text: string): string {
  const hex = createHash('md5').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Expects the encoder to make of a request what the plain way makes of it: rows of every table, counts, refusals. */
export function expectPlainRows(
  encoder: RequestEncoder,
  context: ReadContext,
  body: Uint8Array,
  form: SpansForm,
  nowMs: number,
): Promise<void> {
  return expectPlainRowsTogether(encoder, context, [{ body, form, receivedAtMs: nowMs }]);
}

/** The same of requests that share a record. Where the plain way refuses one, its error is that of all. */
export async function expectPlainRowsTogether(
  encoder: RequestEncoder,
  context: ReadContext,
  requests: readonly RequestBody[],
): Promise<void> {
  const plain = outcome(() =>
    requests.map(({ body, form, receivedAtMs }) => plainRows(TENANT.id, context, body, form, receivedAtMs, resolution)),
  );
  const encoded = await outcomeOf(encoder.encode(TENANT, context, requests));
  if ('error' in plain || 'error' in encoded) {
    expect(encoded).toEqual(plain);
    return;
  }
  const { payload, spans } = encoded.value;
  const records = payload.length === 0 ? [] : [recordFormat.open(payload)];
  const assembled = recordFormat.assemble(records, resolution);
  const blocks = [...assembled.blocks.first, ...assembled.blocks.last].filter(
    ({ table }) => table !== 'rejected_spans',
  );
  const types = typesOf(blocks);
  const plainBlocks = plain.value.flatMap((each) => each.blocks);
  expect(rowsByTable(decodeBlocks(blocks, types))).toEqual(rowsByTable(decodeBlocks(plainBlocks, types)));
  expect(
    encoded.value.requests.map((request) => ({
      spans: request.spans,
      rejected: { ...request.rejected },
      scrubbed: { ...request.scrubbed },
      newestMs: Object.fromEntries(request.newestMs),
    })),
  ).toEqual(
    plain.value.map((each) => ({
      spans: each.spans,
      rejected: each.rejected,
      scrubbed: { ...each.scrubbed },
      newestMs: each.newestMs,
    })),
  );
  const sum = (of: (each: PlainRows) => number) => plain.value.reduce((total, each) => total + of(each), 0);
  const allSpans = sum((each) => each.spans);
  const suppressedSpans = sum((each) => each.suppressedSpans);
  expect({
    spans,
    suppressedSpans: assembled.suppressedSpans,
    suppressedTags: assembled.suppressedTags,
    unknownSets: assembled.unknownSets,
    accepted: assembled.accepted,
  }).toEqual({
    spans: allSpans,
    suppressedSpans,
    suppressedTags: sum((each) => each.suppressedTags),
    unknownSets: sum((each) => each.unknownSets),
    accepted: allSpans - suppressedSpans,
  });
}

type Outcome<T> = { readonly value: T } | { readonly error: string };

function outcome<T>(work: () => T): Outcome<T> {
  try {
    return { value: work() };
  } catch (error) {
    return { error: codeOf(error) };
  }
}

async function outcomeOf<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work };
  } catch (error) {
    return { error: codeOf(error) };
  }
}

function codeOf(error: unknown): string {
  if (isVestigeError(error)) return error.code;
  throw error;
}

/** Tables with their rows as sorted texts: the order of rows in a block means nothing. */
function rowsByTable(tables: ReadonlyMap<string, readonly Row[]>): Record<string, string[]> {
  return Object.fromEntries([...tables].sort().map(([table, rows]) => [table, rows.map(rowText).sort()]));
}

function rowText(row: Row): string {
  const sorted = Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sorted, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
}
