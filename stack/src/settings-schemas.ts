import { Secret } from '@vestige/core/secret';
import { z } from 'zod';
import { setting } from './settings.ts';
import { SubjectKeys } from './subject-keys.ts';

const EXAMPLE_CLICKHOUSE = 'http://vestige:password@clickhouse:8123/vestige';
const EXAMPLE_DATABASE = 'postgres://vestige:password@postgres:5432/vestige';

const secretUrl = (protocols: readonly string[], what: string) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol) && new URL(text).pathname.length > 1,
      `must be ${what}`,
    )
    .transform((text) => new Secret(text));
const clickHouseUrl = (role: string) =>
  setting(
    secretUrl(['http:', 'https:'], 'a URL http(s)://user:password@host:port/database').optional(),
    EXAMPLE_CLICKHOUSE.replace('vestige:', `${role}:`),
  );
const databaseUrl = secretUrl(['postgres:', 'postgresql:'], 'a URL postgres://user:password@host:port/database');
const port = (standard: number) =>
  setting(
    z.coerce
      .number('must be a port, 0 to 65535')
      .int('must be a port, 0 to 65535')
      .min(0, 'must be a port, 0 to 65535')
      .max(65_535, 'must be a port, 0 to 65535')
      .default(standard),
    String(standard),
  );
const optionalPort = (example: number) => setting(port(example).unwrap().optional(), String(example));
function apiKey() {
  return z
    .string()
    .regex(/^vst_[0-9a-z]+_\S+$/, 'must be an API key, vst_<key id>_<secret>')
    .transform((text) => new Secret(text));
}
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be a URL http(s)://host:port' });
const count = (min: number, max: number, standard: number) => {
  const message = `must be a whole number, ${min} to ${max}`;
  return setting(
    z.coerce.number(message).int(message).min(min, message).max(max, message).default(standard),
    `${standard}`,
  );
};

const Log = {
  VESTIGE_LOG_LEVEL: setting(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug'], 'must be fatal, error, warn, info or debug').default('info'),
    'info',
  ),
};

const ClickHouse = {
  CLICKHOUSE_URL: clickHouseUrl('vestige'),
  CLICKHOUSE_COLLECTOR_URL: clickHouseUrl('collector'),
  CLICKHOUSE_API_URL: clickHouseUrl('api'),
  CLICKHOUSE_ERASER_URL: clickHouseUrl('eraser'),
  CLICKHOUSE_VERIFIER_URL: clickHouseUrl('verifier'),
  CLICKHOUSE_CLUSTER: setting(
    z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be the name of a cluster in remote_servers')
      .optional(),
    'vestige',
  ),
};

const Keys = {
  VESTIGE_SUBJECT_KEYS: setting(SubjectKeys.optional(), '{"acme":[{"kid":"k1","key":"<base64 of 32 random bytes>"}]}'),
  VESTIGE_DEFAULT_REGION: setting(
    z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be a country code of two capital letters')
      .optional(),
    'DE',
  ),
};

/** A URL without its scheme: names the logs, need not be reachable, and can never change. */
const auditOrigin = z
  .string()
  .regex(
    /^[A-Za-z0-9._-]+(:\d{1,5})?(\/[A-Za-z0-9._~-]+)*$/,
    'must be a URL without scheme, e.g. vestige.example.com/audit',
  );
const list = (one: z.ZodType<string, string>) =>
  z
    .string()
    .transform((text) => text.split(',').map((each) => each.trim()))
    .pipe(z.array(one).min(1).max(8));
const auditKeyFiles = list(z.string().min(1));
const AuditLog = {
  VESTIGE_AUDIT_COPY_DIR: setting(z.string().min(1).optional(), '/mnt/customer/checkpoints'),
  VESTIGE_AUDIT_COPY_URL: setting(httpUrl.optional(), 'https://bucket.example.com/vestige/{tenant}/{size}.note'),
  VESTIGE_AUDIT_TSA_URLS: setting(list(httpUrl).optional(), 'https://tsa.example.com,https://other-tsa.example.net'),
  VESTIGE_AUDIT_TSA_CA_FILE: setting(z.string().min(1).optional(), '/etc/vestige/tsa-ca.pem'),
  VESTIGE_AUDIT_TSA_EVERY_S: count(60, 86_400, 3_600),
};

