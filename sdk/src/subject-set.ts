import { VestigeError } from '@vestige/core/errors';
import type { Secret } from '@vestige/core/secret';
import { apiCaller } from './api-call.ts';
import { runtime } from './runtime.ts';
import { type Identifier, readTokens } from './subject/subject.ts';

/** A group of people, for `withSubject({ set })`. Immutable. */
export interface SubjectSet {
  readonly set: string;
  readonly count: number;
}

/** `POST /v1/subject-sets` refuses more (ruling 30). */
export const SUBJECT_SET_MAX = 100_000;

/**
 * Registers more than 32 people under one id, for batch work. Identifiers become tokens before anything is sent.
 *
 * @param api address of the API and a key for it
 * @throws VestigeError `misconfigured` while no SDK is running, `bad_request` for an empty or too large set, and what
 *   the API answers; unlike the recording helpers this is a call whose result the caller needs
 */
export async function registerSubjectSet(
  api: { readonly url: string; readonly apiKey: string | Secret },
  people: { readonly identifiers?: readonly Identifier[]; readonly tokens?: readonly string[] },
): Promise<SubjectSet> {
  const running = runtime();
  if (running === null) throw new VestigeError('misconfigured', 'Start Vestige first: a set is made of its tokens.');
  const tokens = readTokens(running, people);
  if (tokens.length === 0 || tokens.length > SUBJECT_SET_MAX) {
    throw new VestigeError('bad_request', `A subject set holds 1 to ${SUBJECT_SET_MAX} people.`);
  }
  const answer = await apiCaller(api).json('POST', '/v1/subject-sets', { tokens });
  const { id, count } = answer as { id: string; count: number };
  return { set: id, count };
}
