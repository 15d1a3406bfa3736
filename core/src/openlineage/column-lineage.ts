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

/** The facet `columnLineage` (1-2-0 and before), read for what it says of whole datasets. Column names are not kept. */
export const ColumnLineage = z.object({
  fields: z.record(z.string().max(2_048), Field).default({}),
  /** Inputs that shape the dataset as a whole: filters, joins, grouping. */
  dataset: z.array(InputField).max(2_000).default([]),
});
type ColumnLineage = z.infer<typeof ColumnLineage>;

/** @returns null when the facet tells of no column at all, which says nothing */
export function columnSources(facet: ColumnLineage | undefined): ColumnSource[] | null {
  if (facet === undefined) return null;
  const found = new Map<string, ColumnSource['via']>();
  const add = (field: z.infer<typeof InputField>, via: ColumnSource['via']) => {
    const input = datasetNode(field.namespace, field.name);
    const known = found.get(input);
    if (known === undefined || COLUMN_FLOWS.indexOf(via) < COLUMN_FLOWS.indexOf(known)) found.set(input, via);
  };
  for (const { inputFields, transformationType } of Object.values(facet.fields)) {
    for (const field of inputFields) add(field, viaOf(field, transformationType?.toUpperCase() === 'MASKED'));
  }
  for (const field of facet.dataset) add(field, field.transformations ? viaOf(field, false) : 'shaped');
  return found.size === 0 ? null : [...found].map(([input, via]) => ({ input, via }));
}

/** What is not said counts as the strongest: a producer that names no transformation may have copied. */
function viaOf({ transformations = [] }: z.infer<typeof InputField>, masked: boolean): ColumnSource['via'] {
  const direct = transformations.filter(({ type }) => type?.toUpperCase() !== 'INDIRECT');
  if (transformations.length > 0 && direct.length === 0) return 'shaped';
  if (direct.length > 0) return direct.every(({ masking }) => masking === true) ? 'masked' : 'copied';
  return masked ? 'masked' : 'copied';
}
