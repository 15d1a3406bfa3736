import { Secret } from '@vestige/core/secret';

/** A Postgres server for the suites that also run on PGlite; null when none is given. */
export function testDatabaseUrl(): Secret | null {
  const url = process.env['TEST_DATABASE_URL'];
  return url === undefined || url === '' ? null : new Secret(url);
}
