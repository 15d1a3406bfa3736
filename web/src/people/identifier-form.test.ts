import { describe, expect, test } from 'vitest';
import { readAsked } from './identifier-form.ts';

const typed = (fields: Record<string, string>) => readAsked({ get: (name) => fields[name] ?? null });

describe('what was typed', () => {
  test('is an identifier of the kind that was chosen, without the spaces around it', () => {
    expect(typed({ kind: 'email', value: ' mara.keller@example.com ' })).toEqual({
      as: 'identifier',
      identifier: { type: 'email', value: 'mara.keller@example.com' },
    });
  });

  test('may be of a kind that the company has named itself', () => {
    expect(typed({ kind: 'other', type: 'loyalty_card', value: '77' })).toMatchObject({
      identifier: { type: 'loyalty_card', value: '77' },
    });
  });

  test('may be an internal id, and nothing but one', () => {
    const subjectId = '5f1b2a34-0000-4000-8000-000000000001';
    expect(typed({ kind: 'subject', value: subjectId.toUpperCase() })).toEqual({ as: 'subject', subjectId });
    expect(typed({ kind: 'subject', value: 'mara.keller@example.com' })).toBeNull();
  });

  test('is nothing when it is empty or of no kind', () => {
    expect(typed({ kind: 'email', value: '  ' })).toBeNull();
    expect(typed({ kind: 'other', type: '', value: '77' })).toBeNull();
  });
});
