import { z } from 'zod';
import { fitting } from './lenient.ts';

/**
 * The facet `lineage` of a dataset, a job or a run (1-0-0): which datasets fed which. It is read for what it adds, a way
 * that neither `inputs` nor `outputs` tell; what it leaves out is not taken for a way that was not there.
 */
export interface FedDataset {
  readonly namespace: string;
  readonly name: string;
  /** Of the entity as a whole and of its fields alike. */
  readonly inputs: readonly { readonly namespace: string; readonly name: string }[];
}

const Source = z.object({
  namespace: z.string(),
  name: z.string(),
  type: z.string().default('DATASET'),
});
const sources = fitting(Source).catch([]).default([]);
const fed = {
  inputs: sources,
  fields: z
    .record(z.string(), z.object({ inputs: sources }).catch({ inputs: [] }))
    .catch({})
    .default({}),
};
const targets = fitting(Source.extend(fed)).optional().catch(undefined);

/** Of a dataset `inputs` and `fields` of itself; of a job or run `entries`, called `lineage` in the first drafts. */
export const ExplicitLineage = z.object({ ...fed, entries: targets, lineage: targets });
type ExplicitLineage = z.infer<typeof ExplicitLineage>;

/** Datasets that fed this one; jobs among the sources are not followed: what they read they tell themselves. */
export function fedBy({ inputs, fields }: Pick<ExplicitLineage, 'inputs' | 'fields'>): FedDataset['inputs'] {
  return datasetsOf([...inputs, ...Object.values(fields).flatMap((field) => field.inputs)]);
}

/** What the facet of a job or run says of each dataset that was fed. */
export function fedDatasets({ entries, lineage }: ExplicitLineage): FedDataset[] {
  return (entries ?? lineage ?? []).flatMap((entry) =>
    datasetsOf([entry]).map((target) => ({ ...target, inputs: fedBy(entry) })),
  );
}

function datasetsOf(told: readonly z.infer<typeof Source>[]): { namespace: string; name: string }[] {
  return told.flatMap(({ namespace, name, type }) => (type.toUpperCase() === 'DATASET' ? [{ namespace, name }] : []));
}
