/**
 * Every table that holds a subject, besides the queue of the erasure itself: what an erasure rewrites and a verification
 * counts. A test compares it with the columns of the engine, so that a new table cannot be forgotten.
 */
export const SUBJECT_TABLES = ['touches'] as const;
