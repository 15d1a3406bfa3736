import type { TenantId } from '@vestige/core/ids';
import type { EncodedBlocks } from '@vestige/store/events/event-store';
import type { TokenAt } from '../ingest/resolve-tokens.ts';

/** A log record opened for draining: what must be resolved before its rows can be written. Holds views, copies nothing. */
export interface DrainRecord {
  readonly tenant: TenantId;
  readonly spans: number;
  /** Every token, with the oldest start of a span that carries it. May repeat. */
  readonly wanted: readonly TokenAt[];
  /** Every token of every span and link, with the start of its span: there may be twenty times as many. */
  sightings(): readonly TokenAt[];
  /** How many those are. */
  readonly tags: number;
  /** Every subject set named, with the start of its span. */
  readonly sets: readonly { readonly setId: string; readonly atMs: number }[];
}

/** What the alias store answered for some records, all under one suppression version per tenant. */
export interface Resolution {
  subjectOf(tenant: TenantId, token: string, atMs: number): string | 'suppressed';
  /** Null for an unknown set. */
  membersOf(tenant: TenantId, setId: string, atMs: number): readonly string[] | null;
}

/**
 * Some records as insert blocks. Records of several tenants may share blocks: the tenant is a column.
 *
 * An erased person's tag is dropped and counted. A span all of whose subjects are erased is dropped whole: its records
 * and its place in the trace would lead back to what was erased. One that has other subjects too is kept for them,
 * without the tag. A span that names nobody is kept: it is nobody's. Suppression goes by when the span began
 * (compliance.md §3.7).
 */
export interface AssembledBlocks {
  readonly blocks: EncodedBlocks;
  readonly accepted: number;
  readonly suppressedSpans: number;
  readonly suppressedTags: number;
  readonly unknownSets: number;
}

/** How payloads are read; `encode/` writes them. */
export interface RecordFormat {
  /** @throws VestigeError `internal` for a payload no version of ours wrote */
  open(payload: Uint8Array): DrainRecord;
  /** The same records and answers give the same bytes: a retry sends identical blocks. */
  assemble(records: readonly DrainRecord[], resolution: Resolution): AssembledBlocks;
}
