import type { TenantKey } from '@vestige/core/identity/token';
import type { Selector } from '@vestige/core/request/worker-protocol';
import type { z } from 'zod';
import { batchesOf, definedChanges } from './define-changes.ts';
import { type Connector, ConnectorError, type Job, type Row } from './kit.ts';
import { type Holding, type Wanted, wantedOf } from './wanted.ts';

/** `verifier` opens with the other credential, the one that may only read. */
export type As = 'worker' | 'verifier';

/** One record that may be the person's. What is not hers is passed over, so a search may be too wide but never too narrow. */
export interface Candidate<Key> extends Holding {
  /** Names the record for `remove`. */
  readonly key: Key;
  /** What an access answer shows of it, in the store's own shape; a function is called only for an export. */
  readonly row: Row | (() => Promise<Row>);
  /** Whether it is marked as restricted now. Required where {@link Definition.mark} is given. */
  readonly isRestricted?: boolean;
  /**
   * Identifier type or data category → what the record says of it now. Required where {@link Definition.correct} is given;
   * empty for a record in which nothing can be wrong. What it does not name cannot be corrected here and is passed over.
   */
  readonly values?: Readonly<Record<string, string | null>>;
}

/**
 * A connector as its author writes it: how to look, how to remove, and what cannot be removed. Search, export, dry run,
 * erasure in batches and verification follow from that.
 */
export interface Definition<Config, Session, Key> {
  /** Short and stable; goes into receipts: `helpdesk`. */
  readonly kind: string;
  /** The store's entry in a worker file, without `connector`. */
  readonly config: z.ZodType<Config>;
  /** Node id, as lineage names it → identifier types by which it can be searched. */
  nodes(config: Config): Readonly<Record<string, readonly string[]>>;
  /** Copies out of reach, e.g. `backups`. At least one: there is no store without. */
  cannotErase(config: Config): readonly [string, ...string[]];
  /** `other_path` only when the verifier has a credential of its own or looks another way than `remove` was led. */
  verifiesBy(config: Config): Connector['verifiesBy'];
  /** Whether candidates carry `recordKey`. Default: no. */
  readonly matchesRefs?: boolean;
  /** Opens the store. Called for every task; share a pool yourself if opening is dear. */
  open(config: Config, as: As): Promise<Session>;
  close?(session: Session): Promise<void>;
  /**
   * Compares the mapping with the store at start, once as each role. Throws a {@link ConnectorError} for whatever would
   * later make "nothing found" mean "could not look".
   */
  check(session: Session, config: Config, as: As): Promise<void>;
  /**
   * Everything that may be the person's, page after page. Each record once, also where two spellings of an address lead to
   * it: every one told counts as found. A page that cannot be read is thrown, never skipped.
   */
  find(session: Session, wanted: Wanted, config: Config): AsyncIterable<Candidate<Key>>;
  /** The verifier's own way of looking. Default: {@link find}, under the verifier's session. */
  findAgain?(session: Session, wanted: Wanted, config: Config): AsyncIterable<Candidate<Key>>;
  /** Removes these records for good. @returns how many were there; one that is already gone is no error */
  remove(session: Session, keys: readonly Key[], wanted: Wanted, config: Config): Promise<number>;
  /**
   * Marks these records as restricted, or takes the mark away (GDPR Art. 18, 21). They are those that are not so yet.
   * Absent: such a task is shown to a human. @returns how many were there to be changed
   */
  mark?(session: Session, keys: readonly Key[], isRestricted: boolean, wanted: Wanted, config: Config): Promise<number>;
  /**
   * Writes what is right into these records (GDPR Art. 16): of the corrections, those that the record's `values` name and
   * that differ. Absent: such a task is shown to a human. @returns how many were there to be changed
   */
  correct?(
    session: Session,
    keys: readonly Key[],
    corrections: readonly Selector[],
    wanted: Wanted,
    config: Config,
  ): Promise<number>;
  /** Makes the bytes go after the records did: vacuum, compaction, flush. Also called when nothing was found. */
  removeBytes?(session: Session, node: string, config: Config): Promise<void>;
  /** How, `[a-z0-9_]`: `delete`, `unlink`, `http_delete` … */
  readonly method: string;
  /** Records per `remove`, `mark` and `correct`. Default 500. */
  readonly batchRecordsMax?: number;
  /**
   * An error of the driver in the kit's words: retried, given up, or shown to a human. Its message must not be passed on,
   * because drivers quote values. Null: unknown, which is retried.
   */
  failure(error: unknown): ConnectorError | null;
}

