import type { AliasPair } from '@vestige/core/node/alias';
import { presentDataset, presentName } from '@vestige/core/node/present-name';
import type { Party, RegisteredStore } from './registry-store.ts';

/**
 * What was registered, or learned from machines, under names of an older version: read under those of today (ADR 99). A row
 * stays as it was written until somebody writes it again. Of two rows that have one name now, the one that always had it holds.
 */

export function presentStores<Row extends Pick<RegisteredStore, 'id'>>(rows: readonly Row[]): Row[] {
  return oneOfEach(
    rows.map((row) => [row.id, { ...row, id: presentName(row.id) }]),
    ({ id }) => id,
  );
}

export function presentParties<Row extends Pick<Party, 'hosts'>>(rows: readonly Row[]): Row[] {
  return rows.map((row) => ({ ...row, hosts: [...new Set(row.hosts.map(presentName))] }));
}

/** A name that is another spelling of the other one says nothing any more. */
export function presentAliases(rows: readonly AliasPair[]): AliasPair[] {
  const pairs = rows.map((row): [string, AliasPair] => [
    row.alias,
    { alias: presentDataset(row.alias).id, canonical: presentDataset(row.canonical).id },
  ]);
  return oneOfEach(pairs, ({ alias }) => alias).filter(({ alias, canonical }) => alias !== canonical);
}

/** @param rows each with the name that stands in its row */
function oneOfEach<Row>(rows: readonly (readonly [string, Row])[], nameOf: (row: Row) => string): Row[] {
  const found = new Map<string, Row>();
  for (const [written, row] of rows) {
    const name = nameOf(row);
    if (!found.has(name) || written === name) found.set(name, row);
  }
  return [...found.values()];
}
