import type { paths } from '../api/schema.d.ts';
import { requests as texts } from '../texts/en-requests.ts';
import type { Request } from './request-queries.ts';

export type NewRequestBody = paths['/v1/requests']['post']['requestBody']['content']['application/json'];
export type Ground = NonNullable<NewRequestBody['ground']>;
export type Regime = Request['regime'];

export const REGIMES = Object.keys(texts.regimes) as Regime[];
export const IDENTIFIER_KINDS = ['email', 'phone', 'customer_id', 'token', 'other'] as const;
export type IdentifierKind = (typeof IDENTIFIER_KINDS)[number];

/** The reasons a person may give, per right (core/src/request/request-bodies.ts judges them). */
const GROUNDS: Readonly<Record<Request['type'], readonly Ground[]>> = {
  access: [],
  portability: [],
  erasure: [
    'eu-gdpr:JustificationA17NonNecessity',
    'eu-gdpr:JustificationA17NoLegalBasis',
    'eu-gdpr:JustificationA17ObjectA21',
    'eu-gdpr:JustificationA17UnlawfulProcessing',
    'eu-gdpr:JustificationA17LegalErasure',
    'eu-gdpr:JustificationA17ChildData',
  ],
  restriction: [
    'vestige:accuracy-contested',
    'vestige:unlawful-processing',
    'vestige:needed-for-claims',
    'vestige:objection-pending',
  ],
  objection: ['vestige:particular-situation', 'vestige:direct-marketing'],
  rectification: [],
};
export const groundsOf = (type: Request['type']): readonly Ground[] => GROUNDS[type];

export interface TypedIdentifier {
  readonly kind: IdentifierKind;
  /** Name of the kind where it is another than the usual. */
  readonly otherKind: string;
  readonly value: string;
}

export interface TypedCorrection {
  readonly category: string;
  readonly value: string;
}

export const EMPTY_IDENTIFIER: TypedIdentifier = { kind: 'email', otherKind: '', value: '' };
export const EMPTY_CORRECTION: TypedCorrection = { category: '', value: '' };

/** The form as it was filled in. It lives in the page's memory and leaves it in one body. */
export interface TypedRequest {
  readonly type: Request['type'];
  readonly regime: Regime;
  /** Civil date at the reader's place. */
  readonly receivedOn: string;
  readonly ground: string;
  readonly identifiers: readonly TypedIdentifier[];
  /** Separated by commas. */
  readonly purposes: string;
  readonly corrections: readonly TypedCorrection[];
}

export type FormFault =
  | 'future'
  | 'no_identifier'
  | 'bad_token'
  | 'bad_kind'
  | 'bad_purpose'
  | 'no_correction'
  | 'bad_category';

const TOKEN = /^ps1\.[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]{22}$/;
const KIND = /^[a-z][a-z0-9_]{0,31}$/;
const DATA_USE = /^[a-z0-9_]+(\.[a-z0-9_]+){0,9}$/;

/**
 * The body of `POST /v1/requests`, or what is wrong with the form.
 *
 * A day has no hour: the request arrived when the day began where the reader is. The clock counts days, and an instant
 * that has not come is refused.
 */
export function bodyOf(typed: TypedRequest, now: Date): NewRequestBody | FormFault {
  const startOfDay = new Date(`${typed.receivedOn}T00:00:00`);
  if (Number.isNaN(startOfDay.getTime()) || startOfDay > now) return 'future';
  const selectors = selectorsOf(typed.identifiers);
  if (isFault(selectors)) return selectors;
  const purposes = typed.type === 'objection' ? listOf(typed.purposes) : [];
  if (purposes.some((purpose) => !DATA_USE.test(purpose))) return 'bad_purpose';
  const corrections = typed.corrections
    .map(({ category, value }) => ({ type: category.trim(), value: value.trim() }))
    .filter(({ value }) => value !== '');
  if (typed.type === 'rectification' && corrections.length === 0) return 'no_correction';
  if (typed.type === 'rectification' && corrections.some(({ type }) => !DATA_USE.test(type))) return 'bad_category';
  const ground = groundsOf(typed.type).find((each) => each === typed.ground);
  return {
    type: typed.type,
    regime: typed.regime,
    receivedAt: startOfDay.toISOString(),
    ...selectors,
    ...(ground && { ground }),
    ...(purposes.length > 0 && { purposes }),
    ...(typed.type === 'rectification' && { corrections }),
  };
}

export type Selectors = Pick<NewRequestBody, 'identifiers' | 'tokens'>;

/** What was typed, told apart as the API takes it. Rows without a value are nothing. */
export function selectorsOf(rows: readonly TypedIdentifier[]): Selectors | FormFault {
  const given = rows.filter(({ value }) => value.trim() !== '');
  if (given.length === 0) return 'no_identifier';
  const tokens = given.filter(({ kind }) => kind === 'token').map(({ value }) => value.trim());
  if (tokens.some((token) => !TOKEN.test(token))) return 'bad_token';
  const identifiers = given
    .filter(({ kind }) => kind !== 'token')
    .map(({ kind, otherKind, value }) => ({ type: kind === 'other' ? otherKind.trim() : kind, value: value.trim() }));
  if (identifiers.some(({ type }) => !KIND.test(type))) return 'bad_kind';
  return { ...(identifiers.length > 0 && { identifiers }), ...(tokens.length > 0 && { tokens }) };
}

export const isFault = (body: object | FormFault): body is FormFault => typeof body === 'string';

/** What stands between commas. */
export const listOf = (text: string): string[] =>
  text.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
