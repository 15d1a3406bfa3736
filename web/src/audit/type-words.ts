import { auditObjects, auditTypes } from '../texts/en-audit-types.ts';

/** What was done, in words. A type that nobody has put into words, such as one of a newer server, stands for itself. */
export const typeWords = (type: string): string => auditTypes[type] ?? type;

/** What it was done to, in words. */
export const objectWords = (kind: string): string => auditObjects[kind] ?? kind;
