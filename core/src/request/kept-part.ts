/** What of a store stays while the rest of the person's records goes. Free of zod: the SDK's worker client carries it. */
export interface KeptPart {
  /** Data categories, each with everything below it; empty: of every category. */
  readonly categories: readonly string[];
  /** `YYYY-MM-DD`, both inclusive; null: without end on that side. */
  readonly from: string | null;
  readonly to: string | null;
}
