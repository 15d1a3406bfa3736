import { VestigeError } from '@vestige/core/errors';
import { DrizzleError, DrizzleQueryError } from 'drizzle-orm/errors';

/**
 * The one place where an error of drizzle, postgres.js or PGlite turns into ours.
 *
 * All three quote what they were given: drizzle puts bound values into the message, Postgres into `detail` and `where`,
 * PGlite keeps `params` on the error. So a new error is made that carries the SQLSTATE and the constraint's name, which
 * come from our own migrations, and no `cause`.
 *
 * @throws VestigeError for a database failure; anything else (a bug, a VestigeError) as it came
 */
export function postgresFailure(error: unknown): never {
  const driver = error instanceof DrizzleQueryError ? error.cause : error;
  const code = codeOf(driver);
  if (code === null && !(error instanceof DrizzleQueryError) && !(error instanceof DrizzleError)) throw error;
  const facts = { sqlState: code ?? 'unknown', ...constraintOf(driver) };
  if (code === null) throw new VestigeError('internal', 'Postgres: the statement failed', facts);
  if (UNAVAILABLE.test(code)) throw new VestigeError('store_unavailable', `Postgres: unavailable (${code})`, facts);
  if (code === UNIQUE_VIOLATION) throw new VestigeError('conflict', 'Postgres: already there (23505)', facts);
  if (NOT_STORABLE.test(code))
    throw new VestigeError('bad_request', 'a text holds a character that cannot be kept (U+0000)', facts);
  if (code === FOREIGN_KEY_VIOLATION)
    throw new VestigeError('conflict', 'Postgres: still referenced, or refers to nothing (23503)', facts);
  if (code.startsWith('28')) throw new VestigeError('misconfigured', `Postgres: login refused (${code})`, facts);
  if (SETUP.test(code)) {
    throw new VestigeError(
      'misconfigured',
      `Postgres: role, grant or table missing (${code}); run the migrations`,
      facts,
    );
  }
  throw new VestigeError('internal', `Postgres: the statement failed (${code})`, facts);
}

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
/** `text` and `jsonb` take every character of Unicode but one: whoever sends it is wrong, not we. */
const NOT_STORABLE = /^22021$|^22P05$/;

/**
 * May succeed later: connection (08), resources (53), operator intervention incl. statement timeout (57), serialisation
 * and deadlock (40), lock timeout (55P03), and what the socket and postgres.js say.
 */
const UNAVAILABLE = /^(08|53|57|40)...$|^55P03$|^E(?!RR_)[A-Z_]{3,}$|^CONNECT(ION)?_[A-Z_]+$/;

/** Missing privilege, table, function or role: nothing that a retry mends. */
const SETUP = /^42501$|^42P01$|^42883$|^42704$|^22023$|^3D000$/;

const SQL_STATE_OR_ERRNO = /^[0-9A-Z]{5}$|^E(?!RR_)[A-Z_]+$|^CONNECT(ION)?_[A-Z_]+$/;

function codeOf(error: unknown): string | null {
  if (error === null || typeof error !== 'object' || !('code' in error)) return null;
  return typeof error.code === 'string' && SQL_STATE_OR_ERRNO.test(error.code) ? error.code : null;
}

function constraintOf(error: unknown): { constraint?: string } {
  if (error === null || typeof error !== 'object') return {};
  const name =
    ('constraint_name' in error && error.constraint_name) || ('constraint' in error && error.constraint) || null;
  return typeof name === 'string' ? { constraint: name } : {};
}
