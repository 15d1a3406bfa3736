import type { LogLeaf } from '@vestige/store/audit/audit-log';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { certificateProof, type Proving } from './prove.ts';
import type { ArchivedFile } from './tar.ts';

/** Named in `bundle.json`; the verifier refuses another one. */
export const BUNDLE_FORMAT = 'urn:vestige:audit-bundle:v1';
/** An entry has at most 64 KiB, so a page at most 16 MiB. */
const ENTRIES_PER_FILE = 256;
const CHECKPOINTS_PER_READ = 1000;

export interface BundleOptions {
  /** Of the checkpoint that the bundle ends with. */
  readonly size: number;
  readonly madeAt: Date;
  /** Payloads about these people are included; those about anybody else are withheld. */
  readonly subjectIds: readonly string[];
}

/**
 * Everything an auditor needs to check the log without us (research/compliance.md §4.5), file by file.
 *
 * A payload that names a person is left out unless the bundle was asked for about that person: the commitment in the
 * entry stands for it, and who reads it all would otherwise look at everybody at once.
 */
export async function* bundleFiles(
  deps: Proving,
  tenant: Tenant,
  options: BundleOptions,
): AsyncGenerator<ArchivedFile> {
  const { size, madeAt } = options;
  const { auditLog, logKeys } = deps;
  const origin = logKeys.origin(tenant);
  yield { name: 'README.txt', content: README };
  yield {
    name: 'bundle.json',
    content: `${JSON.stringify({ format: BUNDLE_FORMAT, origin, tenant: tenant.name, size, madeAt: madeAt.toISOString() }, null, 2)}\n`,
  };
  const keys = new Set(logKeys.signers(tenant).map(({ text }) => text));

  for (let from = 0; from < size; from += ENTRIES_PER_FILE) {
    const range = { from, until: Math.min(size, from + ENTRIES_PER_FILE) };
    const leaves = await auditLog.leaves(tenant.id, { ...range, limit: ENTRIES_PER_FILE });
    for (const key of leaves.flatMap(formerKeys)) keys.add(key);
    const name = `${String(from).padStart(12, '0')}.jsonl`;
    yield { name: `entries/${name}`, content: linesOf(leaves.map(({ entry }) => Buffer.from(entry).toString('utf8'))) };
    yield {
      name: `payloads/${name}`,
      content: linesOf(leaves.map((leaf) => JSON.stringify(payloadLine(leaf, options.subjectIds)))),
    };
    for (const { id, bytes } of await auditLog.certificates(tenant.id, range)) {
      yield { name: `certificates/${id}.json`, content: bytes };
      const proof = await certificateProof(deps, tenant, id);
      if (proof !== null) yield { name: `certificates/${id}.tlog-proof`, content: proof };
    }
  }

  for (let afterSize = 0; afterSize < size; ) {
    const range = { afterSize, upTo: size };
    const some = await auditLog.checkpoints(tenant.id, { ...range, limit: CHECKPOINTS_PER_READ });
    for (const checkpoint of some) {
      yield { name: `checkpoints/${numbered(checkpoint.size)}.note`, content: checkpoint.note };
    }
    const upTo = some.at(-1)?.size ?? size;
    for (const { size: of, kind, place, proof } of await auditLog.anchors(tenant.id, { afterSize, upTo })) {
      if (kind === 'rfc3161') yield { name: `tsr/${numbered(of)}.${fileSafe(place)}.tsr`, content: proof };
    }
    afterSize = upTo;
  }
  yield { name: 'vkeys.txt', content: `${[...keys].join('\n')}\n` };
}

/** Keys that signed once: each change of keys is an entry that names those before and after. */
function formerKeys({ entry, payload }: LogLeaf): string[] {
  if (payload === null || !Buffer.from(entry).includes('"type":"audit.keys_changed"')) return [];
  return (JSON.parse(payload.text) as { details: { keys: string[] } }).details.keys;
}

/** What is beside an entry, on the line that has the entry's place: opened, erased by leave of an entry, or withheld. */
function payloadLine({ index, payload, redactedBy }: LogLeaf, subjectIds: readonly string[]): Record<string, unknown> {
  if (payload === null) return { index, redactedBy };
  if (payload.subjectId !== null && !subjectIds.includes(payload.subjectId)) return { index, withheld: true };
  return { index, nonce: Buffer.from(payload.nonce).toString('base64'), payload: payload.text };
}

const linesOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const numbered = (size: number): string => String(size).padStart(12, '0');
const fileSafe = (place: string): string => place.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 60);

const README = `The audit log of one tenant of Vestige, to be checked without Vestige.

  entries/      one entry a line, exactly as it was hashed; the file name is the index of its first line
  payloads/     what each entry commits to: opened, erased by leave of another entry, or withheld because it names a person
  checkpoints/  what the log promised at which size, signed (C2SP tlog-checkpoint)
  tsr/          answers of time-stamping authorities over these notes (RFC 3161)
  certificates/ certificates of ended requests, each with the proof that it is in the log (C2SP tlog-proof)
  vkeys.txt     the keys that sign, and signed before. Compare them with those you were given on another way.

  vestige audit verify <this folder or archive> --keys <keys you were given>
`;
