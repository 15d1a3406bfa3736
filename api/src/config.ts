import { VestigeError } from '@vestige/core/errors';
import { z } from 'zod';

const whole = (min: number, max: number) => {
  const message = `must be a whole number, ${min} to ${max}`;
  return z.coerce.number(message).int(message).min(min, message).max(max, message);
};

/** The API's own settings; its databases and keys are handed to it. Names in capitals are environment variables. */
const ApiEnvironment = z.object({
  VESTIGE_API_HOST: z.string().min(1).default('0.0.0.0'),
  /** 0 takes a free port. */
  VESTIGE_API_PORT: whole(0, 65_535).default(4400),
  VESTIGE_API_CLOSE_GRACE_MS: whole(0, 600_000).default(15_000),
});

export interface ApiConfig {
  readonly host: string;
  readonly port: number;
  /** How long a shutdown waits for calls under way. */
  readonly closeGraceMs: number;
}

/**
 * @param env defaults to the process's own; tests and the all-in-one process pass theirs
 * @throws VestigeError `misconfigured` that names every problem at once, and no value
 */
export function readApiConfig(env: Readonly<Record<string, string | undefined>> = process.env): ApiConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = ApiEnvironment.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new VestigeError('misconfigured', `API settings: ${problems.join('; ')}`, { problems });
  }
  return {
    host: parsed.data.VESTIGE_API_HOST,
    port: parsed.data.VESTIGE_API_PORT,
    closeGraceMs: parsed.data.VESTIGE_API_CLOSE_GRACE_MS,
  };
}
