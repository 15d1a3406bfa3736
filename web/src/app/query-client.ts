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

/** A session that ended shows the way to sign in, wherever it was noticed. */
queryClient.getQueryCache().subscribe(({ query, type }) => {
  if (type !== 'updated' || query.queryKey[0] === 'session') return;
  const { error } = query.state;
  if (error instanceof ApiError && error.status === 401) void queryClient.invalidateQueries({ queryKey: ['session'] });
});
