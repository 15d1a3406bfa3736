import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { DEFAULT_IDENTITY_POLICY } from '@vestige/core/request/identity-policy';
import { ApiError, answerOf, api } from '../api/client.ts';
import type { components } from '../api/schema.d.ts';
import { purposeHeader } from '../app/purpose.ts';
import { type ListSearch, queryOf } from './list-search.ts';

export type Request = components['schemas']['Request'];
export type Plan = components['schemas']['Plan'];
export type Task = components['schemas']['Task'];
export type NextEvent = components['schemas']['NextEvent'];
export type Recipient = components['schemas']['Recipient'];
export type Receipt = components['schemas']['Receipt'];
export type IdentityProof = components['schemas']['IdentityProof'];

/** While Vestige or a worker is at it, what is shown is a few seconds old at most. */
const MOVING_MS = 2_000;
const RESTING_MS = 20_000;

/** States that go on without anybody here. */
const MOVING: ReadonlySet<Request['state']> = new Set(['assessing', 'approved', 'executing', 'verifying', 'reopened']);
export const isMoving = (state: Request['state'] | undefined): boolean => state !== undefined && MOVING.has(state);

const ENDED: ReadonlySet<Request['state']> = new Set([
  'completed',
  'completed_with_exceptions',
  'duplicate',
  'expired',
  'refused',
  'withdrawn',
]);
export const isOpen = (state: Request['state']): boolean => !ENDED.has(state);

/** Everything under this key is asked anew after any step: a step may change all of it. */
const ofRequest = (id: string) => ['requests', 'one', id] as const;
const params = (id: string) => ({ params: { path: { id } } });

export const requestQuery = (id: string) =>
  queryOptions({
    queryKey: ofRequest(id),
    queryFn: () => answerOf(api.GET('/v1/requests/{id}', params(id))),
    refetchInterval: ({ state }) => pace(state.data),
  });
const pace = (request: Request | undefined) =>
  request !== undefined && !isOpen(request.state) ? false : isMoving(request?.state) ? MOVING_MS : RESTING_MS;

export const nextQuery = (id: string) =>
  queryOptions({
    queryKey: [...ofRequest(id), 'next'],
    queryFn: () => answerOf(api.GET('/v1/requests/{id}/next', params(id))),
    placeholderData: keepPreviousData,
  });

export const whyQuery = (id: string, isLive: boolean) =>
  queryOptions({
    queryKey: [...ofRequest(id), 'why'],
    queryFn: () => answerOf(api.GET('/v1/requests/{id}/why', params(id))),
    refetchInterval: isLive ? MOVING_MS : RESTING_MS,
  });

/** Null before the first. */
export const planQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: [...ofRequest(id), 'plan', version],
    queryFn: () => (version === 0 ? null : orNull(answerOf(api.GET('/v1/requests/{id}/plan', params(id))))),
    placeholderData: keepPreviousData,
  });

export const dryRunQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: [...ofRequest(id), 'dry-run', version],
    queryFn: () => answerOf(api.GET('/v1/requests/{id}/dry-run', params(id))),
    refetchInterval: ({ state }) =>
      state.data !== undefined && state.data.items.length > 0 && !state.data.done ? MOVING_MS : false,
  });

export const tasksQuery = (id: string, isLive: boolean) =>
  queryOptions({
    queryKey: [...ofRequest(id), 'tasks'],
    queryFn: async () => (await answerOf(api.GET('/v1/requests/{id}/tasks', params(id)))).items,
    refetchInterval: isLive ? MOVING_MS : false,
  });

/** Destroyed by the decision on who the person is: empty from then on. */
export const identityProofsQuery = (id: string) =>
  queryOptions({
    queryKey: [...ofRequest(id), 'identity-proofs'],
    queryFn: async () => (await answerOf(api.GET('/v1/requests/{id}/identity-proofs', params(id)))).items,
  });

/** How sure the tenant wants to be of whom, and what it lets people show. */
export const identityPolicyQuery = queryOptions({
  queryKey: ['request-policy', 'identity'],
  queryFn: async () => (await answerOf(api.GET('/v1/request-policy'))).identity ?? DEFAULT_IDENTITY_POLICY,
  retry: false,
});

export const receiptsQuery = (id: string, isLive: boolean) =>
  queryOptions({
    queryKey: [...ofRequest(id), 'receipts'],
    queryFn: async () => (await answerOf(api.GET('/v1/requests/{id}/receipts', params(id)))).receipts,
    refetchInterval: isLive ? MOVING_MS : false,
  });

export const rechecksQuery = (id: string) =>
  queryOptions({
    queryKey: [...ofRequest(id), 'rechecks'],
    queryFn: async () => (await answerOf(api.GET('/v1/requests/{id}/rechecks', params(id)))).rechecks,
  });

/** A look at whom a person's data reached: asked only where a purpose was said. */
export const recipientsQuery = (id: string) =>
  queryOptions({
    queryKey: [...ofRequest(id), 'recipients'],
    queryFn: async () =>
      (await answerOf(api.GET('/v1/requests/{id}/recipients', { ...params(id), headers: purposeHeader() }))).items,
  });

export const packageQuery = (id: string) =>
  queryOptions({
    queryKey: [...ofRequest(id), 'package'],
    queryFn: () => answerOf(api.GET('/v1/requests/{id}/package/review', params(id))),
    refetchInterval: ({ state }) => (state.data?.sealed === null ? RESTING_MS : false),
  });

/** In these there may be one; asking in another would be answered that there is none. */
const CERTIFIED: ReadonlySet<Request['state']> = new Set(['completed', 'completed_with_exceptions', 'reopened']);

/** Null before there is one. */
export const certificateQuery = ({ id, state }: Pick<Request, 'id' | 'state'>) =>
  queryOptions({
    queryKey: [...ofRequest(id), 'certificate', state],
    queryFn: () =>
      CERTIFIED.has(state) ? orNull(answerOf(api.GET('/v1/requests/{id}/certificate', params(id)))) : null,
  });

const HISTORY_ROWS = 200;
export const historyQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: [...ofRequest(id), 'history'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor }) =>
      answerOf(
        api.GET('/v1/audit/entries', {
          params: { query: { requestId: id, limit: HISTORY_ROWS, ...(cursor === undefined ? {} : { cursor }) } },
        }),
      ),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });

const LIST_ROWS = 50;
export const listQuery = (search: ListSearch, today: string) =>
  infiniteQueryOptions({
    queryKey: ['requests', 'list', search, today],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor }) =>
      answerOf(
        api.GET('/v1/requests', {
          params: {
            query: { ...queryOf(search, today), limit: LIST_ROWS, ...(cursor === undefined ? {} : { cursor }) },
          },
        }),
      ),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });

async function orNull<Answer>(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
