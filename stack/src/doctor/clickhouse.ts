import type { Secret } from '@vestige/core/secret';
import { clickHouseStatus } from '@vestige/migrations/clickhouse';
import { type ClickHouseFacts, diagnoseClickHouse } from '@vestige/migrations/diagnose-clickhouse';
import { TENANT_TABLES } from '../clickhouse/tables.ts';
import type { ClickHouseUrls } from '../config.ts';
import { loginFindings } from './clickhouse-logins.ts';
import { bad, clockFinding, type Finding, good, warning } from './finding.ts';

/** What the tests, the embedded engine and docker-compose.yml run. */
const VERSION_MIN = [26, 7] as const;
/** Erased bytes lie in inactive parts for this long; the server's own defaults add up to many minutes. */
const CLEAN_UP_S_MAX = 60;
/** The settings by which a replaced part leaves the disk, with what the server does where a table does not say. */
const CLEAN_UP_DEFAULTS_S = {
  old_parts_lifetime: 480,
  cleanup_delay_period: 30,
  max_cleanup_delay_period: 300,
  merge_tree_clear_old_parts_interval_seconds: 1,
} as const;

export interface ClickHouseToExamine {
  readonly admin: Secret;
  readonly urls: ClickHouseUrls;
  readonly cluster?: string | undefined;
}

/**
 * Deduplication windows are not looked at: copies of a retried block collapse by the order keys of the tables, and no
 * insert of ours relies on the server's memory of blocks (ADR 0013).
 */
export async function clickHouseFindings({ admin, urls, cluster }: ClickHouseToExamine): Promise<Finding[]> {
  try {
    const logins = await loginFindings(urls);
    const facts = await diagnoseClickHouse(admin, logins.apiUser);
    const status = await clickHouseStatus({ url: admin, cluster });
    const pending = status.filter((row) => row.state === 'pending').length;
    return [
      versionFinding(facts),
      pending === 0
        ? good('clickhouse migrations', 'ClickHouse is at the last migration.')
        : bad('clickhouse migrations', `${pending} ClickHouse migrations are missing.`, 'Run vestige migrate up.'),
      clockFinding('clickhouse clock', 'ClickHouse', facts.clockSkewMs),
      ...logins.findings,
      ...settingFindings(facts, logins.apiUser),
    ];
  } catch (error) {
    const says =
      error instanceof Error && error.name === 'VestigeError' ? error.message : 'ClickHouse does not answer.';
    return [bad('clickhouse', says, 'Check CLICKHOUSE_ADMIN_URL (or CLICKHOUSE_URL) and that the server runs.')];
  }
}

export function versionFinding({ version, user }: Pick<ClickHouseFacts, 'version' | 'user'>): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > VERSION_MIN[0] || (major === VERSION_MIN[0] && minor >= VERSION_MIN[1])
    ? good('clickhouse', `ClickHouse ${version} answers as ${user}.`)
    : warning(
        'clickhouse',
        `ClickHouse ${version} is older than any that Vestige is tested with.`,
        `Upgrade the server to ${VERSION_MIN.join('.')} or later.`,
      );
}

type Tables = Pick<ClickHouseFacts, 'tables' | 'guardedTables'>;

export function settingFindings({ tables, guardedTables }: Tables, apiUser: string): Finding[] {
  const ours = tables.filter(({ name }) => (TENANT_TABLES as readonly string[]).includes(name.replace(/_local$/, '')));
  const ofSubjects = ours.filter(({ create }) => /\bsubject_ids?\b/.test(create));
  const slow = ofSubjects.flatMap(({ name, create }) => slowSettings(create).map((setting) => `${setting} of ${name}`));
  const compressed = ofSubjects.filter(({ create }) => !/`?subject_ids?`?[^,]*?CODEC\(NONE\)/.test(create));
  const endless = ours.filter(({ create }) => !/\bTTL\b/.test(create));
  const open = ours.filter(({ name }) => !guardedTables.includes(name));
  const names = (some: readonly { name: string }[]) => some.map(({ name }) => name).join(', ');
  return [
    slow.length === 0
      ? good('clean-up', 'Erased bytes leave the disk within a minute.')
      : warning(
          'clean-up',
          `Erased bytes stay longer than ${CLEAN_UP_S_MAX} s: ${slow.join(', ')}.`,
          'Set them lower in the settings of the table; an erasure waits for them.',
        ),
    compressed.length === 0
      ? good('subject bytes', 'Subject ids are stored uncompressed, so that a byte search means something.')
      : warning(
          'subject bytes',
          `Subject ids are compressed in: ${names(compressed)}.`,
          'Set CODEC(NONE) on the column (ADR 0010).',
        ),
    endless.length === 0
      ? good('ttl', 'Every table ends its rows by a TTL.')
      : warning('ttl', `Rows stay for ever in: ${names(endless)}.`, 'Give the table the TTL of its migration again.'),
    open.length === 0
      ? good('row policies', `The user ${apiUser} sees one tenant at a time in every table.`)
      : warning(
          'row policies',
          `No row policy guards the user ${apiUser} in: ${names(open)}.`,
          'Install deploy/clickhouse/users.d and give the API CLICKHOUSE_API_URL.',
        ),
  ];
}

function slowSettings(create: string): string[] {
  return Object.entries(CLEAN_UP_DEFAULTS_S)
    .filter(([setting, standard]) => {
      const text = new RegExp(`\\b${setting} = (\\d+)`).exec(create)?.[1];
      return (text === undefined ? standard : Number(text)) > CLEAN_UP_S_MAX;
    })
    .map(([setting]) => setting);
}
