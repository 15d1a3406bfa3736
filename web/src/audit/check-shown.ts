import { type Check, check } from './checks.ts';

/** What a list says of an entry. */
export interface ShownEntry {
  readonly type: string;
  readonly actor: string;
  readonly at: string;
  readonly commitment: string;
  readonly requestId: string | null;
}

/**
 * Whether what is on the screen is what was hashed. The page got both from one server, which could show one thing and
 * prove another.
 */
export function checkShown(shown: ShownEntry, hashed: string | null): Check {
  try {
    const entry = JSON.parse(hashed ?? '') as Partial<ShownEntry>;
    const fields = ['type', 'actor', 'at', 'commitment', 'requestId'] as const;
    return check(
      'shown',
      fields.every((field) => entry[field] === shown[field]),
      'no_proof',
    );
  } catch {
    return check('shown', false, 'no_proof');
  }
}
