import type { paths } from '../api/schema.d.ts';
import { texts } from '../texts/en.ts';
import type { Request } from './request-queries.ts';

/** Filters of the list, as they stand in the address: what is the default stands nowhere. */
export interface ListSearch {
  readonly show?: 'overdue' | 'week' | 'all';
  readonly type?: Request['type'];
  readonly state?: Request['state'];
  readonly order?: Order;
}

export const ORDERS = ['due', 'due_last', 'filed', 'filed_last'] as const;
export type Order = (typeof ORDERS)[number];
export const SHOWS = ['open', 'overdue', 'week', 'all'] as const;
export const TYPES = Object.keys(texts.request.types) as Request['type'][];
export const STATES = Object.keys(texts.request.states) as Request['state'][];

const WEEK_DAYS = 7;

/** What an address says, as far as it says something this list knows. */
export function readListSearch(search: Record<string, unknown>): ListSearch {
  const one = <Value extends string>(name: string, values: readonly Value[]) =>
    values.find((value) => value === search[name]);
  const show = one('show', ['overdue', 'week', 'all'] as const);
  const type = one('type', TYPES);
  const state = one('state', STATES);
  const order = one('order', ORDERS);
  return {
    ...(show && { show }),
    ...(type && { type }),
    ...(state && { state }),
    ...(order && order !== 'due' && { order }),
  };
}

type Query = NonNullable<paths['/v1/requests']['get']['parameters']['query']>;

/** @param today civil date at the reader's place */
export function queryOf({ show, type, state, order = 'due' }: ListSearch, today: string): Query {
  return {
    // Whoever asks for a state means it, also one that requests end in.
    open: show === 'all' || state !== undefined ? 'false' : 'true',
    ...(show === 'overdue' && { dueBefore: today }),
    ...(show === 'week' && { dueBefore: dayAfter(today, WEEK_DAYS + 1) }),
    ...(type && { type }),
    ...(state && { state }),
    order,
  };
}

/** The other way round when the column is sorted by already, else its first direction. */
export function orderAfter(column: 'due' | 'filed', present: Order): Order {
  return present === column ? `${column}_last` : column;
}

export function dayAfter(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** Civil date where the reader is. */
export function todayAt(now: Date): string {
  const part = (n: number) => String(n).padStart(2, '0');
  return `${now.getFullYear()}-${part(now.getMonth() + 1)}-${part(now.getDate())}`;
}
