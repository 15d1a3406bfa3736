const last = new Map<string, Promise<unknown>>();

/**
 * Runs pieces of work on one file one after the other, in the order they came.
 *
 * The SQLite driver is synchronous: a second task that waits for the first one's lock blocks the thread that the first
 * one needs to finish, until the busy timeout ends both. DuckDB refuses a second opening in another mode.
 */
export function inTurn<T>(file: string, work: () => Promise<T>): Promise<T> {
  const turn = (last.get(file) ?? Promise.resolve()).then(work, work);
  const settled = turn.then(
    () => undefined,
    () => undefined,
  );
  last.set(file, settled);
  void settled.then(() => {
    if (last.get(file) === settled) last.delete(file);
  });
  return turn;
}