const DataDir = { VESTIGE_DATA_DIR: setting(z.string().min(1).default('.vestige'), '.vestige') };
/** The schemas behind `.env.example`, which a test keeps complete. */
export const SCHEMAS = {
  up: z.object({
    ...Log,
    ...DataDir,
    ...ClickHouse,
    ...Keys,
    CLICKHOUSE_ADMIN_URL: clickHouseUrl('admin'),
    DATABASE_URL: setting(databaseUrl.optional(), EXAMPLE_DATABASE),
    DATABASE_ADMIN_URL: setting(databaseUrl.optional(), EXAMPLE_DATABASE),
    VESTIGE_CLICKHOUSE_HTTP_PORT: optionalPort(8123),
    VESTIGE_CLICKHOUSE_NATIVE_PORT: optionalPort(9000),
    VESTIGE_SIGNING_KEY_FILE: setting(z.string().min(1).optional(), '/run/secrets/signing-key.pem'),
    ...AuditLog,
    VESTIGE_AUDIT_ORIGIN: setting(auditOrigin.default('vestige.local/audit'), 'vestige.example.com/audit'),
    VESTIGE_AUDIT_KEY_FILES: setting(auditKeyFiles.optional(), '/run/secrets/audit-key.pem'),
    VESTIGE_WORKER_FILE: setting(z.string().min(1).optional(), '/etc/vestige/worker.yaml'),
  }),
  collector: z.object({ ...Log, ...ClickHouse, ...Keys, DATABASE_URL: setting(databaseUrl, EXAMPLE_DATABASE) }),
  api: z.object({
    ...Log,
    ...ClickHouse,
    ...Keys,
    DATABASE_URL: setting(databaseUrl, EXAMPLE_DATABASE),
    VESTIGE_SIGNING_KEY_FILE: setting(z.string().min(1), '/run/secrets/signing-key.pem'),
    ...AuditLog,
    VESTIGE_AUDIT_ORIGIN: setting(auditOrigin, 'vestige.example.com/audit'),
    VESTIGE_AUDIT_KEY_FILES: setting(auditKeyFiles, '/run/secrets/audit-key.pem'),
    VESTIGE_WORKFLOW_INTERVAL_MS: count(50, 600_000, 1_000),
  }),
  worker: z.object({
    ...Log,
    ...Keys,
    VESTIGE_API_URL: setting(httpUrl, 'http://api:4400'),
    VESTIGE_WORKER_FILE: setting(z.string().min(1), '/etc/vestige/worker.yaml'),
    VESTIGE_WORKER_KEY: setting(apiKey().optional(), 'vst_0123456789abcdef_secret'),
    VESTIGE_VERIFIER_KEY: setting(apiKey().optional(), 'vst_fedcba9876543210_secret'),
    VESTIGE_WORKER_NAME: setting(
      z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores')
        .optional(),
      'worker-1',
    ),
    VESTIGE_WORKER_LEASE_SECONDS: count(5, 600, 60),
    VESTIGE_WORKER_POLL_MS: count(50, 60_000, 1_000),
    VESTIGE_WORKER_TASKS_MAX: count(1, 100, 4),
  }),
  workerCheck: z.object({
    VESTIGE_SUBJECT_KEYS: Keys.VESTIGE_SUBJECT_KEYS,
    VESTIGE_WORKER_FILE: setting(z.string().min(1), '/etc/vestige/worker.yaml'),
  }),
  migrate: z.object({
    ...DataDir,
    CLICKHOUSE_URL: clickHouseUrl('vestige'),
    CLICKHOUSE_ADMIN_URL: clickHouseUrl('admin'),
    CLICKHOUSE_CLUSTER: ClickHouse.CLICKHOUSE_CLUSTER,
    DATABASE_URL: setting(databaseUrl.optional(), EXAMPLE_DATABASE),
    DATABASE_ADMIN_URL: setting(databaseUrl.optional(), EXAMPLE_DATABASE),
  }),
  stored: z.object({ ...DataDir, ...ClickHouse, DATABASE_URL: setting(databaseUrl.optional(), EXAMPLE_DATABASE) }),
  tenant: z.object({ DATABASE_URL: setting(databaseUrl, EXAMPLE_DATABASE) }),
  check: z.object({ ...DataDir, DATABASE_URL: setting(databaseUrl.optional(), EXAMPLE_DATABASE) }),
  client: z.object({
    ...DataDir,
    ...Keys,
    VESTIGE_API_URL: setting(httpUrl.default('http://127.0.0.1:4400'), 'http://127.0.0.1:4400'),
    VESTIGE_API_KEY: setting(apiKey().optional(), 'vst_0123456789abcdef_secret'),
  }),
} as const;

