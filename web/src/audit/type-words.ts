import { audit } from '../texts/en-audit.ts';

const known: Readonly<Record<string, string>> = audit.entries.types;

/** What was done, in words; types that nobody has put into words stand for themselves. */
export const typeWords = (type: string): string => known[type] ?? type;
