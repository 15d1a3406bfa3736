import { base64 } from '@vestige/audit-verify/base64';
import { type Checkpoint, checkpointOf } from '@vestige/audit-verify/note-text';
import { type Check, check } from './checks.ts';
import { isContinued } from './merkle-proof.ts';
import { canHash } from './web-crypto.ts';

/**
 * What this browser remembers of a log: its size and root hash, nothing else. A log that was rewritten, or cut off, since
 * somebody last looked cannot be shown to follow from it.
 */
export interface KeptCheckpoint {
  readonly size: number;
  /** Base 64. */
  readonly root: string;
}

const placeOf = (origin: string): string => `vestige.checkpoint.${origin}`;

export function keptCheckpoint(origin: string, storage: Storage = localStorage): KeptCheckpoint | null {
  try {
    const value = JSON.parse(storage.getItem(placeOf(origin)) ?? 'null') as Partial<KeptCheckpoint> | null;
    const isWhole = Number.isSafeInteger(value?.size) && base64(String(value?.root))?.length === 32;
    return isWhole ? (value as KeptCheckpoint) : null;
  } catch {
    return null;
  }
}

export function keepCheckpoint({ origin, size, root }: Checkpoint, storage: Storage = localStorage): void {
  const kept: KeptCheckpoint = { size, root: btoa(String.fromCharCode(...root)) };
  storage.setItem(placeOf(origin), JSON.stringify(kept));
}

export function forgetCheckpoint(origin: string, storage: Storage = localStorage): void {
  storage.removeItem(placeOf(origin));
}

/**
 * Whether the log as it is now continues what was kept.
 *
 * @param note the checkpoint of now
 * @param proof hashes between the two sizes, base 64 (`/v1/audit/consistency`); only asked for when they differ
 */
export async function checkKept(
  kept: KeptCheckpoint | null,
  note: string,
  proof: (from: number, to: number) => Promise<readonly string[]>,
): Promise<Check> {
  const now = checkpointOf(note);
  if (now === null) return check('kept', false, 'nothing_kept');
  if (kept === null) return check('kept', null, 'nothing_kept');
  if (!canHash()) return check('kept', null, 'no_browser');
  // A log never gets shorter.
  if (kept.size > now.size) return check('kept', false, 'nothing_kept');
  const earlier = { size: kept.size, root: base64(kept.root) ?? new Uint8Array() };
  const hashes = kept.size === now.size ? [] : (await proof(kept.size, now.size)).map(base64);
  if (hashes.some((hash) => hash?.length !== 32)) return check('kept', false, 'nothing_kept');
  return check('kept', await isContinued(earlier, now, hashes as Uint8Array<ArrayBuffer>[]), 'nothing_kept');
}
