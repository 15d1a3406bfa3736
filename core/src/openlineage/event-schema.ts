import { z } from 'zod';
import { ColumnLineage } from './column-lineage.ts';

/**
 * What is read of an OpenLineage event (spec 2-0-2), and nothing else: unknown fields and facets are ignored, as the
 * specification asks of consumers. Bounds are ours; a client that needs more is refused with a reason.
 */
export const DATASETS_MAX = 1_000;
const NAME_CHARS_MAX = 2_048;
const TAGS_MAX = 256;
const SYMLINKS_MAX = 64;

const name = z.string().min(1).max(NAME_CHARS_MAX);
/** Facets are read where they have the shape we know, and ignored where not: one odd facet must not cost the event. */
const facet = <Shape extends z.ZodType>(shape: Shape) => shape.optional().catch(undefined);

const Lifecycle = z.object({
  lifecycleStateChange: z.enum(['ALTER', 'CREATE', 'DROP', 'OVERWRITE', 'RENAME', 'TRUNCATE']),
  previousIdentifier: facet(z.object({ namespace: name, name })),
});
const Symlinks = z.object({
  identifiers: z.array(z.object({ namespace: name, name })).max(SYMLINKS_MAX),
});
const Tags = z.object({
  tags: z.array(z.object({ key: z.string().max(128), value: z.string().max(256).optional() })).max(TAGS_MAX),
});

const Dataset = z.object({
  namespace: name,
  name,
  facets: facet(
    z.object({
      lifecycleStateChange: facet(Lifecycle),
      symlinks: facet(Symlinks),
      tags: facet(Tags),
      columnLineage: facet(ColumnLineage),
    }),
  ),
});
export type Dataset = z.infer<typeof Dataset>;

const Job = z.object({ namespace: name, name });
/** RFC 3339 with any precision; OpenLineage asks for an offset. */
const Instant = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/i);
const Datasets = z.array(Dataset).max(DATASETS_MAX).nullish();

export const RunEvent = z.object({
  eventTime: Instant,
  eventType: z.string().max(32).optional(),
  producer: z.string().max(NAME_CHARS_MAX).optional(),
  run: z.object({
    runId: z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i),
    facets: facet(
      z.object({
        nominalTime: facet(z.object({ nominalStartTime: Instant })),
        parent: facet(z.object({ job: Job })),
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

export const DatasetEvent = z.object({
  eventTime: Instant,
  producer: z.string().max(NAME_CHARS_MAX).optional(),
  dataset: Dataset,
});
export type DatasetEvent = z.infer<typeof DatasetEvent>;

export const JobEvent = z.object({
  eventTime: Instant,
  producer: z.string().max(NAME_CHARS_MAX).optional(),
  job: Job,
  inputs: Datasets,
  outputs: Datasets,
});
export type JobEvent = z.infer<typeof JobEvent>;
