import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { nextQuery, type Request, whyQuery } from './request-queries.ts';

/**
 * Asks again what may happen next and what is waited for, as soon as the request has moved by itself: a plan was made, a
 * worker ended. Without it the buttons of the state before stay until somebody loads the page again.
 *
 * @param request as it was read last; the same object as long as nothing in it changed
 */
export function useFollowing(request: Request | undefined): void {
  const queries = useQueryClient();
  const seen = useRef(request);
  useEffect(() => {
    const before = seen.current;
    seen.current = request;
    if (request === undefined || before === undefined || before === request || before.id !== request.id) return;
    for (const { queryKey } of [nextQuery(request.id), whyQuery(request.id, false)])
      void queries.invalidateQueries({ queryKey });
  }, [queries, request]);
}
