import { z } from '@hono/zod-openapi';
import { TOKEN } from '@vestige/core/identity/token';
import { SubjectId } from '@vestige/core/ids';

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

/** RFC 3339 UTC with milliseconds: one text per instant. */
export const Instant = z.iso.datetime({ precision: 3 });

export const SubjectParam = z.object({ subjectId: SubjectId });

/** A node id as the lineage names it, or a namespace ending in `*`. */
export const NodeId = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[\x21-\x7e]+$/, 'holds white space or characters outside ASCII');

/** Declares the header in the document; {@link purposeOf} is what asks for it. */
export const PurposeHeader = z.object({
  'vestige-purpose': z.string().max(200).optional().openapi({
    description: 'Why this person is looked at. Kept in the audit trail; must hold no identifier. Required.',
    example: 'access request 2026-0114',
  }),
});

/** The same in a body, for calls that have one. */
export const Purpose = z.string().max(200).optional();
