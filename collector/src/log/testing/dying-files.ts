import type { LogFiles, SegmentFile } from '../log-files.ts';

/**
 * The real system calls, until the process kills itself at one of them: before it, after it, or inside a write with half
 * of its bytes written.
 */
export function dyingFiles(
  files: LogFiles,
  { call, moment }: { readonly call: number; readonly moment: 'before' | 'inside' | 'after' },
): LogFiles {
  let calls = 0;
  const die = (): Promise<never> => {
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => {});
  };
  const counted = async <T>(run: () => Promise<T>, half: () => Promise<unknown> = async () => {}): Promise<T> => {
    calls += 1;
    if (calls !== call) return run();
    if (moment === 'inside') await half();
    if (moment === 'after') await run();
    return die();
  };
  const dying = (file: SegmentFile): SegmentFile => ({
    write: (pieces, position) =>
      counted(
        () => file.write(pieces, position),
        () => {
          const bytes = Buffer.concat(pieces);
          return file.write([bytes.subarray(0, bytes.length >> 1)], position);
        },
      ),
    sync: () => counted(() => file.sync()),
    truncate: (bytes) => counted(() => file.truncate(bytes)),
    read: (bytes, position) => counted(() => file.read(bytes, position)),
    close: () => counted(() => file.close()),
  });
  return {
    lock: (folder) => files.lock(folder),
    list: (folder) => counted(() => files.list(folder)),
    read: (file) => counted(() => files.read(file)),
    create: (folder, name) => counted(async () => dying(await files.create(folder, name))),
    openToRead: (file) => counted(async () => dying(await files.openToRead(file))),
    unlink: (folder, name) => counted(() => files.unlink(folder, name)),
  };
}
