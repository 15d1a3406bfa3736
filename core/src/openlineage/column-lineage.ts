import { z } from 'zod';
import { COLUMN_FLOWS } from '../lineage/facts.ts';
import { datasetNode } from '../node/dataset.ts';
import type { ColumnSource } from './lineage-event.ts';

const name = z.string().min(1).max(2_048);
const Transformation = z.object({
  type: z.string().max(64).optional(),
  masking: z.boolean().optional(),
});
const InputField = z.object({
  namespace: name,
  name,
  transformations: z.array(Transformation).max(64).optional(),
});
const Field = z.object({
  inputFields: z.array(InputField).max(2_000),
  /** Before facet version 1-1-0: `IDENTITY` or `MASKED`. */
  transformationType: z.string().max(64).optional(),
});

/**
 * The facet `columnLineage` (1-2-0 and before), read for what it says of whole datasets. Column names are not kept.
 *
 * Read as a whole or not at all, unlike other facets: what is missing in it would pass for a way that is not there.
 */
export const ColumnLineage = z.object({
  fields: z.record(z.string().max(2_048), Field).default({}),
  /** Inputs that shape the dataset as a whole: filters, joins, grouping. */
  dataset: z.array(InputField).max(2_000).default([]),
});
type ColumnLineage = z.infer<typeof ColumnLineage>;

/** Every dataset that columns are said to come from. */
export function columnInputs({ fields, dataset }: ColumnLineage): readonly { namespace: string; name: string }[] {
  return [...Object.values(fields).flatMap(({ inputFields }) => inputFields), ...dataset];
}

/**
 * Whether each source says how it got there. Engines that plan a query know; parsers of SQL (dbt, Airflow) tell names alone,
 * of the columns that they understood, beside a `schema` of the columns that somebody documented.
 */
function isAnalysed({ fields, dataset }: ColumnLineage): boolean {
  const isTold = ({ transformations = [] }: z.infer<typeof InputField>) =>
    transformations.length > 0 && transformations.every(({ type = '' }) => /^(?:in)?direct$/i.test(type));
  return (
    dataset.every(isTold) &&
    Object.values(fields).every(
      (field) => /^(?:identity|masked)$/i.test(field.transformationType ?? '') || field.inputFields.every(isTold),
    )
  );
}

/**
 * Which inputs the columns of an output come from, if that is told of every column (docs/adr/0097-what-a-run-of-a-job-proves.md).
 *
 * @param schema names of the output's columns, as the facet `schema` of the same event tells them
 * @param inputs node ids of the event's own inputs
 * @returns null for what cannot be relied on: columns that nothing is said about, as `SELECT *` leaves them, and sources that
 *   are no input of the event, which then goes by another name here
 */
export function columnSources(
  facet: ColumnLineage | undefined,
  schema: readonly string[] | undefined,
  inputs: ReadonlySet<string>,
): ColumnSource[] | null {
  if (facet === undefined || schema === undefined || !isAnalysed(facet)) return null;
  // A column without inputs may be a constant, or one whose origin a parser did not find. Names are compared without case, as
  // databases do; a part of a column (`address.city`) does not stand for all of it.
  const told = new Set(
    Object.entries(facet.fields).flatMap(([field, { inputFields }]) =>
      inputFields.length === 0 ? [] : field.toLowerCase(),
    ),
  );
  if (schema.length === 0 || !schema.every((name) => told.has(name.toLowerCase()))) return null;
  const found = new Map<string, ColumnSource['via']>();
  const add = (field: z.infer<typeof InputField>, via: ColumnSource['via']) => {
    const input = datasetNode(field.namespace, field.name);
    const known = found.get(input);
    if (known === undefined || COLUMN_FLOWS.indexOf(via) < COLUMN_FLOWS.indexOf(known)) found.set(input, via);
  };
  for (const { inputFields, transformationType } of Object.values(facet.fields)) {
    for (const field of inputFields) add(field, viaOf(field, transformationType?.toUpperCase() === 'MASKED'));
  }
  for (const field of facet.dataset) add(field, viaOf(field, false));
  if (found.size === 0 || ![...found.keys()].every((input) => inputs.has(input))) return null;
  return [...found].map(([input, via]) => ({ input, via }));
}

/** What is not said counts as the strongest: a producer that names no transformation may have copied. */
function viaOf({ transformations = [] }: z.infer<typeof InputField>, masked: boolean): ColumnSource['via'] {
  const direct = transformations.filter(({ type }) => type?.toUpperCase() !== 'INDIRECT');
  if (transformations.length > 0 && direct.length === 0) return 'shaped';
  if (direct.length > 0) return direct.every(({ masking }) => masking === true) ? 'masked' : 'copied';
  return masked ? 'masked' : 'copied';
}
