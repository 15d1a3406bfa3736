import { VestigeError } from '@vestige/core/errors';
import { z } from 'zod';
import type { OpendsrFiles } from './opendsr/identity.ts';

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
  /** Makes this an OpenDSR processor: the sub-domain that its certificate is issued to, and for nothing else. */
  VESTIGE_OPENDSR_DOMAIN: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a domain in lower case')
    .optional(),
  /** PEM, with the certificates between it and its authority. */
  VESTIGE_OPENDSR_CERTIFICATE_FILE: z.string().min(1).optional(),
  VESTIGE_OPENDSR_KEY_FILE: z.string().min(1).optional(),
});

export interface ApiConfig {
  readonly host: string;
  readonly port: number;
  /** How long a shutdown waits for calls under way. */
  readonly closeGraceMs: number;
  /** Null: this server is no OpenDSR processor. */
  readonly opendsr: OpendsrFiles | null;
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
    opendsr: opendsrOf(parsed.data),
  };
}

/** @throws VestigeError `misconfigured` when some of the three settings are there and others are not */
function opendsrOf(set: z.infer<typeof ApiEnvironment>): OpendsrFiles | null {
  const {
    VESTIGE_OPENDSR_DOMAIN: domain,
    VESTIGE_OPENDSR_CERTIFICATE_FILE: certificateFile,
    VESTIGE_OPENDSR_KEY_FILE: keyFile,
  } = set;
  if (domain && certificateFile && keyFile) return { domain, certificateFile, keyFile };
  if (!domain && !certificateFile && !keyFile) return null;
  const problem =
    'VESTIGE_OPENDSR_DOMAIN, VESTIGE_OPENDSR_CERTIFICATE_FILE and VESTIGE_OPENDSR_KEY_FILE belong together';
  throw new VestigeError('misconfigured', `API settings: ${problem}`, { problems: [problem] });
}
