import { z } from 'zod';

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

const name = z.string().max(2_048);
const ENTRIES_MAX = 2_000;

const Source = z.object({ namespace: name.optional(), name: name.optional(), type: z.string().max(32).optional() });
const fed = {
  inputs: z.array(Source).max(ENTRIES_MAX).optional().catch(undefined),
  fields: z
    .record(z.string(), z.object({ inputs: z.array(Source).max(ENTRIES_MAX) }))
    .optional()
    .catch(undefined),
};
const Entry = z.object({ ...Source.shape, ...fed });

/** Of a dataset `inputs` and `fields` of itself; of a job or run `entries`, called `lineage` in the first drafts. */
export const ExplicitLineage = z.object({
  ...fed,
  entries: z.array(Entry).max(ENTRIES_MAX).optional().catch(undefined),
  lineage: z.array(Entry).max(ENTRIES_MAX).optional().catch(undefined),
});
type ExplicitLineage = z.infer<typeof ExplicitLineage>;

/** Datasets that fed this one; jobs among the sources are not followed: what they read they tell themselves. */
export function fedBy({ inputs = [], fields = {} }: ExplicitLineage): FedDataset['inputs'] {
  return datasetsOf([...inputs, ...Object.values(fields).flatMap((field) => field.inputs)]);
}

/** What the facet of a job or run says of each dataset that was fed. */
export function fedDatasets({ entries, lineage }: ExplicitLineage): FedDataset[] {
  return (entries ?? lineage ?? []).flatMap((entry) =>
    datasetsOf([entry]).map((target) => ({ ...target, inputs: fedBy(entry) })),
  );
}

function datasetsOf(sources: readonly z.infer<typeof Source>[]): { namespace: string; name: string }[] {
  return sources.flatMap(({ namespace, name: of, type = 'DATASET' }) =>
    type.toUpperCase() === 'DATASET' && namespace !== undefined && of !== undefined ? [{ namespace, name: of }] : [],
  );
}
