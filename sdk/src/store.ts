import { type Flow, type FlowNotes, type RecordKey, type RecordRef, recordFlow, refsOf } from './flow.ts';

/** What is said about a store once, so that its operations need not repeat it. */
export interface StoreDefaults {
  readonly categories?: readonly string[];
  readonly purpose?: string;
}

/** A flow of a store whose keys are of one type. */
export interface KeyedFlow<Key extends RecordKey> extends Omit<Flow, 'records'> {
  readonly records?: readonly Key[];
}

/** The result of a measured operation and the refs of the records it named. */
export interface Traced<T> {
  readonly value: T;
  /** Pass them on as `derivedFrom` of what was made from these records. */
  readonly refs: readonly RecordRef[];
}

export interface StoreHandle<Key extends RecordKey> {
  readonly node: string;
  read(flow: KeyedFlow<Key>): RecordRef[];
  read<T>(flow: KeyedFlow<Key>, fn: (notes: FlowNotes) => T | Promise<T>): Promise<Traced<T>>;
  write(flow: KeyedFlow<Key>): RecordRef[];
  write<T>(flow: KeyedFlow<Key>, fn: (notes: FlowNotes) => T | Promise<T>): Promise<Traced<T>>;
  delete(flow: KeyedFlow<Key>): RecordRef[];
  delete<T>(flow: KeyedFlow<Key>, fn: (notes: FlowNotes) => T | Promise<T>): Promise<Traced<T>>;
  refs(...keys: Key[]): RecordRef[];
}

/**
 * A handle for one place where data rests.
 *
 * ```ts
 * const customers = defineStore<number>('store:sqlite:/data/crm.db/customers', { categories: ['user.contact.email'] });
 * const { value: row, refs } = await customers.read({ records: [id], subjects }, () => db.get(id));
 * await notes.write({ records: [noteId], derivedFrom: refs }, () => db.addNote(summary(row)));
 * ```
 *
 * @param node node id of a store, memory or queue, named as OpenLineage names datasets (rulings 19, 20)
 */
export function defineStore<Key extends RecordKey = RecordKey>(
  node: string,
  defaults: StoreDefaults = {},
): StoreHandle<Key> {
  const operation = (action: 'read' | 'write' | 'delete') =>
    function operate<T>(
      flow: KeyedFlow<Key>,
      fn?: (notes: FlowNotes) => T | Promise<T>,
    ): RecordRef[] | Promise<Traced<T>> {
      const whole: Flow = { ...defaults, ...flow };
      if (!fn) return recordFlow(action, node, whole, undefined);
      // An async wrapper: a synchronous throw of the operation becomes a rejection, as the signature says.
      return recordFlow(action, node, whole, async (notes) => ({
        value: await fn(notes),
        refs: notes.refs,
      })) as Promise<Traced<T>>;
    };
  return {
    node,
    read: operation('read') as StoreHandle<Key>['read'],
    write: operation('write') as StoreHandle<Key>['write'],
    delete: operation('delete') as StoreHandle<Key>['delete'],
    refs: (...keys) => refsOf(node, keys),
  };
}
