import { z } from 'zod';
import { canonicalHash } from '../certificate/canonical-hash.ts';
import { PlainText } from './body-parts.ts';
import type { KeptPart } from './kept-part.ts';
import { EXEMPTION_CODES } from './reasons.ts';

/**
 * What stays although the person asked (GDPR Art. 17(3)): per place, category and time, never per request
 * (research/compliance.md §1.1, D1). Part of the plan, so the approval binds it, and a second person gives that approval.
 */
export const EXEMPTIONS_MAX = 200;
const CATEGORIES_MAX = 32;

/** A data category, e.g. `user.financial`; it covers everything below it. */
const Category = z.string().regex(/^[a-z0-9_]+(\.[a-z0-9_]+){0,9}$/);

const fields = {
  /** A target of the plan. */
  node: z.string().min(1).max(1024),
  /** Empty: of every category. */
  categories: z.array(Category).max(CATEGORIES_MAX).default([]),
  /** Days of the records, both inclusive; null: without end on that side. */
  from: z.iso.date().nullable().default(null),
  to: z.iso.date().nullable().default(null),
  code: z.enum(EXEMPTION_CODES),
  basis: PlainText,
  /** When somebody looks at it again. */
  reviewAt: z.iso.date(),
};

/** What an officer enters. */
export const ExemptionBody = z
  .strictObject(fields)
  .refine(({ from, to }) => from === null || to === null || from <= to, {
    path: ['to'],
    message: 'the time range ends before it begins',
  });
export type ExemptionBody = z.infer<typeof ExemptionBody>;

export const PlanExemption = z.strictObject({
  ...fields,
  /** Who entered it: somebody else approves the plan. */
  by: z.string(),
});
export type PlanExemption = z.infer<typeof PlanExemption>;

/** Nobody works at the place at all. */
export function isWhole({ categories, from, to }: Pick<PlanExemption, 'categories' | 'from' | 'to'>): boolean {
  return categories.length === 0 && from === null && to === null;
}

/** What of a place is exempt as a whole, if it is: then its parts say nothing more. */
export function wholeExemptionOf(exemptions: readonly PlanExemption[], node: string): PlanExemption | null {
  return exemptions.find((each) => each.node === node && isWhole(each)) ?? null;
}

/** The parts of a place that stay while the rest goes; empty where all of it goes or stays. */
export function keptPartsOf(exemptions: readonly PlanExemption[], node: string): KeptPart[] {
  if (wholeExemptionOf(exemptions, node) !== null) return [];
  return exemptions
    .filter((each) => each.node === node)
    .map(({ categories, from, to }) => ({ categories: [...categories].sort(), from, to }));
}

/** Names a list as it was read, so that a change to it is not made to another one. */
export function exemptionsHash(exemptions: readonly PlanExemption[]): string {
  return canonicalHash(sortedExemptions(exemptions));
}

/** In one order, so that the same exemptions give the same plan. */
export function sortedExemptions(exemptions: readonly PlanExemption[]): PlanExemption[] {
  const keyed = exemptions.map((each) => ({ each, key: `${each.node}\0${canonicalHash(each)}` }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ each }) => each);
}
