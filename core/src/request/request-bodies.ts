import { z } from 'zod';
import { IdentifierType, PlainText, Token } from './body-parts.ts';
import { PAUSE_REASONS, REGIMES } from './deadline.ts';
import { ASSURANCE_LEVELS } from './identity-policy.ts';
import {
  ERASURE_GROUNDS,
  EXEMPTION_CODES,
  EXTENSION_CODES,
  IDENTITY_METHODS,
  needsSecondPerson,
  OBJECTION_GROUNDS,
  REFUSAL_CODES,
  RESTRICTION_GROUNDS,
} from './reasons.ts';
import { REQUEST_TYPES, type RequestType } from './request.ts';

/** What the API takes for a request and its events (design 07). Strict: a misspelt field is an error, not a default. */
export const SELECTORS_MAX = 32;
const PURPOSES_MAX = 32;
/** A data use or category, e.g. `marketing.advertising` or `user.contact.email` (ruling 27). */
const DataUse = z.string().regex(/^[a-z0-9_]+(\.[a-z0-9_]+){0,9}$/);

/** The reasons a person may give, per right. */
const GROUNDS_OF: Readonly<Record<RequestType, readonly string[]>> = {
  access: [],
  portability: [],
  erasure: ERASURE_GROUNDS,
  restriction: RESTRICTION_GROUNDS,
  objection: OBJECTION_GROUNDS,
  rectification: [],
};

export const IdentifierBody = z.strictObject({ type: IdentifierType, value: z.string().min(1).max(512) });
export type IdentifierBody = z.infer<typeof IdentifierBody>;

const selectors = {
  /** Raw identifiers: needed where a store knows people by them. Kept encrypted, and only while the request is open. */
  identifiers: z.array(IdentifierBody).max(SELECTORS_MAX).optional(),
  tokens: z.array(Token).max(SELECTORS_MAX).optional(),
};
const corrections = z
  .array(z.strictObject({ type: DataUse, value: z.string().min(1).max(800) }))
  .min(1)
  .max(SELECTORS_MAX);
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
    ground: z.enum([...ERASURE_GROUNDS, ...RESTRICTION_GROUNDS, ...OBJECTION_GROUNDS]).optional(),
    /** Of an objection: the purposes the person objects to; all where none is named. */
    purposes: z.array(DataUse).max(PURPOSES_MAX).optional(),
    /** Of a rectification: what is right. Kept encrypted like identifiers, and destroyed with them. */
    corrections: corrections.optional(),
  })
  .refine(someSelector.check, { message: someSelector.message })
  .refine(({ type, ground }) => ground === undefined || GROUNDS_OF[type].includes(ground), {
    path: ['ground'],
    message: 'this is no ground of a request of this type',
  })
  .refine(({ type, purposes }) => purposes === undefined || type === 'objection', {
    path: ['purposes'],
    message: 'only an objection names purposes',
  })
  .refine(({ type, corrections }) => (corrections !== undefined) === (type === 'rectification'), {
    path: ['corrections'],
    message: 'a rectification says what is right, and nothing else does',
  });
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

export const RefuseBody = z
  .strictObject({
    code: z.enum(REFUSAL_CODES as [string, ...string[]]),
    /** Art. 12(4): the person must be told of both remedies; a refusal without them cannot be recorded. */
    complaintAuthority: PlainText,
    judicialRemedyTold: z.literal(true),
    /** What shows it, without personal data. */
    evidence: PlainText.optional(),
  })
  .refine(({ code, evidence }) => evidence !== undefined || !needsSecondPerson(code), {
    path: ['evidence'],
    message: 'the burden of showing this is on the controller (Art. 12(5)): say what shows it',
  });
export const ExtendBody = z.strictObject({ code: z.enum(EXTENSION_CODES) });
export const PauseBody = z.strictObject({ reason: z.enum(PAUSE_REASONS) });
export const HoldBody = z.strictObject({ matter: PlainText, reviewAt: z.iso.date() });
const HOLD_NODES_MAX = 100;
/** What a hold covers: places, a person, or both. With neither, everything of the tenant. */
export const PlaceHoldBody = z.strictObject({
  matter: PlainText,
  reviewAt: z.iso.date(),
  /** Node ids; `*` at the end matches a prefix. All places when absent. */
  nodes: z.array(z.string().min(1).max(1024)).min(1).max(HOLD_NODES_MAX).optional(),
  ...selectors,
});
export type PlaceHoldBody = z.infer<typeof PlaceHoldBody>;

/** Art. 18(3): the person is told before a restriction is lifted; without the record of it there is no lifting. */
export const LiftRestrictionBody = z.strictObject({
  toldOn: z.iso.date(),
  channel: PlainText,
  reason: PlainText,
});
export type LiftRestrictionBody = z.infer<typeof LiftRestrictionBody>;

export const PauseWorkBody = z.strictObject({ reason: PlainText });

/** `lifted`: of a restriction, to take its marks off the rows again. */
export const REOPEN_REASONS = ['residue', 'resurfaced', 'new_identifier', 'lifted'] as const;
export const ReopenBody = z
  .strictObject({ ...selectors, corrections: corrections.optional(), reason: z.enum(REOPEN_REASONS) })
  .refine(someSelector.check, { message: someSelector.message });
export const ExemptBody = z.strictObject({
  code: z.enum(EXEMPTION_CODES),
  basis: PlainText,
  reviewAt: z.iso.date(),
});
export type ExemptBody = z.infer<typeof ExemptBody>;
