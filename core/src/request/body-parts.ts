import { z } from 'zod';

/** Ruling 26. */
export const IdentifierType = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/);
/** `ps1.<kid>.<22 characters>`. */
export const Token = z.string().regex(/^ps1\.[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]{22}$/);
/** Short text for people and for the audit trail: one line, and no address in it by mistake. */
export const PlainText = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}@]+$/u, 'one line without control characters or an e-mail address');
