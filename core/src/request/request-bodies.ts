import { z } from 'zod';
import { IdentifierType, PlainText, Token } from './body-parts.ts';
import { PAUSE_REASONS, REGIMES } from './deadline.ts';
import {
  ASSURANCE_LEVELS,
  ERASURE_GROUNDS,
  EXEMPTION_CODES,
  EXTENSION_CODES,
  IDENTITY_METHODS,
  REFUSAL_CODES,
} from './reasons.ts';
import { REQUEST_TYPES } from './request.ts';

/** What the API takes for a request and its events (design 07). Strict: a misspelt field is an error, not a default. */
export const SELECTORS_MAX = 32;

export const IdentifierBody = z.strictObject({ type: IdentifierType, value: z.string().min(1).max(512) });
export type IdentifierBody = z.infer<typeof IdentifierBody>;

const selectors = {
  /** Raw identifiers: needed where a store knows people by them. Kept encrypted, and only while the request is open. */
  identifiers: z.array(IdentifierBody).max(SELECTORS_MAX).optional(),
  tokens: z.array(Token).max(SELECTORS_MAX).optional(),
};
const someSelector = {
  check: (body: { identifiers?: unknown[] | undefined; tokens?: unknown[] | undefined }) =>
    (body.identifiers?.length ?? 0) + (body.tokens?.length ?? 0) > 0,
  message: 'give at least one of identifiers and tokens',
};

export const CreateRequestBody = z
  .strictObject({
    type: z.enum(REQUEST_TYPES),
    regime: z.enum(REGIMES).default('gdpr'),
    ...selectors,
    /** When the person's request arrived at the company: the legal clock starts that day. */
    receivedAt: z.iso.datetime({ offset: true }),
    ground: z.enum(ERASURE_GROUNDS).optional(),
  })
  .refine(someSelector.check, { message: someSelector.message });
export type CreateRequestBody = z.infer<typeof CreateRequestBody>;

export const IdentityBody = z.discriminatedUnion('result', [
  /** The person was asked; the answer is awaited. */
  z.strictObject({ result: z.literal('asked') }),
  z.strictObject({
    result: z.literal('verified'),
    method: z.enum(IDENTITY_METHODS),
    assurance: z.enum(ASSURANCE_LEVELS),
  }),
  /** The person did not answer in time. */
  z.strictObject({ result: z.literal('expired') }),
]);
export type IdentityBody = z.infer<typeof IdentityBody>;

export const PlanHash = z.string().regex(/^sha256:[0-9a-f]{64}$/);
export const ApproveBody = z.strictObject({ planHash: PlanHash });

export const RefuseBody = z.strictObject({
  code: z.enum(REFUSAL_CODES as [string, ...string[]]),
  /** Art. 12(4): the person must be told of both remedies; a refusal without them cannot be recorded. */
  complaintAuthority: PlainText,
  judicialRemedyTold: z.literal(true),
});
export const ExtendBody = z.strictObject({ code: z.enum(EXTENSION_CODES) });
export const PauseBody = z.strictObject({ reason: z.enum(PAUSE_REASONS) });
export const HoldBody = z.strictObject({ matter: PlainText, reviewAt: z.iso.date() });
export const ReopenBody = z
  .strictObject({ ...selectors, reason: z.enum(['residue', 'resurfaced', 'new_identifier']) })
  .refine(someSelector.check, { message: someSelector.message });
export const ExemptBody = z.strictObject({
  code: z.enum(EXEMPTION_CODES),
  basis: PlainText,
  reviewAt: z.iso.date(),
});
export type ExemptBody = z.infer<typeof ExemptBody>;
