import { z } from 'zod';

/**
 * What stands between a copy and its sealing: recipients that are a host and nobody's name (CJEU C-154/21), and whatever
 * makes the answer incomplete. Each is either put right, which makes it vanish, or signed off by a second person with a
 * coded reason, which the person then reads.
 */
export const OPEN_POINT_REASONS = {
  unnamed_recipient: 'Nobody has registered the legal entity behind this recipient.',
  lineage_truncated: 'The path was longer than one answer may read; places may be missing.',
  not_declared: 'The notice does not say on which legal basis this place is used and where its data comes from.',
} as const;
export type OpenPointReason = keyof typeof OPEN_POINT_REASONS;

export interface OpenPoint {
  /** A node id, or `lineage`. */
  readonly what: string;
  readonly reason: OpenPointReason;
}

/** Why an answer may go out as it is (C-154/21 for the first two). */
export const SIGN_OFF_CODES = {
  recipient_cannot_be_identified: 'The legal entity behind it could not be found out.',
  request_excessive: 'The request is manifestly unfounded or excessive in this point.',
  incomplete_accepted: 'The answer goes out incomplete in this point, and says so.',
} as const;
export type SignOffCode = keyof typeof SIGN_OFF_CODES;

export const SignOffBody = z.strictObject({
  what: z.string().min(1).max(1_000),
  code: z.enum(Object.keys(SIGN_OFF_CODES) as [SignOffCode, ...SignOffCode[]]),
  /** Why, for whoever audits this. */
  basis: z.string().min(1).max(500),
});
export type SignOffBody = z.infer<typeof SignOffBody>;

export interface OpenPointsInput {
  readonly profile: 'access' | 'portability';
  readonly recipients: readonly { readonly node: string; readonly named: boolean }[];
  readonly truncated: boolean;
  readonly stores: readonly { readonly node: string; readonly declared: boolean }[];
}

/** In a fixed order, so that two looks at the same facts list the same. */
export function openPoints(input: OpenPointsInput): OpenPoint[] {
  // Art. 20 gives data, not an account of it.
  const unnamed = input.profile === 'access' ? input.recipients.filter(({ named }) => !named) : [];
  const undeclared = input.profile === 'portability' ? input.stores.filter(({ declared }) => !declared) : [];
  return [
    ...[...new Set(unnamed.map(({ node }) => node))]
      .sort()
      .map((what) => ({ what, reason: 'unnamed_recipient' as const })),
    ...(input.truncated ? [{ what: 'lineage', reason: 'lineage_truncated' as const }] : []),
    ...undeclared.map(({ node }) => ({ what: node, reason: 'not_declared' as const })),
  ];
}
