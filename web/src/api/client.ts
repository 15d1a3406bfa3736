import createClient from 'openapi-fetch';
import type { components, paths } from './schema.d.ts';

/** What the API says when it refuses (RFC 9457). */
export type Problem = components['schemas']['Problem'];

/**
 * The generated client: every path, parameter and answer is checked against `schema.d.ts`, which is made from the
 * committed OpenAPI document. The header is what makes a call by cookie count (api/src/session/signed-in.ts).
 */
export const api = createClient<paths>({
  baseUrl: '/',
  headers: { 'x-vestige-console': '1' },
  credentials: 'same-origin',
});

/** A call that was refused or did not arrive. `problem` is null when no API answered. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem | null;

  constructor(status: number, problem: Problem | null) {
    super(problem?.detail ?? problem?.title ?? `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

/** The answer of a call, or an {@link ApiError}. */
export async function answerOf<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await call;
  if (!response.ok) throw new ApiError(response.status, isProblem(error) ? error : null);
  return data as Data;
}

export const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'title' in value && 'status' in value;
