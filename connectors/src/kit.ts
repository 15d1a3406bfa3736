import type { Heard } from '@vestige/core/opendsr/status';
import type { KeptPart } from '@vestige/core/request/kept-part';
import type { FailureClass, Handed, Selector } from '@vestige/core/request/worker-protocol';

/**
 * What a connector promises. It runs in the customer's network, next to the store, and is the only code that ever sees
 * both an identifier in the clear and the rows it names.
 *
 * - `search`, `export`, `verify` change nothing. `erase` may run twice: the second run finds nothing and says so.
 * - A count of 0 is a statement: the store was reached, under working credentials, through a mapping that can find the
 *   person. Whatever stands in the way of that (missing table, permission, no usable selector) is a thrown
 *   {@link ConnectorError}, never a 0.
 * - `verify` counts through another connection, with the verifier's credential where the store has credentials, and by
 *   another access path than `erase` used, or says in `verifiesBy` that it cannot.
 * - `erase` removes bytes, not only rows, as far as the store lets it; what it cannot reach is named in `cannotErase`.
 * - Masking, hashing and blanking are not erasure and are not offered.
 */
export interface Connector {
  readonly kind: string;
  /** Node ids served, as lineage names them. */
  readonly nodes: readonly string[];
  /** Copies this store keeps out of reach, e.g. `backups`, `wal`. Goes into the receipt. */
  readonly cannotErase: readonly string[];
  /** How {@link verify} looks again; a certificate says no more than this. */
  readonly verifiesBy: 'other_path' | 'same_path';
  /** Whether rows of this node can be found by record ref. When not, a receipt says that such rows were not looked for. */
  matchesRefs(node: string): boolean;
  /**
   * Reaches the store under both credentials and compares it with the mapping; called before the first task. Whatever
   * would later make an empty answer mean "could not look" is an error here: a table, column, key or permission that is
   * missing, a table nobody mapped, a replica that may lag (FM1, FM2, FM12, FM19). Throws {@link ConnectorError}.
   */
  check(): Promise<void>;
  search(job: Job): Promise<number>;
  /** Emits every row of the person in the store's own shape; returns how many. */
  export(job: Job, emit: (row: Row) => Promise<void>): Promise<number>;
  erase(job: Job): Promise<Erased>;
  /**
   * Instead of `erase`, where an outside processor does the work and answers in days: hands it over, once however often it
   * is called for the same task. The task is `delegated` from then on, and never verified by a word of the processor.
   */
  hand?(job: Job): Promise<Handed>;
  /** What the processor says now. Only with `hand`. */
  ask?(handed: Pick<Handed, 'reference'>): Promise<Answered>;
  /** How much is still there. */
  verify(job: Job): Promise<number>;
  /** Restricting and correcting rows. Absent: such a task is shown to a human, who does it by hand. */
  readonly changes?: RowChanges;
  /** Leaves rows out that {@link Job.keeps} names. Without it a task with such parts is shown to a human, and deletes nothing. */
  readonly keepsParts?: boolean;
  /**
   * `erase` awaits {@link Job.announce} with what it is about to remove, before the first removal. Where it does not, the
   * worker searches once more beforehand.
   */
  readonly announces?: boolean;
  /** Tells a recipient (Art. 19). Only where the node is an outside party. */
  notify?(job: Job): Promise<void>;
  close(): Promise<void>;
}

/**
 * Rights that change rows and remove none: restriction (GDPR Art. 18), objection (Art. 21), rectification (Art. 16). Each
 * may run twice: the second run changes nothing. Where a node has no place for a mark or a value, {@link notOffered} is
 * thrown, never a 0.
 */
export interface RowChanges {
  /** Marks every row of the person as restricted, or takes the mark away. */
  mark(job: Job, restricted: boolean): Promise<Changed>;
  /** Rows of the person that do not carry the mark as they should; as the verifier, by its own way. */
  countWrongMarks(job: Job, restricted: boolean, as: 'worker' | 'verifier'): Promise<number>;
  /** @param corrections what is right, by identifier type or data category; those that the node does not hold are passed over */
  correct(job: Job, corrections: readonly Selector[]): Promise<Changed>;
  countWrongValues(job: Job, corrections: readonly Selector[], as: 'worker' | 'verifier'): Promise<number>;
}

export interface Changed {
  /** Rows of the person, changed or not. */
  readonly found: number;
  readonly changed: number;
  /** How, `[a-z0-9_]`: `mark`, `unmark`, `update` … */
  readonly method: string;
}

/** One task, as a connector sees it. */
export interface Job {
  readonly node: string;
  readonly selectors: readonly Selector[];
  readonly recordRefs: readonly string[];
  /** Nodes exempt in this request: their rows stay, also where they depend on rows that go. */
  readonly spared: readonly string[];
  /** Parts of the node that stay, whatever the rest comes to; only for connectors with `keepsParts`. */
  readonly keeps?: readonly KeptPart[];
  /** The same for every attempt; pass it on to stores that deduplicate. */
  readonly idempotencyKey: string;
  /** Aborted when the lease is lost: stop, another worker has the task. */
  readonly signal: AbortSignal;
  /**
   * Writes down how many records are about to go, at Vestige; nothing may be removed before it returns. Throws when the
   * lease has passed on or nobody could be told: then nothing is removed (ADR 0083).
   */
  readonly announce?: (found: number) => Promise<void>;
  /**
   * Told after every batch that is gone for good. A batch stays gone when the worker dies, so the next attempt finds
   * only what is left; calling this is optional.
   */
  readonly progress?: (erasedSoFar: number) => void;
}

/** `attested`: it says that all is done. Nobody looked. */
export interface Answered {
  readonly heard: Heard;
  /** RFC 3339 UTC. */
  readonly expectedAt: string;
}

export type Row = Readonly<Record<string, unknown>>;

export interface Erased {
  readonly found: number;
  readonly erased: number;
  /** How, `[a-z0-9_]`: `delete`, `delete_and_vacuum`, `rewrite`, `unlink`, `http_delete` … */
  readonly method: string;
  /** Rows that a record ref names and whose own identifier is somebody else's, or one the request does not know. They stay. */
  readonly spared?: number;
}

/**
 * Why a task could not be done. `code` is stable and short; the message is for operators and holds no personal data and
 * no driver text, because drivers quote the values they were given.
 */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';

  /**
   * Known by its shape: a connector of somebody's own may bring another copy of this package than the worker that runs it,
   * and what it throws must not be taken for an unknown failure then, which is retried for a day.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'ConnectorError' && 'class' in value && 'code' in value;
  }

  readonly class: FailureClass;
  readonly code: string;

  constructor(failureClass: FailureClass, code: string, message: string) {
    super(message);
    this.class = failureClass;
    this.code = code;
  }
}

/** Nobody can do this here but a human, by hand, who then signs for it (`vestige:done-by-hand`). */
export function notOffered(node: string, action: 'restrict' | 'rectify', why: string): ConnectorError {
  const text = `${node}: ${why}, so it cannot ${action}. Do it by hand and exempt the task as done by hand.`;
  return new ConnectorError('needs_human', 'not_offered', text);
}

/** The person cannot be looked for here with what the request knows: a human must add an identifier or a mapping. */
export function noUsableSelector(node: string, types: readonly string[]): ConnectorError {
  return new ConnectorError(
    'needs_human',
    'no_usable_selector',
    `${node} can be searched by ${types.join(', ') || 'nothing'}, and the request carries none of these. Add such an identifier to the request.`,
  );
}
