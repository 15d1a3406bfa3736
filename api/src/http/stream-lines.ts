import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, TypedResponse } from 'hono';
import { describeError } from './call-context.ts';
import type { ApiEnv } from './env.ts';
import type { GrowingSlots } from './growing-slots.ts';
import { problemResponse } from './problem.ts';

/** A call without a status would be given up for taking too long (`CALL_TIMEOUT_MS`), while its work went on. */
const STATUS_AFTER_MS = 20_000;

/**
 * Values as they become known, each on a line of its own; also the one that the generator returns in the end. The call has
 * its status when the first of them is known, or when that takes long; what fails later is a line too, a problem document,
 * so that no part is taken for the whole.
 *
 * @param values begun once there is a place for them, and not at all where there is none
 * @throws VestigeError `rate_limited` when too many answers grow already
 */
export async function streamLines<T>(
  c: Context<ApiEnv>,
  slots: GrowingSlots,
  values: AsyncGenerator<T, T | undefined>,
  shown: (value: T) => unknown,
  statusAfterMs = STATUS_AFTER_MS,
): Promise<Response & TypedResponse<string, 200, 'json'>> {
  const leave = await slots.take(c.var.caller.tenant.id, c.req.raw.signal);
  const first = values.next();
  await Promise.race([first, sleep(statusAfterMs, undefined, { ref: false })]).catch((error) => {
    leave();
    throw error;
  });
  const line = (value: T) => `${JSON.stringify(shown(value))}\n`;
  const { callId } = c.var;
  const lines = (async function* () {
    try {
      for (let step = await first; ; step = await values.next()) {
        if (step.value !== undefined) yield line(step.value);
        if (step.done) return;
      }
    } catch (error) {
      c.var.log.error(describeError(error), 'failed while it grew');
      yield `${await problemResponse(error, callId).text()}\n`;
    } finally {
      await values.return(undefined as never).finally(leave);
    }
  })();
  const body = ReadableStream.from(lines).pipeThrough(new TextEncoderStream());
  const answer = c.body(body, 200, { 'content-type': 'application/x-ndjson' });
  // Hono takes `x-ndjson` for JSON, and a body for what it is made of.
  return answer as Response as Response & TypedResponse<string, 200, 'json'>;
}
