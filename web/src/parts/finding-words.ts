import { findings, otherFinding } from '../texts/en-findings.ts';

/** What was found, in words; a type that nobody has put into words is something to look at. */
export const findingWords = (type: string): string => findings[type] ?? otherFinding;
