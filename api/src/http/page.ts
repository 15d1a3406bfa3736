import { z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';

export const PAGE_LIMIT_MAX = 1000;
export const PAGE_LIMIT_DEFAULT = 100;

/** `?limit=&cursor=`, for every list. Spread its `shape` into a query schema. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
  cursor: z.string().max(500).optional(),
});

/** `{items, nextCursor}`; `nextCursor` is null on the last page. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** Opaque to clients: they hand back what they were given, and what it holds may change between versions. */
export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * @param schema of the position that this list puts into its cursors
 * @returns null for the first page
 * @throws VestigeError `bad_request` for a cursor that this list did not give out
 */
export function decodeCursor<Position>(cursor: string | undefined, schema: z.ZodType<Position>): Position | null {
  if (cursor === undefined) return null;
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new VestigeError('bad_request', 'the cursor was not given out by this list');
  }
}
