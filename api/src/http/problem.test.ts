import { ERROR_CODES, type ErrorCode, VestigeError } from '@vestige/core/errors';
import { HTTPException } from 'hono/http-exception';
import { describe, expect, test } from 'vitest';
import { Problem, problemResponse } from './problem.ts';

const callId = '00000000-0000-4000-8000-000000000001';
const codes = Object.keys(ERROR_CODES) as ErrorCode[];

describe('problem details', () => {
  test.each(codes)('%s has the one shape, names the call, and says when to come back if that helps', async (code) => {
    const response = problemResponse(new VestigeError(code, 'because', { hint: 1 }), callId);
    const problem = Problem.strict().parse(await response.json());
    expect(problem).toMatchObject({ code, status: response.status, instance: `urn:uuid:${callId}` });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.has('retry-after')).toBe(ERROR_CODES[code].retryable);
    expect(response.headers.has('www-authenticate')).toBe(response.status === 401);
  });

  test.each(codes)('%s tells its detail to a client who can act on it, and to nobody else', async (code) => {
    const response = problemResponse(new VestigeError(code, 'because', { hint: 1 }), callId);
    const problem = Problem.parse(await response.json());
    expect([problem.detail, problem.facts]).toEqual(
      response.status < 500 ? ['because', { hint: 1 }] : [undefined, undefined],
    );
  });

  test.each([
    [400, 'bad_request'],
    [415, 'unsupported_media_type'],
  ] as const)('what the framework refuses with %i is %s, without its words', async (status, code) => {
    const response = problemResponse(new HTTPException(status, { message: 'jane@example.com' }), callId);
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code });
    expect(text).not.toContain('jane');
  });

  test.each([
    new Error('jane@example.com'),
    new HTTPException(502, { message: 'jane@example.com' }),
    'jane@example.com',
    { message: 'jane@example.com', code: 'not_found' },
    undefined,
  ])('an error that is not ours is internal, whatever it says: %j', async (error) => {
    const response = problemResponse(error, callId);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('jane');
  });
});
