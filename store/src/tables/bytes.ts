import { customType } from 'drizzle-orm/pg-core';

/** `bytea`. postgres.js answers a Buffer, PGlite a plain Uint8Array; both are read as Buffer. */
export const bytes = customType<{ data: Buffer; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  fromDriver: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
});
