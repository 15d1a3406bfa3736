import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';

/** While nothing has come in, somebody sits there and waits for the first span. */
const EMPTY_LOOK_MS = 3_000;
const LOOK_MS = 60_000;
const OPEN_REQUESTS_MAX = 500;
const FINDINGS_MAX = 100;

export type Bucket = 'day' | 'hour';

export const ingestHealthQuery = (bucket: Bucket) =>
  queryOptions({
    queryKey: ['ingest', 'health', bucket],
    queryFn: () => answerOf(api.GET('/v1/ingest/health', { params: { query: { bucket } } })),
    refetchInterval: ({ state }) => (state.data?.newestSpan === null ? EMPTY_LOOK_MS : LOOK_MS),
    staleTime: LOOK_MS,
  });

/** Nearest deadline first. */
export const openRequestsQuery = queryOptions({
  queryKey: ['requests', 'open'],
  queryFn: () => answerOf(api.GET('/v1/requests', { params: { query: { open: 'true', limit: OPEN_REQUESTS_MAX } } })),
});

export const findingsQuery = queryOptions({
  queryKey: ['findings'],
  queryFn: () => answerOf(api.GET('/v1/findings', { params: { query: { limit: FINDINGS_MAX } } })),
});
