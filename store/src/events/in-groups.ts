/** More than wait at once; a bound for the length of one statement. */
const GROUP_MAX = 200;

/**
 * Does work for several callers together: while one group is worked on, later calls gather and form the next one.
 *
 * @param work for the gathered names, each once; when it fails, every caller of the group gets its error
 */
export function inGroups(work: (names: readonly string[]) => Promise<void>): (name: string) => Promise<void> {
  let waiting: { name: string; done: () => void; failed: (error: unknown) => void }[] = [];
  let isRunning = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    // The calls of this turn of the event loop belong together, also when they are the first.
    await new Promise((next) => setImmediate(next));
    while (waiting.length > 0) {
      const group = waiting.slice(0, GROUP_MAX);
      waiting = waiting.slice(GROUP_MAX);
      try {
        await work([...new Set(group.map(({ name }) => name))]);
        for (const { done } of group) done();
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    isRunning = false;
  };
  return (name) =>
    new Promise((done, failed) => {
      waiting.push({ name, done, failed });
      if (!isRunning) void run();
    });
}
