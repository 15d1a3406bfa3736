/**
 * Coded reasons (research/compliance.md §2.6). Terms of the W3C Data Privacy Vocabulary where it has one, so that an
 * export needs no translation. Grounds (Art. 17(1)) and exemptions (Art. 17(3)) are two lists, though the vocabulary
 * keeps them in one.
 */
export const ERASURE_GROUNDS = [
  'eu-gdpr:JustificationA17NonNecessity',
  'eu-gdpr:JustificationA17NoLegalBasis',
  'eu-gdpr:JustificationA17ObjectA21',
  'eu-gdpr:JustificationA17UnlawfulProcessing',
  'eu-gdpr:JustificationA17LegalErasure',
  'eu-gdpr:JustificationA17ChildData',
] as const;

/** Why one target keeps its data, or why nobody needs to act on it. Always per target, never per request. */
export const EXEMPTION_CODES = [
  'eu-gdpr:JustificationA17FreedomOfExpression',
  'eu-gdpr:JustificationA17LegallyRequired',
  'eu-gdpr:JustificationA17OfficialAuthority',
  'eu-gdpr:JustificationA17PublicHealth',
  'eu-gdpr:JustificationA17PublicInterest',
  'eu-gdpr:JustificationA17Archiving',
  'eu-gdpr:JustificationA17LegalClaims',
  // Art. 19: telling this recipient is impossible or would take a disproportionate effort.
  'vestige:notice-impossible',
  'vestige:notice-disproportionate',
  // The node is not a place where data rests, or is another name of one that has a task.
  'vestige:not-a-store',
  'vestige:same-as-other-target',
  // A store that could not be reached or proven; a person signed that the answer goes out without it.
  'vestige:unreachable-signed-off',
  'vestige:unverified-signed-off',
  // No connector can do it there; a person did, and signed for it. Attested, not verified.
  'vestige:done-by-hand',
] as const;
export type ExemptionCode = (typeof EXEMPTION_CODES)[number];

export const REFUSAL_CODES = [
  'eu-gdpr:JustificationA12IdentityFailure',
  'eu-gdpr:JustificationA12ManifestlyExcessive',
  'eu-gdpr:JustificationA12ManifestlyUnfounded',
  'eu-gdpr:JustificationA12MaliciousIntent',
  'eu-gdpr:JustificationA12LackOfIntent',
  ...EXEMPTION_CODES.slice(0, 7),
] as readonly string[];

/** Art. 12(5): the burden of proof is on the controller, so these need evidence on record and a second person. */
export const UNFOUNDED_CODES: readonly string[] = [
  'eu-gdpr:JustificationA12ManifestlyExcessive',
  'eu-gdpr:JustificationA12ManifestlyUnfounded',
  'eu-gdpr:JustificationA12MaliciousIntent',
];

export function needsSecondPerson(refusalCode: string): boolean {
  return UNFOUNDED_CODES.includes(refusalCode);
}

/** Why the person may ask for a restriction, Art. 18(1)(a) to (d). The vocabulary has no terms for these. */
export const RESTRICTION_GROUNDS = [
  'vestige:accuracy-contested',
  'vestige:unlawful-processing',
  'vestige:needed-for-claims',
  'vestige:objection-pending',
] as const;

/** Art. 21(1), (2): an objection to direct marketing is absolute, every other one is weighed. */
export const OBJECTION_GROUNDS = ['vestige:particular-situation', 'vestige:direct-marketing'] as const;

/** Art. 18(2): what restricted data may be used for all the same. */
export const RESTRICTED_USES = ['consent', 'legal_claims', 'rights_of_others', 'public_interest'] as const;
export type RestrictedUse = (typeof RESTRICTED_USES)[number];

export const EXTENSION_CODES = ['eu-gdpr:JustificationA12Complexity', 'eu-gdpr:JustificationA12HighVolume'] as const;

/** How the person was recognised, weakest first. What they showed is destroyed with the decision; only this is kept. */
export const IDENTITY_METHODS = [
  'confirmed_address',
  'account_login',
  'signed_call',
  'shared_knowledge',
  'electronic_identity',
  'in_person',
] as const;

/**
 * Treatments that leave the data with the holder under another name: pseudonymisation, never erasure
 * (FM6; EDPB coordinated enforcement 2025).
 */
export function isMasking(method: string): boolean {
  return /(^|[_\-. ])(mask|masked|hash|hashed|hmac|pseudonymi[sz]e|tokeni[sz]e|encrypt|redact|soft_delete|flag)/i.test(
    method,
  );
}
