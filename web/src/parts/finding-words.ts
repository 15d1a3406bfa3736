import { findingDetails, findings, otherFinding } from '../texts/en-findings.ts';

/** What was found, in words; a type that nobody has put into words is something to look at. */
export const findingWords = (type: string): string => findings[type] ?? otherFinding;

/** What one of its details is called; one that nobody has put into words, by its own name. */
export const detailWords = (name: string): string => findingDetails[name] ?? name;
