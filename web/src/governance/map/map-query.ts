import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import { fromOf, type WindowDays } from '../parts/window-search.ts';

/** The map of a window, for the map itself, the agents in it, and forms that pick a place from it. */
export const mapQuery = (days: WindowDays, view: 'officer' | 'full') =>
  queryOptions({
    queryKey: ['map', days, view],
    staleTime: 60_000,
    queryFn: () => answerOf(api.GET('/v1/map', { params: { query: { from: fromOf(days), view } } })),
  });
