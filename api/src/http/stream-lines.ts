import { setTimeout as sleep } from 'node:timers/promises';
import { VestigeError } from '@vestige/core/errors';
import type { Context, TypedResponse } from 'hono';
import { describeError } from './call-context.ts';
import type { ApiEnv } from './env.ts';
import type { GrowingSlots } from './growing-slots.ts';
import { problemResponse } from './problem.ts';

/** A call without a status would be given up for taking too long (`CALL_TIMEOUT_MS`), while its work went on. */
const STATUS_AFTER_MS = 20_000;

/** Hono takes `x-ndjson` for JSON, and a body for what it is made of. */
type Lines = Response & TypedResponse<string, 200, 'json'>;

/**
 * Values as they become known, each on a line of its own; also the one that the generator returns in the end. The call has
 * its status when the first of them is known, or when that takes long; what fails later is a line too, a problem document,
 * so that no part is taken for the whole.
 *
 * Whoever goes away, is given up by `limitTime` or does not read for as long as a place can be held ends the values, and
 * gives the place back; the last of these finds the connection broken, so that no part is taken for the whole here either.
 *
 * @param values begun once there is a place for them, and not at all where there is none; `signal` says that nobody gets
 *   what they are about to tell
 * @throws VestigeError `rate_limited` when too many answers grow already
 */
export async function streamLines<T>(
  c: Context<ApiEnv>,
  slots: GrowingSlots,
  values: (signal: AbortSignal) => AsyncGenerator<T, T | undefined>,
  shown: (value: T) => unknown,
  statusAfterMs = STATUS_AFTER_MS,
): Promise<Lines> {
  // Hono answers HEAD by doing what GET does, and drops the body without a word: nobody would end what begins here.
  if (c.req.method === 'HEAD') return linesOf(c, null);
  const tooLong = new AbortController();
  const { callId, givenUp } = c.var;
  const breaks = AbortSignal.any([tooLong.signal, ...(givenUp ? [givenUp] : [])]);
  const signal = AbortSignal.any([c.req.raw.signal, breaks]);
  const leave = await slots.take(c.var.caller.tenant.id, signal, () =>
    tooLong.abort(new VestigeError('rate_limited', 'the answer was not read to its end while it could be held')),
  );
  const growing = values(signal);
  const end = () => growing.return(undefined).then(leave, leave);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) await end();
  const first = growing.next();
  await Promise.race([first, sleep(statusAfterMs, undefined, { ref: false })]).catch((error) => {
    leave();
    throw error;
  });
  const lines = (async function* () {
    try {
      for (let step = await first; ; step = await growing.next()) {
        if (step.value !== undefined) yield lineOf(shown(step.value));
        if (step.done) return;
      }
    } catch (error) {
      c.var.log.error(describeError(error), 'failed while it grew');
      yield `${await problemResponse(error, callId).text()}\n`;
    } finally {
      await end();
    }
  })();
  return linesOf(c, bytesOf(lines, breaks, end));
}

/**
 * Read from as it is read. A pipe would not do: it hears of `breaks` only with the next read, which whoever stalls never does.
 */
function bytesOf(lines: AsyncGenerator<string>, breaks: AbortSignal, end: () => Promise<void>): ReadableStream {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const fail = () => controller.error(breaks.reason);
        if (breaks.aborted) fail();
        else breaks.addEventListener('abort', fail, { once: true });
      },
      async pull(controller) {
        const { done, value } = await lines.next();
        if (breaks.aborted) return;
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/** What is known already, in the form of an answer that grew: it takes no place. */
export const oneLine = (c: Context<ApiEnv>, value: unknown): Lines => linesOf(c, lineOf(value));

const lineOf = (value: unknown) => `${JSON.stringify(value)}\n`;

const linesOf = (c: Context<ApiEnv>, body: ReadableStream | string | null): Lines =>
  c.body(body as string, 200, { 'content-type': 'application/x-ndjson' }) as Response as Lines;
