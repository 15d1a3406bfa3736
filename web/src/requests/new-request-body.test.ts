import { describe, expect, test } from 'vitest';
import { bodyOf, groundsOf, type TypedRequest } from './new-request-body.ts';

const now = new Date('2026-11-23T10:00:00Z');
const jane = { kind: 'email', otherKind: '', value: ' jane@example.com ' } as const;
const typed = (change: Partial<TypedRequest> = {}): TypedRequest => ({
  type: 'erasure',
  regime: 'gdpr',
  receivedOn: '2026-11-20',
  ground: '',
  identifiers: [jane],
  purposes: '',
  corrections: [],
  ...change,
});

describe('what is sent for a new request', () => {
  test('is what was typed, without the spaces around it and without what is empty', () => {
    expect(bodyOf(typed({ identifiers: [jane, { ...jane, value: ' ' }] }), now)).toEqual({
      type: 'erasure',
      regime: 'gdpr',
      receivedAt: new Date('2026-11-20T00:00:00').toISOString(),
      identifiers: [{ type: 'email', value: 'jane@example.com' }],
    });
  });

  test('tells tokens from identifiers, and calls another kind by its own name', () => {
    const token = `ps1.k2026a.${'a'.repeat(22)}`;
    const body = bodyOf(
      typed({
        identifiers: [
          { kind: 'token', otherKind: '', value: token },
          { kind: 'other', otherKind: 'loyalty_no', value: '77' },
        ],
      }),
      now,
    );
    expect(body).toMatchObject({ tokens: [token], identifiers: [{ type: 'loyalty_no', value: '77' }] });
  });

  test('does not carry a ground of another right', () => {
    expect(bodyOf(typed({ ground: 'vestige:direct-marketing' }), now)).not.toHaveProperty('ground');
    const [ground = ''] = groundsOf('erasure');
    expect(bodyOf(typed({ ground }), now)).toMatchObject({ ground });
  });

  test('carries uses for an objection alone, and corrections for a rectification alone', () => {
    const more = {
      purposes: 'marketing, analytics.reporting',
      corrections: [{ category: 'user.name', value: 'Jane' }],
    };
    expect(bodyOf(typed({ ...more }), now)).not.toHaveProperty('purposes');
    expect(bodyOf(typed({ ...more, type: 'objection' }), now)).toMatchObject({
      purposes: ['marketing', 'analytics.reporting'],
    });
    const rectification = bodyOf(typed({ ...more, type: 'rectification' }), now);
    expect(rectification).toMatchObject({ corrections: [{ type: 'user.name', value: 'Jane' }] });
    expect(rectification).not.toHaveProperty('purposes');
  });

  test.each([
    ['future', { receivedOn: '2026-11-25' }],
    ['future', { receivedOn: '' }],
    ['no_identifier', { identifiers: [{ ...jane, value: '' }] }],
    ['bad_token', { identifiers: [{ ...jane, kind: 'token' }] }],
    ['bad_kind', { identifiers: [{ ...jane, kind: 'other', otherKind: 'Loyalty No' }] }],
    ['bad_purpose', { type: 'objection', purposes: 'Marketing!' }],
    ['no_correction', { type: 'rectification' }],
    ['bad_category', { type: 'rectification', corrections: [{ category: 'Name', value: 'Jane' }] }],
  ] as const)('says %s instead of sending it', (fault, change) => {
    expect(bodyOf(typed(change), now)).toBe(fault);
  });
});
