import type { DatasetEdge } from '../lineage/facts.ts';
import { isPartOfNode } from '../node/dataset.ts';
import type { Dataset } from './event-schema.ts';
import type { LineageEvent } from './lineage-event.ts';

/**
 * What `lifecycleStateChange` ended (design 03). To say that something is gone which is still there is the worst an answer
 * can do, so whatever may have been a change to a part ends nothing (docs/adr/0097-what-a-run-of-a-job-proves.md).
 */
export function lifecycleOf(dataset: Dataset, kind: LineageEvent['kind']): DatasetEdge['lifecycle'] {
  const change = dataset.facets?.lifecycleStateChange?.lifecycleStateChange;
  if (dataset.outputFacets?.subset !== undefined || isPartOfNode(dataset.namespace, dataset.name)) return '';
  if (VERSIONED.test(dataset.facets?.storage?.storageLayer ?? '') || isDoubtful(dataset, kind)) return '';
  switch (change) {
    case 'DROP':
      return 'drop';
    case 'TRUNCATE':
      return 'truncate';
    case 'OVERWRITE':
      return kind === 'run' && dataset.namespace.startsWith('bigquery') ? '' : 'overwrite';
    default:
      return '';
  }
}

/**
 * An output that was said to be dropped and may be there still: nothing ended there, and nothing was written either, so that
 * nobody need ask from what.
 */
export function isLeftAlone(dataset: Dataset, kind: LineageEvent['kind']): boolean {
  const change = dataset.facets?.lifecycleStateChange?.lifecycleStateChange;
  return change === 'DROP' && lifecycleOf(dataset, kind) === '';
}

/** The name that the dataset had, and whether nothing is left under it. */
export function renamingOf(
  dataset: Dataset,
  kind: LineageEvent['kind'],
): { readonly namespace: string; readonly name: string; readonly isGone: boolean } | null {
  const change = dataset.facets?.lifecycleStateChange;
  const old = change?.lifecycleStateChange === 'RENAME' ? change.previousIdentifier : undefined;
  if (old === undefined) return null;
  return { ...old, isGone: !isPartOfNode(old.namespace, old.name) && !isDoubtful(old, kind) };
}

/** Their tables keep what was in them: earlier versions can be read until somebody expires them, which no event tells. */
const VERSIONED = /delta|iceberg|hudi|paimon/i;

/** Here a table is an entry of a catalog over files in partitions. */
const OVER_FILES =
  /^(?:file|hdfs|dbfs|viewfs|adl|s3[an]?|gs|abfss?|wasbs?|oss|obs|cosn?|hive|spark|databricks|awsathena|trino|arn:aws[a-z-]*:glue)\b/;

/**
 * Engines tell the name of the table whatever they did to it. Recorded of Spark: OVERWRITE for `INSERT OVERWRITE …
 * PARTITION (…)`, TRUNCATE for one partition, DROP of a table whose files stay. Who sends a dataset event speaks of the
 * dataset itself.
 */
const isDoubtful = ({ namespace }: Pick<Dataset, 'namespace'>, kind: LineageEvent['kind']) =>
  kind === 'run' && OVER_FILES.test(namespace);
