import { z } from 'zod';

/**
 * The company's own name for whoever holds a key, such as a staff number. It stands in the audit trail and is compared
 * to tell two people from one with two keys, so it is lower-case and nothing else; no e-mail address fits in.
 */
export const KeyPerson = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'is not [a-z0-9][a-z0-9._-]*, at most 64 characters');

/** How a key acts in the audit trail and in what it leaves behind. */
export const actorOfKey = (keyId: string): string => `key:${keyId}`;
