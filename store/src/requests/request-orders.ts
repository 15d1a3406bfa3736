import { and, asc, desc, eq, gt, lt, or, type SQL } from 'drizzle-orm';
import type { RequestOrder } from './request-store.ts';
import { requests } from './tables.ts';

interface Order {
  readonly sorted: readonly SQL[];
  /** What comes after a row; the id decides among equals, so that no row is shown twice or left out. */
  onward(position: string | Date, id: string): SQL | undefined;
  /** The text of a cursor as the column compares it. */
  position(by: string): string | Date;
}

type Column = typeof requests.dueOn | typeof requests.filedAt;

function order(column: Column, isLastFirst: boolean, position: Order['position']): Order {
  const [sort, beyond] = isLastFirst ? [desc, lt] : [asc, gt];
  return {
    sorted: [sort(column), sort(requests.id)],
    onward: (at, id) => or(beyond(column, at), and(eq(column, at), beyond(requests.id, id))),
    position,
  };
}

const asDay = (by: string) => by;
const asInstant = (by: string) => new Date(by);

export const ORDERS: Readonly<Record<RequestOrder, Order>> = {
  due: order(requests.dueOn, false, asDay),
  due_last: order(requests.dueOn, true, asDay),
  filed: order(requests.filedAt, false, asInstant),
  filed_last: order(requests.filedAt, true, asInstant),
};
