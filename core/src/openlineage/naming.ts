import { presentDataset } from '../node/present-name.ts';
import type { RunDataset } from './lineage-event.ts';

/**
 * A dataset of a run as it may have been stored under an older naming, under the names of today (ADR 99). What was done to a
 * partition that had a node of its own says nothing about the folder that stands for it now: it is neither emptied nor renamed,
 * and what was taken from it was taken from the folder.
 */
export function underPresentNames(dataset: RunDataset): RunDataset[] {
  const node = presentDataset(dataset.node);
  const old = presentDataset(dataset.renamedFrom);
  if (node.id === dataset.node && old.id === dataset.renamedFrom) return [dataset];
  const named: RunDataset = {
    ...dataset,
    node: node.id,
    lifecycle: node.isPart ? '' : dataset.lifecycle,
    renamedFrom: old.isPart || old.id === node.id ? '' : old.id,
  };
  if (!old.isPart) return [named];
  return [named, { side: 'input', node: old.id, lifecycle: '', renamedFrom: '', columns: null, categories: [] }];
}
