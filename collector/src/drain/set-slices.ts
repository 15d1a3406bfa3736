import type { DrainRecord, Resolution } from './drain-record.ts';

/**
 * Members of a set in one slice, at least: a rejected span of more than a thousand people is kept without its content
 * (`ingest/rejected-spans.ts`), and must be seen as such in every slice.
 */
const SLICE_MEMBERS_MIN = 1001;

/** Subject tags of some records, were they assembled with this resolution. */
export function tagsOf(records: readonly DrainRecord[], resolution: Resolution): number {
  let tags = 0;
  for (const { tenant, tags: ofTokens, sets } of records) {
    tags += ofTokens;
    for (const { setId, atMs } of sets) tags += resolution.membersOf(tenant, setId, atMs)?.length ?? 0;
  }
  return tags;
}

/**
 * One of `slices` views of a resolution, in each of which a large set has a part of its members. A span may name 100,000
 * people, and a request may have thousands of such spans: their touches do not fit into memory at once. Written slice by
 * slice, the rows of the spans themselves are repeated and collapse as every copy does.
 *
 * Slices of one set may overlap, so that none of them is small.
 */
export function sliceOf(resolution: Resolution, slice: number, slices: number): Resolution {
  return {
    subjectOf: resolution.subjectOf,
    membersOf(tenant, setId, atMs) {
      const all = resolution.membersOf(tenant, setId, atMs);
      if (all === null || all.length < 2 * SLICE_MEMBERS_MIN) return all;
      const own = Math.min(slices, Math.floor(all.length / SLICE_MEMBERS_MIN));
      const size = Math.ceil(all.length / own);
      const start = Math.min(slice * size, all.length - size);
      return all.slice(start, start + size);
    },
  };
}
