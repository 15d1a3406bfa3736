import { z } from 'zod';
import { COLUMN_FLOWS, type ColumnFlow } from '../lineage/facts.ts';
import { datasetNode } from '../node/dataset.ts';
import { entries } from './lenient.ts';
import type { ColumnSource } from './lineage-event.ts';

/** Of an output with more inputs beside it nobody is told which of them its columns leave out: it would be told of each. */
export const CLEARING_INPUTS_MAX = 64;

const Transformation = z.object({
  type: z.string().optional(),
  masking: z.boolean().optional(),
});
const InputField = z.object({
  namespace: z.string().min(1),
  name: z.string().min(1),
  transformations: z.array(Transformation).optional().catch(undefined),
});
const Field = z.object({
  inputFields: entries(InputField),
  /** Before facet version 1-1-0: `IDENTITY` or `MASKED`. */
  transformationType: z.string().optional().catch(undefined),
});

/**
 * The facet `columnLineage` (1-2-0 and before), read for what it says of whole datasets. Column names are not kept. What has
 * another shape is `null`: the sources beside it were read all the same, and no input is cleared.
 */
export const ColumnLineage = z.object({
  fields: z.record(z.string(), Field.nullable().catch(null)).nullable().catch(null).default({}),
  /** Inputs that shape the dataset as a whole: filters, joins, grouping. */
  dataset: entries(InputField).nullable().catch(null).default([]),
});
type ColumnLineage = z.infer<typeof ColumnLineage>;

/** The facet where all of it has the shape we know. */
interface WholeFacet {
  readonly fields: Readonly<Record<string, { inputFields: InputField[]; transformationType?: string | undefined }>>;
  readonly dataset: readonly InputField[];
}
type InputField = z.infer<typeof InputField>;

function isWhole(facet: ColumnLineage): facet is ColumnLineage & WholeFacet {
  return (
    facet.fields !== null &&
    facet.dataset !== null &&
    !facet.dataset.includes(null) &&
    Object.values(facet.fields).every((field) => field !== null && !field.inputFields.includes(null))
  );
}

/** Every dataset that columns are said to come from. */
export function columnInputs({ fields, dataset }: ColumnLineage): readonly { namespace: string; name: string }[] {
  const ofFields = Object.values(fields ?? {}).flatMap((field) => field?.inputFields ?? []);
  return [...ofFields, ...(dataset ?? [])].filter((source) => source !== null);
}

/**
 * Whether each source says how it got there. Engines that plan a query know; parsers of SQL (dbt, Airflow) tell names alone,
 * of the columns that they understood, beside a `schema` of the columns that somebody documented.
 */
function isAnalysed({ fields, dataset }: WholeFacet): boolean {
  const isTold = ({ transformations = [] }: InputField) =>
    transformations.length > 0 && transformations.every(({ type = '' }) => /^(?:in)?direct$/i.test(type));
  return (
    dataset.every(isTold) &&
    Object.values(fields).every(
      (field) => /^(?:identity|masked)$/i.test(field.transformationType ?? '') || field.inputFields.every(isTold),
    )
  );
}

/**
 * What each input of the event has to do with the columns of an output, if that is told of every column
 * (docs/adr/0097-what-a-run-of-a-job-proves.md). Those that it has nothing to do with are told as well: of inputs that another
 * event names, this one says nothing (docs/adr/0100-what-one-event-says-of-a-run.md).
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
  if (facet === undefined || schema === undefined || inputs.size > CLEARING_INPUTS_MAX) return null;
  if (!isWhole(facet) || !isAnalysed(facet)) return null;
  // A column without inputs may be a constant, or one whose origin a parser did not find. Names are compared without case, as
  // databases do; a part of a column (`address.city`) does not stand for all of it.
  const told = new Set(
    Object.entries(facet.fields).flatMap(([field, { inputFields }]) =>
      inputFields.length === 0 ? [] : field.toLowerCase(),
    ),
  );
  if (schema.length === 0 || !schema.every((name) => told.has(name.toLowerCase()))) return null;
  const found = new Map<string, ColumnFlow>();
  const add = (field: InputField, via: ColumnFlow) => {
    const input = datasetNode(field.namespace, field.name);
    const known = found.get(input);
    if (known === undefined || COLUMN_FLOWS.indexOf(via) < COLUMN_FLOWS.indexOf(known)) found.set(input, via);
  };
  for (const { inputFields, transformationType } of Object.values(facet.fields)) {
    for (const field of inputFields) add(field, viaOf(field, transformationType?.toUpperCase() === 'MASKED'));
  }
  for (const field of facet.dataset) add(field, viaOf(field, false));
  if (found.size === 0 || ![...found.keys()].every((input) => inputs.has(input))) return null;
  return [...inputs].map((input) => ({ input, via: found.get(input) ?? 'none' }));
}

/** What is not said counts as the strongest: a producer that names no transformation may have copied. */
function viaOf({ transformations = [] }: InputField, masked: boolean): ColumnFlow {
  const direct = transformations.filter(({ type }) => type?.toUpperCase() !== 'INDIRECT');
  if (transformations.length > 0 && direct.length === 0) return 'shaped';
  if (direct.length > 0) return direct.every(({ masking }) => masking === true) ? 'masked' : 'copied';
  return masked ? 'masked' : 'copied';
}
