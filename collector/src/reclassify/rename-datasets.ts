import type { TenantId } from '@vestige/core/ids';
import { presentDataset } from '@vestige/core/node/present-name';
import type { DatasetNames, MovedDataset } from '@vestige/store/events/dataset-names';

/** Names looked at before those that moved are written. */
const PAGE_NAMES = 20_000;

/**
 * Lets runs of batch jobs that an older version stored be found under the names that their datasets have today (ADR 99). Nobody
 * is named in them, so no erasure has to wait. A run that is killed is begun again, to the same effect.
 *
 * @returns how many datasets had another name
 * @throws VestigeError `store_unavailable`; what was written until then holds
 */
export async function renameDatasets(
  names: Pick<DatasetNames, 'page' | 'copy'>,
  tenant: TenantId,
  pageNames = PAGE_NAMES,
): Promise<number> {
  let renamed = 0;
  for (let after = ''; ; ) {
    const page = await names.page(tenant, after, pageNames);
    const moved = page.flatMap((was): MovedDataset[] => {
      const { id: is, isPart: wasPart } = presentDataset(was);
      return is === was ? [] : [{ was, is, wasPart }];
    });
    await names.copy(tenant, moved);
    renamed += moved.length;
    const last = page.at(-1);
    if (last === undefined || page.length < pageNames) return renamed;
    after = last;
  }
}
