import { ArrowDown, ArrowUp } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { people } from '../texts/en-people.ts';
import { type Order, sorted } from './sorting.ts';
import './sortable-table.css';

export interface TableColumn<Row> {
  readonly id: string;
  readonly name: string;
  /** What it is sorted by; null comes last either way. */
  readonly value: (row: Row) => string | number | null;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: 'right';
}

const ROWS = 100;

/** A table that is sorted by a click on a heading, and shown a hundred rows at a time. */
export function SortableTable<Row>({
  label,
  columns,
  rows,
  keyOf,
  order: first,
  after,
}: {
  label: string;
  columns: readonly TableColumn<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  order: Order;
  /** A last cell without a heading one can sort by, e.g. a button. */
  after?: { readonly name: string; readonly cell: (row: Row) => ReactNode };
}) {
  const [order, setOrder] = useState(first);
  const [most, setMost] = useState(ROWS);
  const by = columns.find(({ id }) => id === order.by);
  const shown = by === undefined ? rows : sorted(rows, by.value, order.descending);
  return (
    <div className="sortable">
      <table className="list" aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ id, name, align }) => {
              const isBy = id === order.by;
              const Icon = order.descending ? ArrowDown : ArrowUp;
              return (
                <th
                  key={id}
                  scope="col"
                  data-align={align}
                  aria-sort={isBy ? (order.descending ? 'descending' : 'ascending') : 'none'}
                >
                  <button type="button" onClick={() => setOrder({ by: id, descending: isBy && !order.descending })}>
                    {name}
                    {isBy && <Icon size={13} aria-hidden="true" />}
                  </button>
                </th>
              );
            })}
            {after !== undefined && (
              <th scope="col">
                <span className="sr-only">{after.name}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {shown.slice(0, most).map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ id, cell, align }) => (
                <td key={id} data-align={align}>
                  {cell(row)}
                </td>
              ))}
              {after !== undefined && <td className="after">{after.cell(row)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length > most && (
        <p className="more">
          <button type="button" className="button plain" onClick={() => setMost(most + ROWS)}>
            {people.path.more}
          </button>
          <span className="soft">{people.path.moreOf(most, shown.length)}</span>
        </p>
      )}
    </div>
  );
}
