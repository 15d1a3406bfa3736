import { requestSteps } from '../texts/en-request-steps.ts';

export type RefusalCode = keyof typeof requestSteps.refuse.codes;

/** Art. 12(5): the burden of showing it is on the controller, and a second person decides (core/src/request/reasons.ts). */
const UNFOUNDED: ReadonlySet<RefusalCode> = new Set([
  'eu-gdpr:JustificationA12ManifestlyExcessive',
  'eu-gdpr:JustificationA12ManifestlyUnfounded',
  'eu-gdpr:JustificationA12MaliciousIntent',
]);
export const needsSecondPerson = (code: RefusalCode): boolean => UNFOUNDED.has(code);
export const needsEvidence = needsSecondPerson;

const all = Object.keys(requestSteps.refuse.codes) as RefusalCode[];
/** Those about the request itself, and the exemptions of Art. 17(3), which only an erasure knows. */
export const PERSON_CODES = all.filter((code) => code.startsWith('eu-gdpr:JustificationA12'));
export const EXEMPTION_CODES = all.filter((code) => code.startsWith('eu-gdpr:JustificationA17'));

export interface TypedRefusal {
  readonly code: RefusalCode | '';
  readonly complaintAuthority: string;
  readonly isCourtTold: boolean;
  readonly evidence: string;
}

/** What still keeps a refusal from being one that the law knows. */
export type RefusalGap = 'code' | 'authority' | 'court' | 'evidence' | 'second_person';

export function gapsOf(typed: TypedRefusal, isSecondPerson: boolean): RefusalGap[] {
  const { code } = typed;
  return [
    ...(code === '' ? (['code'] as const) : []),
    ...(typed.complaintAuthority.trim() === '' ? (['authority'] as const) : []),
    ...(typed.isCourtTold ? [] : (['court'] as const)),
    ...(code !== '' && needsEvidence(code) && typed.evidence.trim() === '' ? (['evidence'] as const) : []),
    ...(code !== '' && needsSecondPerson(code) && !isSecondPerson ? (['second_person'] as const) : []),
  ];
}
