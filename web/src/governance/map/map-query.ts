import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import { fromOf, type WindowDays } from '../parts/window-search.ts';
import { withRounding } from './map-filter.ts';

/** The map of a window, for the map itself, the agents in it, and forms that pick a place from it. */
export const mapQuery = (days: WindowDays, view: 'officer' | 'full') =>
  queryOptions({
    queryKey: ['map', days, view],
    staleTime: 60_000,
    queryFn: async () =>
      withRounding(await answerOf(api.GET('/v1/map', { params: { query: { from: fromOf(days), view } } }))),
  });
