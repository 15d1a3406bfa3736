import type { Secret } from '@vestige/core/secret';
import { clickHouseStatus } from '@vestige/migrations/clickhouse';
import { type ClickHouseFacts, diagnoseClickHouse } from '@vestige/migrations/diagnose-clickhouse';
import { TENANT_TABLES } from '../clickhouse/tables.ts';
import { bad, clockFinding, type Finding, good, warning } from './finding.ts';

/** A retry comes within minutes; fewer remembered blocks than this and a busy collector's retry counts twice. */
const DEDUPLICATION_WINDOW_MIN = 10_000;
/** Erased bytes lie in inactive parts for this long; the server's own default is 480 s. */
const OLD_PARTS_LIFETIME_S_MAX = 60;

export async function clickHouseFindings(admin: Secret, cluster: string | undefined): Promise<Finding[]> {
  try {
    const facts = await diagnoseClickHouse(admin, 'api');
    const status = await clickHouseStatus({ url: admin, cluster });
    const pending = status.filter((row) => row.state === 'pending').length;
    return [
      good('clickhouse', `ClickHouse ${facts.version} answers as ${facts.user}.`),
      pending === 0
        ? good('clickhouse migrations', 'ClickHouse is at the last migration.')
        : bad('clickhouse migrations', `${pending} ClickHouse migrations are missing.`, 'Run vestige migrate up.'),
      clockFinding('clickhouse clock', 'ClickHouse', facts.clockSkewMs),
      ...settingFindings(facts),
    ];
  } catch (error) {
    const says =
      error instanceof Error && error.name === 'VestigeError' ? error.message : 'ClickHouse does not answer.';
    return [bad('clickhouse', says, 'Check CLICKHOUSE_ADMIN_URL (or CLICKHOUSE_URL) and that the server runs.')];
  }
}

export function settingFindings(facts: Pick<ClickHouseFacts, 'asyncInsert' | 'tables' | 'guardedTables'>): Finding[] {
  const ours = facts.tables.filter(({ name }) =>
    (TENANT_TABLES as readonly string[]).includes(name.replace(/_local$/, '')),
  );
  const value = (create: string, setting: string) => {
    const text = new RegExp(`\\b${setting} = (\\d+)`).exec(create)?.[1];
    return text === undefined ? null : Number(text);
  };
  const forgetful = ours.filter(
    ({ create }) => (value(create, '(?:non_)?replicated_deduplication_window') ?? 0) < DEDUPLICATION_WINDOW_MIN,
  );
  const slow = ours.filter(
    ({ create }) =>
      create.includes('subject_id') && (value(create, 'old_parts_lifetime') ?? 480) > OLD_PARTS_LIFETIME_S_MAX,
  );
  const open = ours.filter(({ name }) => !facts.guardedTables.includes(name));
  const names = (tables: readonly { name: string }[]) => tables.map(({ name }) => name).join(', ');
  return [
    facts.asyncInsert
      ? warning(
          'async_insert',
          'async_insert is on by default in this ClickHouse.',
          'Vestige switches it off for its own inserts; set async_insert = 0 in the profiles so that it stays off.',
        )
      : good('async_insert', 'async_insert is off.'),
    forgetful.length === 0
      ? good('deduplication', 'Every table remembers enough blocks to recognise a retry.')
      : warning(
          'deduplication',
          `These tables forget blocks too early: ${names(forgetful)}.`,
          `Set their deduplication window to at least ${DEDUPLICATION_WINDOW_MIN}.`,
        ),
    slow.length === 0
      ? good('old_parts_lifetime', 'Erased bytes leave the disk within a minute.')
      : warning(
          'old_parts_lifetime',
          `Erased bytes stay longer than ${OLD_PARTS_LIFETIME_S_MAX} s in: ${names(slow)}.`,
          'Set old_parts_lifetime lower; an erasure waits for it.',
        ),
    open.length === 0
      ? good('row policies', 'The user api sees one tenant at a time in every table.')
      : warning(
          'row policies',
          `No row policy guards the user api in: ${names(open)}.`,
          'Install deploy/clickhouse/users.d and give the API CLICKHOUSE_API_URL.',
        ),
  ];
}
