import type { Selector } from '@vestige/core/request/worker-protocol';
import type { As, Candidate, Definition } from './define-connector.ts';
import { type Changed, ConnectorError, type Job, notOffered, type RowChanges } from './kit.ts';
import type { Wanted } from './wanted.ts';

/** What the connector made of a definition lends to this part of it. */
interface Walk<Session, Key> {
  withSession<T>(as: As, work: (session: Session) => Promise<T>): Promise<T>;
  wantedIn(job: Job): Wanted;
  each(session: Session, job: Job, again: boolean, take: (candidate: Candidate<Key>) => void): Promise<number>;
}

/** Says of one record what is not as it should be; an empty answer is a record that may stay as it is. */
type WrongIn<Key> = (candidate: Candidate<Key>) => readonly Selector[] | boolean;

/**
 * Restricting and correcting, from the hooks `mark` and `correct` of a definition: only records that are not as they should
 * be are handed to a hook, and what a hook did is counted by looking at the records again.
 *
 * @throws ConnectorError `mark_unknown` or `values_unknown` where `find` does not say how a record is now: without that a
 *   count of what is wrong would be 0 because nobody looked
 */
export function definedChanges<Config, Session, Key>(
  definition: Definition<Config, Session, Key>,
  config: Config,
  walk: Walk<Session, Key>,
): RowChanges {
  /** Keys of the person's records that are wrong, and how many records she has. */
  async function look(session: Session, job: Job, as: As, isWrong: WrongIn<Key>) {
    let found = 0;
    const wrong: { key: Key; what: readonly Selector[] }[] = [];
    await walk.each(session, job, as === 'verifier', (candidate) => {
      found++;
      const what = isWrong(candidate);
      if (what === true) wrong.push({ key: candidate.key, what: [] });
      else if (what !== false && what.length > 0) wrong.push({ key: candidate.key, what });
    });
    return { found, wrong };
  }

  const countWrong = (job: Job, as: As, isWrong: WrongIn<Key>): Promise<number> =>
    walk.withSession(as, async (session) => (await look(session, job, as, isWrong)).wrong.length);

  const marked =
    (job: Job, isRestricted: boolean): WrongIn<Key> =>
    (candidate) => {
      if (candidate.isRestricted === undefined) throw untold(definition.kind, job.node, 'mark_unknown', 'isRestricted');
      return candidate.isRestricted !== isRestricted;
    };

  const right =
    (job: Job, corrections: readonly Selector[]): WrongIn<Key> =>
    ({ values }) => {
      if (values === undefined) throw untold(definition.kind, job.node, 'values_unknown', 'values');
      return corrections.filter(({ type, value }) => Object.hasOwn(values, type) && values[type] !== value);
    };

  const markHook = (job: Job): NonNullable<typeof definition.mark> => {
    if (definition.mark) return definition.mark.bind(definition);
    throw notOffered(job.node, 'restrict', `the connector ${definition.kind} marks no records`);
  };
  const correctHook = (job: Job): NonNullable<typeof definition.correct> => {
    if (definition.correct) return definition.correct.bind(definition);
    throw notOffered(job.node, 'rectify', `the connector ${definition.kind} corrects no records`);
  };

  return {
    async mark(job, restricted): Promise<Changed> {
      const mark = markHook(job);
      return walk.withSession('worker', async (session) => {
        const { found, wrong } = await look(session, job, 'worker', marked(job, restricted));
        let changed = 0;
        for (const keys of batchesOf(
          definition,
          wrong.map(({ key }) => key),
        )) {
          job.signal.throwIfAborted();
          changed += await mark(session, keys, restricted, walk.wantedIn(job), config);
        }
        return { found, changed, method: restricted ? 'mark' : 'unmark' };
      });
    },
    async countWrongMarks(job, restricted, as) {
      markHook(job);
      return countWrong(job, as, marked(job, restricted));
    },
    async correct(job, corrections): Promise<Changed> {
      const correct = correctHook(job);
      return walk.withSession('worker', async (session) => {
        const { found, wrong } = await look(session, job, 'worker', right(job, corrections));
        let changed = 0;
        // Records in which the same is wrong go together, so that a hook never writes what a record does not hold.
        for (const [what, keys] of alike(wrong)) {
          for (const some of batchesOf(definition, keys)) {
            job.signal.throwIfAborted();
            changed += await correct(session, some, what, walk.wantedIn(job), config);
          }
        }
        return { found, changed, method: 'update' };
      });
    },
    async countWrongValues(job, corrections, as) {
      correctHook(job);
      return countWrong(job, as, right(job, corrections));
    },
  };
}

function alike<Key>(wrong: readonly { key: Key; what: readonly Selector[] }[]): [readonly Selector[], Key[]][] {
  const groups = new Map<string, [readonly Selector[], Key[]]>();
  for (const { key, what } of wrong) {
    const types = JSON.stringify(what.map(({ type }) => type));
    const group = groups.get(types);
    if (group) group[1].push(key);
    else groups.set(types, [what, [key]]);
  }
  return [...groups.values()];
}

function untold(kind: string, node: string, code: string, field: string): ConnectorError {
  return new ConnectorError('permanent', code, `${node}: the connector ${kind} finds a record without \`${field}\`.`);
}

/** Records per call of a hook, where the definition does not say. */
const BATCH_RECORDS = 500;

/** Keys as one call takes them. */
export function* batchesOf<Key>(
  { batchRecordsMax = BATCH_RECORDS }: { readonly batchRecordsMax?: number },
  keys: readonly Key[],
): Iterable<readonly Key[]> {
  for (let at = 0; at < keys.length; at += batchRecordsMax) yield keys.slice(at, at + batchRecordsMax);
}
