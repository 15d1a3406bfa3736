import { VestigeError } from '@vestige/core/errors';
import { PROOF_BYTES_MAX } from '@vestige/core/request/identity-policy';
import { TASK_DATA_BYTES_MAX } from '@vestige/store/requests/request-store';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ApiEnv } from './env.ts';

const MIB = 1024 * 1024;
const BODY_BYTES_MAX = MIB;

/** Routes that take more than {@link BODY_BYTES_MAX}, with what they take. */
const LARGER: readonly (readonly [RegExp, number])[] = [
  // 100,000 tokens of at most 70 characters (ruling 30).
  [/^\/v1\/subject-sets$/, 8 * MIB],
  [/^\/v1\/requests\/[^/]+\/identity-proofs$/, PROOF_BYTES_MAX],
  [/^\/v1\/tasks\/[^/]+\/data$/, TASK_DATA_BYTES_MAX],
];

/** @throws VestigeError `too_large`, before the body is read where its length is declared */
export function limitBodies(): MiddlewareHandler<ApiEnv> {
  const limiters = new Map<number, MiddlewareHandler>();
  const limiterOf = (maxSize: number): MiddlewareHandler => {
    const known = limiters.get(maxSize);
    if (known) return known;
    const onError = () => {
      throw new VestigeError('too_large', `the body has more than ${maxSize} bytes`, { bytesMax: maxSize });
    };
    const made = bodyLimit({ maxSize, onError });
    limiters.set(maxSize, made);
    return made;
  };
  return (c, next) => {
    const larger = LARGER.find(([path]) => path.test(c.req.path));
    return limiterOf(larger?.[1] ?? BODY_BYTES_MAX)(c, next);
  };
}

/**
 * Answers a call that takes too long. The work behind it ends by the time limits of the databases, which are shorter.
 *
 * @throws VestigeError `store_unavailable`
 */
export function limitTime(timeoutMs: number): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const givenUp = new AbortController();
    c.set('givenUp', givenUp.signal);
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new VestigeError('store_unavailable', `no answer within ${timeoutMs} ms`);
        givenUp.abort(error);
        reject(error);
      }, timeoutMs);
    });
    await Promise.race([next(), tooLate]).finally(() => clearTimeout(timer));
  };
}
