import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';

export type Hold = components['schemas']['Hold'];
export type Restriction = components['schemas']['Restriction'];

/** Under `requests`, so that every step of one asks them anew: a restriction begins with a plan. */
const STANDING = ['requests', 'standing'] as const;

export const workQuery = queryOptions({
  queryKey: [...STANDING, 'work'],
  queryFn: async () => (await answerOf(api.GET('/v1/request-work'))).paused,
});

/** @param released lifted ones too */
export const holdsQuery = (released: boolean) =>
  queryOptions({
    queryKey: [...STANDING, 'holds', released],
    queryFn: () => answerOf(api.GET('/v1/holds', { params: { query: { released: released ? 'true' : 'false' } } })),
  });

/** @param lifted lifted ones too */
export const restrictionsQuery = (lifted: boolean) =>
  queryOptions({
    queryKey: [...STANDING, 'restrictions', lifted],
    queryFn: () => answerOf(api.GET('/v1/restrictions', { params: { query: { lifted: lifted ? 'true' : 'false' } } })),
  });
