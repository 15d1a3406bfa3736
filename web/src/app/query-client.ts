import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/client.ts';

/** Asked again only what another answer may follow: a refusal stays one. */
const RETRIES_MAX = 2;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) =>
        failures < RETRIES_MAX && !(error instanceof ApiError && error.problem !== null && !error.problem.retryable),
    },
  },
});

/** A session that ended shows the way to sign in, wherever it was noticed: reading or doing. */
const noticeEnd = (error: unknown): void => {
  if (error instanceof ApiError && error.status === 401) void queryClient.invalidateQueries({ queryKey: ['session'] });
};
queryClient.getQueryCache().subscribe((event) => {
  if (event.type !== 'updated' || event.action.type !== 'error' || event.query.queryKey[0] === 'session') return;
  noticeEnd(event.action.error);
});
queryClient.getMutationCache().subscribe((event) => {
  if (event.type === 'updated' && event.action.type === 'error') noticeEnd(event.action.error);
});
