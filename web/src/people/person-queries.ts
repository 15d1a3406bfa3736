import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ApiError, answerOf, api, isProblem } from '../api/client.ts';
import { linesOf } from '../api/lines.ts';
import { purposeHeader } from '../app/purpose.ts';
import type { Lineage } from './path/graph.ts';

/**
 * Reads of one person. Each is an entry in the audit log, so it is made when somebody looks and not when a window gets
 * focus or a network comes back. Keys hold the person's random id, never what anybody typed.
 */
const ONCE = {
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: 5 * 60_000,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
} as const;
const VIEWS_PAGE = 100;

const params = (subjectId: string) => ({ path: { subjectId }, header: purposeHeader() });

export const personQuery = (subjectId: string) =>
  queryOptions({
    ...ONCE,
    queryKey: ['person', subjectId, 'numbers'],
    queryFn: () => answerOf(api.GET('/v1/subjects/{subjectId}', { params: params(subjectId) })),
  });

/**
 * The path as it grows: somebody with very many traces is told of the first of them at once, and of all when they were
 * followed. While it is fetched, what is there is a part (`completeness.cut` says of how much).
 */
export const pathQuery = (subjectId: string, view: 'officer' | 'full') =>
  queryOptions({
    ...ONCE,
    queryKey: ['person', subjectId, 'path', view],
    // Without its signal, so that whoever leaves while it grows finds the whole when they come back: a fetch that is
    // cancelled leaves the last part behind as if it were all.
    queryFn: async ({ client, queryKey }): Promise<Lineage> => {
      const body = await answerOf(
        api.GET('/v1/subjects/{subjectId}/lineage', {
          params: { ...params(subjectId), query: { view, format: 'ndjson' } },
          parseAs: 'stream',
        }),
      );
      let last: Lineage | null = null;
      for await (const line of linesOf(body as unknown as ReadableStream<Uint8Array>)) {
        // What fails on the way is the last line, so that no part is taken for the whole.
        if (isProblem(line)) throw new ApiError(line.status, line);
        last = line as Lineage;
        if (last.completeness.cut !== undefined) client.setQueryData(queryKey, last);
      }
      if (last === null) throw new ApiError(0, null);
      return last;
    },
  });

export const evidenceQuery = (subjectId: string, from: string, to: string) =>
  queryOptions({
    ...ONCE,
    queryKey: ['person', subjectId, 'evidence', from, to],
    queryFn: () =>
      answerOf(api.GET('/v1/subjects/{subjectId}/explain', { params: { ...params(subjectId), query: { from, to } } })),
  });

export const gatheredQuery = (subjectId: string) =>
  queryOptions({
    ...ONCE,
    queryKey: ['person', subjectId, 'gathered'],
    queryFn: () => answerOf(api.GET('/v1/subjects/{subjectId}/accumulation', { params: params(subjectId) })),
  });

export const viewsQuery = (subjectId: string, staff: 'masked' | 'named') =>
  infiniteQueryOptions({
    ...ONCE,
    queryKey: ['person', subjectId, 'views', staff],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/v1/subjects/{subjectId}/views', {
          params: {
            ...params(subjectId),
            query: { limit: VIEWS_PAGE, staff, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
          },
        }),
      ),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
