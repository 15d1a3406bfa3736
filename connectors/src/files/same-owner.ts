import type { Stats } from 'node:fs';
import { chmod, chown, stat } from 'node:fs/promises';

/** While it is being written nobody else reads it. */
const OWNER_ALONE = 0o600;
const MODE_BITS = 0o7777;

/** For a file that holds nothing yet. */
export async function makePrivate(file: string): Promise<void> {
  await chmod(file, OWNER_ALONE);
}

/**
 * Makes a file that will take another one's place as open or closed as that one. Where this process may not give it to the
 * old one's owner, that is an error: the application would be locked out of its own file.
 */
export async function makeLike(file: string, old: Stats): Promise<void> {
  const made = await stat(file);
  if (made.uid !== old.uid || made.gid !== old.gid) await chown(file, old.uid, old.gid);
  await chmod(file, old.mode & MODE_BITS);
}
