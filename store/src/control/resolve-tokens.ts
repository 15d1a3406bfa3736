import { VestigeError } from '@vestige/core/errors';
import { kidOf } from '@vestige/core/identity/token';
import type { TenantId } from '@vestige/core/ids';
import { sql } from 'drizzle-orm';
import { rowsOf, type Transaction } from '../postgres.ts';
import { suppressionMac } from './suppression.ts';

/** Tokens per statement. */
const BATCH = 5_000;

export interface Sighting {
  readonly token: string;
  /** Event time, ms since the epoch. */
  readonly atMs: number;
}

/**
 * Token → subject for many sightings at once, making subjects for tokens never seen before.
 *
 * @param key of the suppression list
 * @returns in the order of `sightings`: a subject id, or `suppressed`
 */
export async function resolveTokens(
  tx: Transaction,
  tenant: TenantId,
  key: Uint8Array,
  sightings: readonly Sighting[],
): Promise<(string | 'suppressed')[]> {
  const tokens = [...new Set(sightings.map(({ token }) => token))];
  const known = new Map<string, Known>();
  for (let start = 0; start < tokens.length; start += BATCH) {
    await lookUp(tx, tenant, key, tokens.slice(start, start + BATCH), known);
  }

  const refused = ({ token, atMs }: Sighting) => atMs < (known.get(token)?.erasedBeforeMs ?? Number.NEGATIVE_INFINITY);
  const fresh = new Set<string>();
  for (const sighting of sightings) {
    if (!refused(sighting) && !known.get(sighting.token)?.subjectId) fresh.add(sighting.token);
  }
  const made = await firstSight(tx, tenant, [...fresh]);

  return sightings.map((sighting) => {
    if (refused(sighting)) return 'suppressed';
    const subjectId = known.get(sighting.token)?.subjectId ?? made.get(sighting.token);
    if (!subjectId) throw new VestigeError('internal', 'a token was neither found nor given a subject');
    return subjectId;
  });
}

interface Known {
  readonly subjectId: string | null;
  readonly erasedBeforeMs: number | null;
}

/** One statement, so that alias and suppression are of one moment. */
async function lookUp(
  tx: Transaction,
  tenant: TenantId,
  key: Uint8Array,
  tokens: string[],
  into: Map<string, Known>,
): Promise<void> {
  const macs = tokens.map((token) => suppressionMac(key, token).toString('hex'));
  const rows = await rowsOf<{ token: string; subject_id: string | null; erased_before_ms: number | null }>(
    tx,
    sql`
      SELECT asked.token, a.subject_id, (extract(epoch FROM s.erased_before) * 1000)::float8 AS erased_before_ms
      FROM unnest(${sql.param(tokens)}::text[], ${sql.param(macs)}::text[]) AS asked (token, mac)
      LEFT JOIN aliases a ON a.tenant = ${tenant} AND a.token = asked.token AND NOT a.retired
      LEFT JOIN suppression s ON s.tenant = ${tenant} AND s.mac = decode(asked.mac, 'hex') AND s.expires_at > now()`,
  );
  for (const row of rows) into.set(row.token, { subjectId: row.subject_id, erasedBeforeMs: row.erased_before_ms });
}

/**
 * Gives tokens their subject. Who loses a race gets the winner's subject: `DO UPDATE` waits for the other transaction
 * and returns its row, which `DO NOTHING` would not. Sorted, so that two batches lock in one order.
 *
 * @throws VestigeError `bad_request` for what is not shaped like a token
 */
async function firstSight(tx: Transaction, tenant: TenantId, tokens: string[]): Promise<Map<string, string>> {
  const made = new Map<string, string>();
  tokens.sort();
  for (let start = 0; start < tokens.length; start += BATCH) {
    const batch = tokens.slice(start, start + BATCH);
    const rows = await rowsOf<{ token: string; subject_id: string }>(
      tx,
      sql`
        WITH put AS (
          INSERT INTO aliases (tenant, token, kid, subject_id)
          SELECT ${tenant}, asked.token, asked.kid, gen_random_uuid()
          FROM unnest(${sql.param(batch)}::text[], ${sql.param(batch.map(kidOrRefusal))}::text[]) AS asked (token, kid)
          ON CONFLICT (tenant, token) WHERE NOT retired DO UPDATE SET token = excluded.token
          RETURNING token, subject_id, xmax = 0 AS made
        ), person AS (
          INSERT INTO subjects (tenant, id) SELECT ${tenant}, subject_id FROM put WHERE made
        )
        SELECT token, subject_id FROM put`,
    );
    for (const row of rows) made.set(row.token, row.subject_id);
  }
  return made;
}

function kidOrRefusal(token: string): string {
  const kid = kidOf(token);
  if (kid === null) throw new VestigeError('bad_request', 'a subject token is ps1.<key id>.<22 characters>');
  return kid;
}
