import { VestigeError } from '@vestige/core/errors';
import { DEFAULT_SKEW, type SkewBounds } from '@vestige/core/lineage/clock';
import { z } from 'zod';
import type { OpendsrFiles } from './opendsr/identity.ts';

const whole = (min: number, max: number) => {
  const message = `must be a whole number, ${min} to ${max}`;
  return z.coerce.number(message).int(message).min(min, message).max(max, message);
};

/** Clocks that are further apart need NTP: with so much tolerated the order of what agents do would say nothing. */
const SKEW_MS_MAX = 1_000;
const US_PER_MS = 1_000;

/** The API's own settings; its databases and keys are handed to it. Names in capitals are environment variables. */
const ApiEnvironment = z.object({
  VESTIGE_API_HOST: z.string().min(1).default('0.0.0.0'),
  /** 0 takes a free port. */
  VESTIGE_API_PORT: whole(0, 65_535).default(4400),
  VESTIGE_API_CLOSE_GRACE_MS: whole(0, 600_000).default(15_000),
  /** How far the clocks of two services may be apart (ruling 11). Answers err on the side of saying more. */
  VESTIGE_CLOCK_SKEW_MS: whole(0, SKEW_MS_MAX).default(DEFAULT_SKEW.betweenServicesUs / US_PER_MS),
  /** The same between processes of one service. */
  VESTIGE_CLOCK_SKEW_WITHIN_SERVICE_MS: whole(0, SKEW_MS_MAX).default(DEFAULT_SKEW.withinServiceUs / US_PER_MS),
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
  /** What answers tolerate. */
  readonly skew: SkewBounds;
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
    skew: skewOf(parsed.data),
    opendsr: opendsrOf(parsed.data),
  };
}

/** @throws VestigeError `misconfigured` when one service is given more room than two */
function skewOf(set: z.infer<typeof ApiEnvironment>): SkewBounds {
  const { VESTIGE_CLOCK_SKEW_MS: betweenMs, VESTIGE_CLOCK_SKEW_WITHIN_SERVICE_MS: withinMs } = set;
  if (withinMs <= betweenMs) return { betweenServicesUs: betweenMs * US_PER_MS, withinServiceUs: withinMs * US_PER_MS };
  const problem = 'VESTIGE_CLOCK_SKEW_WITHIN_SERVICE_MS: must not be more than VESTIGE_CLOCK_SKEW_MS';
  throw new VestigeError('misconfigured', `API settings: ${problem}`, { problems: [problem] });
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
