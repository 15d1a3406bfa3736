import { z } from 'zod';
import { IdentifierBody } from '../request/request-bodies.ts';

/**
 * What an OpenDSR 2.0 controller and processor say to each other. Names as in the specification, which is why this file
 * uses snake case. Fields that the specification does not name are ignored, so that a newer minor version is understood.
 */
export const API_VERSION = '2.0';

export const SUBJECT_REQUEST_TYPES = ['access', 'portability', 'erasure'] as const;
export const REQUEST_STATUSES = ['pending', 'in_progress', 'completed', 'cancelled'] as const;
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

/** Identity type of the specification (§5.1) → identifier type here (ruling 26). */
export const IDENTIFIER_TYPE_OF = {
  controller_customer_id: 'customer_id',
  email: 'email',
  android_advertising_id: 'android_advertising_id',
  android_id: 'android_id',
  fire_advertising_id: 'fire_advertising_id',
  ios_advertising_id: 'ios_advertising_id',
  ios_vendor_id: 'ios_vendor_id',
  microsoft_advertising_id: 'microsoft_advertising_id',
  microsoft_publisher_id: 'microsoft_publisher_id',
  roku_publisher_id: 'roku_publisher_id',
  roku_advertising_id: 'roku_advertising_id',
} as const;
export type IdentityType = keyof typeof IDENTIFIER_TYPE_OF;
export const IDENTITY_TYPES = Object.keys(IDENTIFIER_TYPE_OF) as [IdentityType, ...IdentityType[]];

/** Hex digits of a digest; `raw` has no such length. */
const DIGITS_OF = { raw: null, sha1: 40, md5: 32, sha256: 64 } as const;
export const IDENTITY_FORMATS = ['raw', 'sha1', 'md5', 'sha256'] as const;
export type IdentityFormat = (typeof IDENTITY_FORMATS)[number];

/** Identities of one request; more are no person. */
const IDENTITIES_MAX = 32;
const CALLBACKS_MAX = 8;

/** "GUIDs MUST be lowercase and v4." */
export const SubjectRequestId = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, {
    message: 'must be a lower-case UUID, version 4',
  });

export const OpendsrRequest = z.object({
  // Required by the text and missing from its own example; every deployment of the first version left it out.
  regulation: z.enum(['gdpr', 'ccpa']).default('gdpr'),
  subject_request_id: SubjectRequestId,
  subject_request_type: z.enum(SUBJECT_REQUEST_TYPES),
  subject_identities: z
    .array(
      z.object({
        identity_type: z.enum(IDENTITY_TYPES),
        identity_value: z.string().min(1).max(512),
        identity_format: z.enum(IDENTITY_FORMATS),
      }),
    )
    .min(1)
    .max(IDENTITIES_MAX),
  submitted_time: z.iso.datetime({ offset: true }),
  api_version: z.string().max(20).optional(),
  status_callback_urls: z.array(z.string().min(1).max(2048)).max(CALLBACKS_MAX).default([]),
  extensions: z.record(z.string().max(255), z.unknown()).optional(),
});
export type OpendsrRequest = z.infer<typeof OpendsrRequest>;

const instant = z.iso.datetime({ offset: true });

export const CreatedAnswer = z.object({
  controller_id: z.string().max(512),
  expected_completion_time: instant,
  received_time: instant,
  encoded_request: z.base64(),
  subject_request_id: SubjectRequestId,
  extensions: z.record(z.string(), z.unknown()).optional(),
});
export type CreatedAnswer = z.infer<typeof CreatedAnswer>;

export const StatusAnswer = z.object({
  controller_id: z.string().max(512),
  expected_completion_time: instant,
  subject_request_id: SubjectRequestId,
  request_status: z.enum(REQUEST_STATUSES),
  api_version: z.string().max(20).optional(),
  results_url: z.url().max(2048).optional(),
  results_count: z.int().min(0).optional(),
  extensions: z.record(z.string(), z.unknown()).optional(),
});
export type StatusAnswer = z.infer<typeof StatusAnswer>;

export const CallbackBody = StatusAnswer.extend({ status_callback_url: z.string().max(2048) });
export type CallbackBody = z.infer<typeof CallbackBody>;

export const DiscoveryAnswer = z.object({
  api_version: z.string().max(20),
  supported_identities: z
    .array(z.object({ identity_type: z.string().max(100), identity_format: z.string().max(20) }))
    .max(1_000),
  supported_subject_request_types: z.array(z.string().max(100)).max(100),
  processor_certificate: z.url({ protocol: /^https$/ }).max(2048),
});
export type DiscoveryAnswer = z.infer<typeof DiscoveryAnswer>;

/** Why an identity is not taken. */
export type IdentityRefusal = 'hashed_identity' | 'malformed_digest' | 'malformed_identity';

/**
 * An identity as our identifiers. A digest becomes an identifier of a type of its own (`email_sha256`), which a store has
 * to be mapped by: nothing here turns it back.
 *
 * @param hashed whether the tenant takes digests. They are reversible by trying out addresses, so they protect nobody, and
 *   where data is held under addresses they find nothing
 */
export function identifierOf(
  identity: OpendsrRequest['subject_identities'][number],
  hashed: boolean,
): IdentifierBody | IdentityRefusal {
  const { identity_type, identity_value, identity_format } = identity;
  const type = IDENTIFIER_TYPE_OF[identity_type];
  const digits = DIGITS_OF[identity_format];
  if (digits === null) {
    const read = IdentifierBody.safeParse({ type, value: identity_value });
    return read.success ? read.data : 'malformed_identity';
  }
  if (!hashed) return 'hashed_identity';
  const value = identity_value.toLowerCase();
  if (value.length !== digits || !/^[0-9a-f]*$/.test(value)) return 'malformed_digest';
  return { type: `${type}_${identity_format}`, value };
}
