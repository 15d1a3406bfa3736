import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';

export type Finding = components['schemas']['Finding'];

export const storesQuery = queryOptions({
  queryKey: ['registry', 'stores'],
  queryFn: async () => (await answerOf(api.GET('/v1/stores'))).items,
});

export const partiesQuery = queryOptions({
  queryKey: ['registry', 'parties'],
  queryFn: async () => (await answerOf(api.GET('/v1/parties'))).items,
});

export const aliasesQuery = queryOptions({
  queryKey: ['registry', 'node-aliases'],
  queryFn: async () => (await answerOf(api.GET('/v1/node-aliases'))).items,
});

export const hostsQuery = queryOptions({
  queryKey: ['registry', 'internal-hosts'],
  queryFn: async () => (await answerOf(api.GET('/v1/internal-hosts'))).hosts,
});
