import { needsSecondPerson as lawNeedsSecondPerson, REFUSAL_CODES } from '@vestige/core/request/reasons';
import { describe, expect, test } from 'vitest';
import { EXEMPTION_CODES, gapsOf, needsSecondPerson, PERSON_CODES, type TypedRefusal } from './refusal-rules.ts';

const whole: TypedRefusal = {
  code: 'eu-gdpr:JustificationA12IdentityFailure',
  complaintAuthority: 'CNIL, Paris',
  isCourtTold: true,
  evidence: '',
};

describe('a refusal', () => {
  test('can be recorded with a reason, an authority and the way to court', () => {
    expect(gapsOf(whole, false)).toEqual([]);
  });

  test('cannot without any one of them', () => {
    expect(gapsOf({ ...whole, code: '' }, true)).toEqual(['code']);
    expect(gapsOf({ ...whole, complaintAuthority: '  ' }, true)).toEqual(['authority']);
    expect(gapsOf({ ...whole, isCourtTold: false }, true)).toEqual(['court']);
  });

  test('as unfounded needs what shows it, and somebody else than who filed the request', () => {
    const unfounded = { ...whole, code: 'eu-gdpr:JustificationA12ManifestlyUnfounded' } as const;
    expect(gapsOf(unfounded, false)).toEqual(['evidence', 'second_person']);
    expect(gapsOf({ ...unfounded, evidence: 'every day since May' }, true)).toEqual([]);
  });
});

test('the form knows the codes of the law that the API knows, and the same ones need two people', () => {
  const codes = [...PERSON_CODES, ...EXEMPTION_CODES];
  expect([...codes].sort()).toEqual([...REFUSAL_CODES].sort());
  expect(codes.filter(needsSecondPerson)).toEqual(codes.filter(lawNeedsSecondPerson));
});