/** What a worker file can name: built in, or the default export of a user's module. */
export interface ConnectorDefinition<Config = unknown> {
  readonly kind: string;
  readonly config: z.ZodType<Config>;
  create(config: Config, keys?: readonly TenantKey[]): Connector;
}

/** Records of one person that one task takes; beyond it the task asks for a human rather than for all memory. */
const RECORDS_MAX = 1_000_000;

/**
 * Turns a {@link Definition} into a connector that keeps the promises of {@link Connector}. Try yours with the conformance
 * suite (`@vestige/connectors/conformance`); the worked example is `examples/own-connector`.
 */
export function defineConnector<Config, Session, Key>(
  definition: Definition<Config, Session, Key>,
): ConnectorDefinition<Config> {
  return {
    kind: definition.kind,
    config: definition.config,
    create: (config, keys = []) => connectorOf(definition, config, keys),
  };
}

function connectorOf<Config, Session, Key>(
  definition: Definition<Config, Session, Key>,
  config: Config,
  keys: readonly TenantKey[],
): Connector {
  const nodes = definition.nodes(config);
  const usedKeys = definition.matchesRefs ? keys : [];

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ConnectorError || (error instanceof Error && error.name === 'AbortError')) throw error;
      throw (
        definition.failure(error) ??
        new ConnectorError('retryable', 'unexpected', `${definition.kind}: failed in a way it does not know.`)
      );
    }
  }

  async function withSession<T>(as: As, work: (session: Session) => Promise<T>): Promise<T> {
    return guarded(async () => {
      const session = await definition.open(config, as);
      try {
        return await work(session);
      } finally {
        await definition.close?.(session);
      }
    });
  }

  function wantedIn(job: Job) {
    const types = nodes[job.node];
    if (!types) {
      const text = `${job.node} has no mapping in this worker's configuration.`;
      throw new ConnectorError('permanent', 'unmapped_node', text);
    }
    return wantedOf(job, types, usedKeys);
  }

  /** Tells of each record of the person; @returns how many a ref named that are somebody else's */
  async function each(
    session: Session,
    job: Job,
    again: boolean,
    take: (candidate: Candidate<Key>) => Promise<void> | void,
  ): Promise<number> {
    const wanted = wantedIn(job);
    const find = again ? (definition.findAgain ?? definition.find) : definition.find;
    let contradicted = 0;
    for await (const candidate of find.call(definition, session, wanted, config)) {
      job.signal.throwIfAborted();
      const whose = wanted.whose(candidate);
      if (whose === 'contradicted') contradicted++;
      if (whose === 'persons') await take(candidate);
    }
    return contradicted;
  }

  async function count(as: As, job: Job): Promise<number> {
    let records = 0;
    await withSession(as, (session) => each(session, job, as === 'verifier', () => void records++));
    return records;
  }

  return {
    kind: definition.kind,
    nodes: Object.keys(nodes),
    cannotErase: definition.cannotErase(config),
    verifiesBy: definition.verifiesBy(config),
    matchesRefs: () => usedKeys.length > 0,
    announces: true,
    async check() {
      for (const as of ['worker', 'verifier'] as const) {
        await withSession(as, (session) => definition.check(session, config, as));
      }
    },
    search: async (job) => count('worker', job),
    verify: async (job) => count('verifier', job),
    export: async (job, emit) =>
      withSession('worker', async (session) => {
        let rows = 0;
        await each(session, job, false, async ({ row }) => {
          await emit(typeof row === 'function' ? await row() : row);
          rows++;
        });
        return rows;
      }),
    erase: async (job) =>
      withSession('worker', async (session) => {
        // All keys first: removing while a listing goes on shifts its pages in many stores, and records are missed.
        const found: Key[] = [];
        const spared = await each(session, job, false, ({ key }) => {
          if (found.length >= RECORDS_MAX) throw tooMany(job.node);
          found.push(key);
        });
        await job.announce?.(found.length);
        const wanted = wantedIn(job);
        let erased = 0;
        for (const keys of batchesOf(definition, found)) {
          job.signal.throwIfAborted();
          erased += await definition.remove(session, keys, wanted, config);
          job.progress?.(erased);
        }
        // Also when nothing was found: an earlier attempt may have died between the two.
        await definition.removeBytes?.(session, job.node, config);
        return { found: found.length, erased, method: definition.method, ...(spared > 0 ? { spared } : {}) };
      }),
    ...(definition.mark || definition.correct
      ? { changes: definedChanges(definition, config, { withSession, wantedIn, each }) }
      : {}),
    async close() {},
  };
}

function tooMany(node: string): ConnectorError {
  const text = `${node}: more than ${RECORDS_MAX} records of one person; a mapping that matches everybody is likelier.`;
  return new ConnectorError('needs_human', 'too_many_records', text);
}
