import type { LegalBasis } from './notice.ts';

/** Codes as a person reads them (Art. 12(1)). What has no words here is shown as it is: a wrong word would be worse. */
const BASES: Readonly<Record<LegalBasis, string>> = {
  'eu-gdpr:A6-1-a': 'Your consent (Art. 6(1)(a))',
  'eu-gdpr:A6-1-b': 'A contract with you (Art. 6(1)(b))',
  'eu-gdpr:A6-1-c': 'A legal obligation (Art. 6(1)(c))',
  'eu-gdpr:A6-1-d': 'Somebody’s vital interests (Art. 6(1)(d))',
  'eu-gdpr:A6-1-e': 'A task in the public interest (Art. 6(1)(e))',
  'eu-gdpr:A6-1-f': 'Legitimate interests (Art. 6(1)(f))',
  'eu-gdpr:A9-2-a': 'Your explicit consent (Art. 9(2)(a))',
};

const MECHANISMS: Readonly<Record<string, string>> = {
  'eu-gdpr:A45-3': 'Adequacy decision of the European Commission (Art. 45(3))',
  'eu-gdpr:A46-2-a': 'Instrument between public authorities (Art. 46(2)(a))',
  'eu-gdpr:A46-2-b': 'Binding corporate rules (Art. 46(2)(b))',
  'eu-gdpr:A46-2-c': 'Standard contractual clauses of the Commission (Art. 46(2)(c))',
  'eu-gdpr:A46-2-d': 'Standard contractual clauses of an authority (Art. 46(2)(d))',
  'eu-gdpr:A46-2-e': 'Approved code of conduct (Art. 46(2)(e))',
  'eu-gdpr:A46-2-f': 'Approved certification (Art. 46(2)(f))',
  'eu-gdpr:A46-3-a': 'Contract authorised by an authority (Art. 46(3)(a))',
  'eu-gdpr:A46-3-b': 'Administrative arrangement (Art. 46(3)(b))',
  'eu-gdpr:A49-1-a': 'Your explicit consent to the transfer (Art. 49(1)(a))',
  'eu-gdpr:A49-1-b': 'Necessary for a contract with you (Art. 49(1)(b))',
  'eu-gdpr:A49-1-c': 'Necessary for a contract in your interest (Art. 49(1)(c))',
  'eu-gdpr:A49-1-d': 'Important reasons of public interest (Art. 49(1)(d))',
  'eu-gdpr:A49-1-e': 'Legal claims (Art. 49(1)(e))',
  'eu-gdpr:A49-1-f': 'Vital interests (Art. 49(1)(f))',
  'eu-gdpr:A49-1-g': 'A public register (Art. 49(1)(g))',
};

const RIGHTS: Readonly<Record<string, string>> = {
  rectification: 'have wrong data put right (Art. 16)',
  erasure: 'have your data erased (Art. 17)',
  restriction: 'have its use restricted (Art. 18)',
  objection: 'object to its use (Art. 21)',
  portability: 'receive what you provided in a form that machines read (Art. 20)',
};

export const basisInWords = (basis: LegalBasis): string => BASES[basis];
export const mechanismInWords = (code: string): string => MECHANISMS[code] ?? code;
export const rightInWords = (right: string): string => RIGHTS[right] ?? right;

/** `user.contact.phone_number` as `Contact: phone number`; fideslang names, whose first part says nothing to a person. */
export function categoryInWords(category: string): string {
  const parts = category.split('.').map((part) => part.replaceAll('_', ' '));
  const telling = parts[0] === 'user' && parts.length > 1 ? parts.slice(1) : parts;
  return capital(telling.join(': '));
}

/** `essential.service.operations.support` as `Essential service: operations, support`. */
export function useInWords(dataUse: string): string {
  const [first = '', ...rest] = dataUse.split('.').map((part) => part.replaceAll('_', ' '));
  const [second, ...more] = rest;
  const head = second === undefined ? first : `${first} ${second}`;
  return capital(more.length === 0 ? head : `${head}: ${more.join(', ')}`);
}

/** An ISO 8601 duration of days. */
export function periodInWords(period: string): string {
  const days = /^P(\d+)D$/.exec(period)?.[1];
  return days === undefined ? period : counted(Number(days), 'day');
}

/** `1 row`, `2 rows`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
