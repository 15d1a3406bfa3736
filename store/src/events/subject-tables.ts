/**
 * Every table that holds a subject, besides the queue of the erasure itself: what an erasure rewrites and a verification
 * counts. A test compares it with the columns of the engine, so that a new table cannot be forgotten.
 */
export const SUBJECT_TABLES = ['touches', 'rejected_spans'] as const;
export type SubjectTable = (typeof SUBJECT_TABLES)[number];

interface Shape {
  /** Follows the table in a FROM, so that there is a row for each subject, in a column `subject_id`. */
  readonly perSubject: string;
  /** A condition that holds for rows of any of the subjects, which a sub-query names as (tenant, subject_id). */
  readonly ofAny: (subjects: string) => string;
}

const SHAPES: Readonly<Record<SubjectTable, Shape>> = {
  touches: {
    perSubject: '',
    ofAny: (subjects) => `(tenant, subject_id) IN (${subjects})`,
  },
  // A rejected span is kept for all of its subjects or for none: its content cannot be divided among them.
  rejected_spans: {
    perSubject: 'ARRAY JOIN subject_ids AS subject_id',
    ofAny: (subjects) => `arrayExists(subject -> (tenant, subject) IN (${subjects}), subject_ids)`,
  },
};

export const shapeOf = (table: SubjectTable): Shape => SHAPES[table];
