import { z } from 'zod';
import { ColumnLineage } from './column-lineage.ts';
import { ExplicitLineage } from './explicit-lineage.ts';
import { fitting } from './lenient.ts';

/**
 * What is read of an OpenLineage event (spec 2-0-2), and nothing else: unknown fields and facets are ignored, as the
 * specification asks of consumers. Bounds are ours; a client that needs more is refused with a reason, also where only facets
 * (`limits.ts`) go beyond them.
 */
export const DATASETS_MAX = 20_000;
const NAME_CHARS_MAX = 2_048;
/** Of more columns nobody asks whether all of them are told. */
const SCHEMA_FIELDS_MAX = 20_000;

const name = z.string().max(NAME_CHARS_MAX);
/**
 * Facets are read where they have the shape we know, and ignored where not: one odd facet must not cost the event. One
 * that was deleted (`_deleted`) has no shape and says nothing.
 */
const facet = <Shape extends z.ZodType>(shape: Shape) => shape.optional().catch(undefined);

/** As long as it comes: node ids are cut where they are made. */
const Identifier = z.object({ namespace: z.string(), name: z.string() });
const Lifecycle = z.object({
  lifecycleStateChange: z.enum(['ALTER', 'CREATE', 'DROP', 'OVERWRITE', 'RENAME', 'TRUNCATE']),
  previousIdentifier: facet(Identifier),
});
const Symlinks = z.object({ identifiers: fitting(Identifier) });
const Tag = z.object({ key: z.string().max(128), value: z.union([z.string().max(256), z.boolean()]).optional() });
const Tags = z.object({ tags: fitting(Tag) });
const Schema = z.object({ fields: z.array(z.object({ name: z.string().max(2_048) })).max(SCHEMA_FIELDS_MAX) });
const Storage = z.object({ storageLayer: z.string().max(64) });

const Dataset = z.object({
  namespace: name,
  name,
  facets: facet(
    z.object({
      lifecycleStateChange: facet(Lifecycle),
      symlinks: facet(Symlinks),
      tags: facet(Tags),
      schema: facet(Schema),
      storage: facet(Storage),
      columnLineage: facet(ColumnLineage),
      lineage: facet(ExplicitLineage),
    }),
  ),
  /** The condition of a subset (a partition) is not read: that there is one says that it was not the whole. */
  outputFacets: facet(z.object({ subset: facet(z.object({}).loose()) })),
});
export type Dataset = z.infer<typeof Dataset>;

const Job = z.object({ namespace: name, name, facets: facet(z.object({ lineage: facet(ExplicitLineage) })) });

/** RFC 3339 with any precision. Without an offset it may be any of 26 hours, so that nobody can say what came before. */
const Instant = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,18})?)?(?:Z|[+-]\d{2}:?\d{2})$/i, {
  error: 'an instant with its offset is needed, as in 2026-11-22T02:00:00Z',
});
const RunId = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, { error: 'a UUID is needed' });
const Datasets = z
  .array(Dataset)
  .max(DATASETS_MAX, {
    error: `at most ${DATASETS_MAX} datasets an event; tell the others in a further event of the run`,
  })
  .nullish();
const producer = facet(z.string().max(NAME_CHARS_MAX));

export const RunEvent = z.object({
  eventTime: Instant,
  eventType: facet(z.string().max(32)),
  producer,
  run: z.object({
    runId: RunId,
    facets: facet(
      z.object({
        nominalTime: facet(z.object({ nominalStartTime: Instant })),
        parent: facet(z.object({ job: Job })),
        lineage: facet(ExplicitLineage),
        // Ours, under a prefix as the specification asks of custom facets: whose data the run works on, never by raw ids.
        vestige_subjects: facet(z.object({ set: z.string().regex(/^set_[\w-]{1,64}$/) })),
      }),
    ),
  }),
  job: Job,
  inputs: Datasets,
  outputs: Datasets,
});
export type RunEvent = z.infer<typeof RunEvent>;

export const DatasetEvent = z.object({ eventTime: Instant, producer, dataset: Dataset });
export type DatasetEvent = z.infer<typeof DatasetEvent>;

export const JobEvent = z.object({ eventTime: Instant, producer, job: Job, inputs: Datasets, outputs: Datasets });
export type JobEvent = z.infer<typeof JobEvent>;
