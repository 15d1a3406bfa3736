import { z } from 'zod';

/**
 * What of a list has the shape we know, `null` for each entry that has not: one odd entry must not cost the others, and whoever
 * needs the whole list sees that it is not. How long it may be is bounded by the request (64 MiB) alone; what must be fewer is
 * refused with a reason (`limits.ts`), because a list that is cut in silence hides a way.
 */
export const entries = <Shape extends z.ZodType>(shape: Shape) => z.array(shape.nullable().catch(null));

/** The same without the odd ones, for lists of which any part is worth having. */
export const fitting = <Shape extends z.ZodType>(shape: Shape) =>
  entries(shape).transform((all) => all.filter((one) => one !== null));
