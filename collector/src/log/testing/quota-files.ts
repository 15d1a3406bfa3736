import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LogFiles, SegmentFile } from '../log-files.ts';

/** The real system calls on a disk that has room for `bytesMax` bytes of segments: a write beyond it stops in the middle. */
export function quotaFiles(files: LogFiles, folder: string, bytesMax: number): LogFiles {
  const used = () =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.log'))
      .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  const limited = (file: SegmentFile): SegmentFile => ({
    ...file,
    async write(pieces, position) {
      const bytes = Buffer.concat(pieces);
      const room = Math.max(0, bytesMax - used());
      await file.write([bytes.subarray(0, room)], position);
      if (room < bytes.length) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    },
  });
  return { ...files, create: async (at, name) => limited(await files.create(at, name)) };
}
