import { isVestigeError } from '@vestige/core/errors';

const FRAMES_MAX = 8;

/**
 * What a log line may say of an error. Messages of others' errors quote what they were given (drivers their bound
 * values, JSON parsers the text), so only our own are kept, and of the rest the kind and the place in our code.
 */
export function whereOf(error: unknown): Readonly<Record<string, unknown>> {
  if (isVestigeError(error)) return { code: error.code, reason: error.message, facts: error.facts };
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return { error: error.constructor.name, at: frames.slice(0, FRAMES_MAX).map((frame) => frame.trim()) };
}
