import { z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { TOKEN } from '@vestige/core/identity/token';
import { SubjectId } from '@vestige/core/ids';
import { canonicalNode } from '@vestige/core/node/canonical';
import { NODE_ID_CHARS_MAX } from '@vestige/core/node/kind';
import { mask } from '@vestige/core/scrub/mask';

/** Fields that several routes share, with their bounds. */

export const Token = z.string().regex(TOKEN, 'is not ps1.<key id>.<22 characters>').openapi({
  example: 'ps1.k2026a.zyiJtmbyXinbPYLSJ_ozvw',
});

/** A raw identifier. Its text never goes further than the identity step. */
export const Identifier = z.strictObject({
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,31}$/, 'is not [a-z][a-z0-9_]{0,31}')
    .openapi({ example: 'email' }),
  value: z.string().min(1).max(512).openapi({ example: 'jane@example.com' }),
});

/** A name or a text that the audit trail keeps: nothing in it that the collector would mask (ruling 27). */
export const audited = (text: z.ZodString) =>
  text.refine((given) => mask(given) === given, 'must not hold an e-mail address, phone or card number');

/** RFC 3339 UTC with milliseconds: one text per instant. */
export const Instant = z.iso.datetime({ precision: 3 });

export const SubjectParam = z.object({ subjectId: SubjectId });

/** A node id, or a namespace ending in `*`. {@link spelledNode} is what checks its form. */
export const NodeId = z
  .string()
  .min(1)
  .max(NODE_ID_CHARS_MAX)
  .regex(/^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]+$/u, 'holds control characters');

/**
 * A node id in the spelling that lineage gives it, so that what somebody registers by hand is what spans are about.
 *
 * @throws VestigeError `bad_request` for what is no node id
 */
export function spelledNode(field: string, id: string): string {
  const spelled = canonicalNode(id);
  if (spelled === null) throw new VestigeError('bad_request', `the field ${field} is no node id (kind:name)`);
  return spelled;
}

/** Declares the header in the document; {@link purposeOf} is what asks for it. */
export const PurposeHeader = z.object({
  'vestige-purpose': z.string().max(200).optional().openapi({
    description: 'Why this person is looked at. Kept in the audit trail; must hold no identifier. Required.',
    example: 'access request 2026-0114',
  }),
});

/** The same in a body, for calls that have one. */
export const Purpose = z.string().max(200).optional();