/** Examples for the settings that the collector and the API read themselves. */
export const PART_EXAMPLES: Readonly<Record<string, string>> = {
  VESTIGE_API_HOST: '0.0.0.0',
  VESTIGE_API_PORT: '4400',
  VESTIGE_API_CLOSE_GRACE_MS: '15000',
  VESTIGE_CLOCK_SKEW_MS: '100',
  VESTIGE_CLOCK_SKEW_WITHIN_SERVICE_MS: '0',
  VESTIGE_OPENDSR_DOMAIN: 'opendsr.example.com',
  VESTIGE_OPENDSR_CERTIFICATE_FILE: 'opendsr.pem',
  VESTIGE_OPENDSR_KEY_FILE: 'opendsr.key',
  VESTIGE_COLLECTOR_HOST: '0.0.0.0',
  VESTIGE_COLLECTOR_PORT: '4318',
  VESTIGE_COLLECTOR_GRPC_PORT: '4317',
  VESTIGE_COLLECTOR_PATH_PREFIX: '/otel',
  VESTIGE_COLLECTOR_ID: 'collector-1',
  VESTIGE_COLLECTOR_REQUEST_BYTES_MAX: '67108864',
  VESTIGE_COLLECTOR_IN_FLIGHT_BYTES_MAX: '268435456',
  VESTIGE_COLLECTOR_REQUEST_MS: '60000',
  VESTIGE_COLLECTOR_KEY_CACHE_MS: '2000',
  VESTIGE_COLLECTOR_KEY_GRACE_MS: '3600000',
  VESTIGE_COLLECTOR_TENANT_SPANS_PER_S: '50000',
  VESTIGE_COLLECTOR_TENANT_BYTES_PER_S: '50000000',
  VESTIGE_COLLECTOR_TENANT_BURST_S: '10',
  VESTIGE_COLLECTOR_SUPPRESSION_POLL_MS: '1000',
  VESTIGE_COLLECTOR_SUPPRESSION_STALE_MS: '5000',
  VESTIGE_COLLECTOR_ENCODE_THREADS: 'auto',
  VESTIGE_COLLECTOR_SUBJECT_CACHE_MAX: '200000',
  VESTIGE_COLLECTOR_ACK: 'log',
  VESTIGE_COLLECTOR_LOG_DIR: '/var/lib/vestige/collector-log',
  VESTIGE_COLLECTOR_LOG_BYTES_MAX: '4294967296',
  VESTIGE_COLLECTOR_LOG_TENANT_PERCENT: '75',
  VESTIGE_COLLECTOR_LOG_SEGMENT_BYTES: '67108864',
  VESTIGE_COLLECTOR_LOG_MEMORY_BYTES_MAX: '134217728',
  VESTIGE_COLLECTOR_BLOCK_SPANS: '20000',
  VESTIGE_COLLECTOR_BLOCK_MS: '200',
  VESTIGE_COLLECTOR_CLOSE_GRACE_MS: '30000',
  VESTIGE_COLLECTOR_METRICS_TOKEN: '<at least 16 random characters>',
};
