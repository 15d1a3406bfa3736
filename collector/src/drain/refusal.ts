import { isVestigeError } from '@vestige/core/errors';

/**
 * What a failed append means for its records.
 *
 * - `away`: the database cannot take them now, or not until its operator has mended something; the same block again.
 * - `too_large`: it lacked the memory for the whole block; in halves.
 * - `content`: it refused what is in them, or we could not even encode it. One of them is to blame.
 */
export type Refusal = 'away' | 'too_large' | 'content';

/** ClickHouse's `MEMORY_LIMIT_EXCEEDED`: of this insert or of the whole server, which only a smaller insert tells. */
const MEMORY_LIMIT_EXCEEDED = 241;

/** SQLSTATE class 22: a value that Postgres cannot take. */
const DATA_EXCEPTION = /^22(?!023)[0-9A-Z]{3}$/;

/** The block would be larger than memory has room for, whatever the database says. */
export class TooLarge extends Error {}

/** We could not encode the records: a fault of ours, and the same one every time. */
export class NotEncodable extends Error {}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof TooLarge) return 'too_large';
  if (error instanceof NotEncodable) return 'content';
  // Whatever else goes wrong on the way is nobody's content, and is tried again.
  if (!isVestigeError(error)) return 'away';
  const { code, sqlState } = error.facts;
  if (code === MEMORY_LIMIT_EXCEEDED) return 'too_large';
  const isRefusedByClickHouse = error.code === 'internal' && typeof code === 'number';
  const isRefusedByAliases = error.code === 'bad_request' || DATA_EXCEPTION.test(String(sqlState));
  return isRefusedByClickHouse || isRefusedByAliases ? 'content' : 'away';
}

/** Whether the rows may still be written after this failure: the connection broke or nobody answered in time. */
export function isInDoubt(error: unknown): boolean {
  if (refusalOf(error) === 'content') return false;
  const reason = isVestigeError(error) ? error.facts['reason'] : null;
  return reason !== 'ECONNREFUSED' && reason !== 'ENOTFOUND';
}

/**
 * How often one record alone is refused for its content before it is given up: over some five seconds, for a proxy that
 * cuts bodies short makes good content look bad; and over a minute when the server gives a name that we do not know,
 * for then it may be the server that is ill.
 */
const KNOWN_REFUSALS_MAX = 7;
const UNKNOWN_REFUSALS_MAX = 12;

export function refusalsMax(error: unknown): number {
  if (!isVestigeError(error)) return 1;
  return error.facts['type'] === 'OTHER' ? UNKNOWN_REFUSALS_MAX : KNOWN_REFUSALS_MAX;
}
