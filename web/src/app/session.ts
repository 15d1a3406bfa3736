import { queryOptions, useQuery } from '@tanstack/react-query';
import { ApiError, answerOf, api } from '../api/client.ts';
import type { components } from '../api/schema.d.ts';
import { forgetPurpose } from './purpose.ts';

export type OwnKey = components['schemas']['OwnApiKey'];
export type Scope = OwnKey['scopes'][number];

/** Who is signed in; null for nobody. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: 60_000,
  queryFn: async (): Promise<OwnKey | null> => {
    try {
      return await answerOf(api.GET('/v1/api-keys/self'));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

export function useSession(): OwnKey | null | undefined {
  return useQuery(sessionQuery).data;
}

export const may = (session: OwnKey, scope: Scope): boolean => session.scopes.includes(scope);

/** @throws ApiError 401 for a key that opens nothing */
export async function signIn(key: string): Promise<void> {
  forgetPurpose();
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-vestige-console': '1' },
    body: JSON.stringify({ key }),
  });
  if (!response.ok) throw new ApiError(response.status, null);
}

export async function signOut(): Promise<void> {
  forgetPurpose();
  await fetch('/session', { method: 'DELETE', headers: { 'x-vestige-console': '1' } });
}
