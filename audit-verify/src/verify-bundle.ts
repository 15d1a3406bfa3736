import type { KeyObject, X509Certificate } from 'node:crypto';
import type { BundleFiles } from './bundle-files.ts';
import { sameBytes } from './bytes.ts';
import { type CertificateFile, checkCertificates } from './certificates.ts';
import { type Entry, entryOf } from './entry.ts';
import { CHECKS, type CheckName, type Finding, Findings } from './finding.ts';
import { HeartbeatDays } from './gaps.ts';
import { GrowingTree } from './merkle.ts';
import { signersOf, verifierKeys } from './note.ts';
import { type Checkpoint, checkpointOf } from './note-text.ts';
import { type Payload, PayloadCheck } from './payloads.ts';
import { Replay } from './replay.ts';
import { checkStamps, EntryTimes } from './times.ts';
import { TrustedKeys } from './trusted-keys.ts';

/** What the auditor brings, on other ways than the bundle came. */
export interface Brought {
  /** Text of `vkeys`. Null: those of the bundle are taken, and the answer says so. */
  readonly keys: string | null;
  /** Checkpoints kept earlier or elsewhere. */
  readonly saved: readonly { readonly at: string; readonly note: string }[];
  readonly authorities: readonly X509Certificate[];
  readonly issuer: KeyObject | null;
}

export interface Verdict {
  /** `holds`; `holds_with_gaps`: nothing contradicts, something is missing; `broken`. */
  readonly verdict: 'holds' | 'holds_with_gaps' | 'broken';
  readonly origin: string;
  readonly size: number;
  readonly checked: Readonly<Record<string, number>>;
  readonly checks: readonly { readonly name: CheckName; readonly says: string; readonly ok: boolean }[];
  readonly findings: readonly Finding[];
  /** How often each code was found; more than are listed when there are many. */
  readonly counts: Readonly<Record<string, number>>;
  /** Erased payloads, each with the entry that authorised it. */
  readonly redacted: readonly { readonly index: number; readonly by: number }[];
}

const FORMAT = 'urn:vestige:audit-bundle:v1';
const TAKE_ANOTHER = 'Ask the operator for the bundle once more; if it stays so, the log was tampered with.';

/** All eight checks over one bundle. Reads it file by file; never asks a network. */
export function verifyBundle(files: BundleFiles, brought: Brought): Verdict {
  const findings = new Findings();
  const report = findings.add;
  const manifest = manifestOf(files);
  if (manifest === null) {
    report('broken', 'roots', 'no_bundle', 'bundle.json', 'This is no audit bundle.', TAKE_ANOTHER);
    return verdictOf(findings, '', 0, {}, []);
  }
  const { origin, size, madeAt } = manifest;
  const promised = checkpointsOf(files, origin, brought, findings);
  const saved = savedOf(brought, origin, size, findings);
  const stamps = stampsIn(files, promised.notes);

  const tree = new GrowingTree();
  const times = new EntryTimes(report);
  const payloads = new PayloadCheck(report);
  const replay = new Replay(report);
  const heartbeats = new HeartbeatDays(report);
  const roots = new Map<number, Uint8Array>();
  const around = new Map<number, { last: string; next: string | null }>();
  const certified = new Map<number, string>();
  const stamped = new Set(stamps.map((stamp) => stamp.size));
  let last: Entry | null = null;

  for (const { line, payloadLine, at } of linesOf(files, findings)) {
    const index = tree.size;
    tree.push(Buffer.from(line, 'utf8'));
    const entry = entryOf(line, index);
    if (entry === null) {
      report('broken', 'roots', 'no_entry', at, 'This line is no entry as the log writes them.', TAKE_ANOTHER);
    } else {
      const payload: Payload | null = payloads.line(entry, payloadLine);
      times.add(entry);
      heartbeats.add(entry);
      replay.add(entry, payload);
      const before = around.get(index);
      if (before) around.set(index, { ...before, next: entry.loggedAt });
      if (stamped.has(tree.size)) around.set(tree.size, { last: entry.loggedAt, next: null });
      if ('certificate' in entry.facts) certified.set(index, line);
      last = entry;
    }
    if (promised.roots.has(tree.size) || saved.has(tree.size)) roots.set(tree.size, tree.root());
  }

  if (tree.size !== size) {
    const says = `The bundle says ${size} entries and holds ${tree.size}.`;
    report('broken', 'roots', 'entries_missing', 'entries/', says, TAKE_ANOTHER);
  }
  compareRoots(promised.roots, roots, size, findings);
  for (const [of, { root, at }] of saved) {
    if (isRoot(roots.get(of), root)) continue;
    const says = `The log of ${of} entries that was kept has another root hash than the one in this bundle.`;
    report('broken', 'kept', 'forked', at, says, FORKED);
  }
  const redacted = payloads.finish();
  heartbeats.finish(madeAt);
  const certificates = checkCertificates(
    certificatesIn(files),
    { replay, lineOf: (index) => certified.get(index) ?? null, rootOf: (of) => roots.get(of) ?? null },
    brought.issuer,
    report,
  );
  const checked = {
    entries: tree.size,
    checkpoints: promised.roots.size,
    kept: saved.size,
    stamps: checkStamps(stamps, brought.authorities, around, report),
    payloads: payloads.opened,
    redacted: redacted.length,
    withheld: payloads.withheld,
    requests: replay.requests.size,
    steps: replay.steps,
    certificates,
    heartbeats: heartbeats.days,
    until: last === null ? 0 : Date.parse(last.loggedAt),
  };
  return verdictOf(findings, origin, tree.size, checked, redacted);
}

const FORKED =
  'Two histories of one log exist. Keep both, and ask the operator: one of them was shown to somebody else.';

function manifestOf(files: BundleFiles): { origin: string; size: number; madeAt: string } | null {
  try {
    const value = JSON.parse(files.read('bundle.json')?.toString('utf8') ?? '') as Record<string, unknown>;
    const { format, origin, size, madeAt } = value;
    const whole = format === FORMAT && typeof origin === 'string' && Number.isSafeInteger(size);
    return whole && !Number.isNaN(Date.parse(String(madeAt))) ? (value as never) : null;
  } catch {
    return null;
  }
}

/** Checkpoints that may be believed, by size, with the notes as they are. */
function checkpointsOf(files: BundleFiles, origin: string, brought: Brought, { add }: Findings) {
  const found = verifierKeys(files.read('vkeys.txt')?.toString('utf8') ?? '');
  const given = brought.keys === null ? null : verifierKeys(brought.keys);
  if (given === null) {
    add('note', 'notes', 'keys_of_bundle', 'vkeys.txt', 'The keys are those that came with the bundle.', OWN_KEYS);
  }
  for (const line of given?.wrong ?? []) {
    add(
      'broken',
      'notes',
      'no_key',
      'keys',
      `This line is no verifier key: ${line.slice(0, 60)}`,
      'Ask the operator for the keys once more.',
    );
  }
  const trusted = new TrustedKeys(given?.keys ?? found.keys, found.keys);
  const roots = new Map<number, Uint8Array>();
  const notes = new Map<number, string>();
  const names = files.names.filter((name) => /^checkpoints\/\d{12}\.note$/.test(name));
  for (const name of names) {
    const note = files.read(name)?.toString('utf8') ?? '';
    if (!trusted.judge(note, name, add)) continue;
    const checkpoint = checkpointOf(note);
    const claimed = Number(/(\d{12})/.exec(name)?.[1]);
    if (checkpoint === null || checkpoint.origin !== origin || checkpoint.size !== claimed) {
      add('broken', 'notes', 'other_checkpoint', name, 'This is no checkpoint of this log and size.', TAKE_ANOTHER);
      continue;
    }
    roots.set(checkpoint.size, checkpoint.root);
    notes.set(checkpoint.size, note);
  }
  return { roots, notes, keys: [...(given?.keys ?? []), ...found.keys] };
}

const OWN_KEYS = 'Anybody can sign with a key of their own: ask for the keys on another way and give them with --keys.';

/** Checkpoints the auditor kept: whoever signed them, they must be this log's and no longer than it is. */
function savedOf({ saved, keys }: Brought, origin: string, size: number, { add }: Findings) {
  const known = keys === null ? null : verifierKeys(keys).keys;
  const kept = new Map<number, Checkpoint & { at: string }>();
  for (const { at, note } of saved) {
    const checkpoint = checkpointOf(note);
    if (checkpoint === null || checkpoint.origin !== origin) {
      add(
        'broken',
        'kept',
        'kept_elsewhere',
        at,
        'What was kept is no checkpoint of this log.',
        'Give checkpoints of this log.',
      );
      continue;
    }
    const signers = known === null ? null : signersOf(note, known);
    if (known !== null && (signers === null || signers.forged || signers.signed.length === 0)) {
      add(
        'gap',
        'kept',
        'kept_unsigned',
        at,
        'No key that you gave has signed what was kept.',
        'Give the keys of that time too.',
      );
    }
    if (checkpoint.size > size) {
      const says = `It promises ${checkpoint.size} entries, and this bundle ends with ${size}.`;
      add(
        'broken',
        'kept',
        'truncated',
        at,
        says,
        'Entries are missing at the end: ask the operator for the whole log.',
      );
      continue;
    }
    const other = kept.get(checkpoint.size);
    if (other !== undefined && !sameBytes(other.root, checkpoint.root)) {
      add('broken', 'kept', 'kept_fork', at, `${other.at} promises another log of this size.`, FORKED);
    }
    kept.set(checkpoint.size, { ...checkpoint, at });
  }
  return kept;
}

function compareRoots(
  promised: ReadonlyMap<number, Uint8Array>,
  roots: ReadonlyMap<number, Uint8Array>,
  size: number,
  { add }: Findings,
): void {
  for (const [of, root] of promised) {
    if (isRoot(roots.get(of), root)) continue;
    const says = roots.has(of)
      ? `The first ${of} entries have another root hash than was promised.`
      : `It promises ${of} entries, more than there are.`;
    add(
      'broken',
      'roots',
      'root_differs',
      `checkpoint ${of}`,
      says,
      'An entry up to here was changed, dropped, added or moved after it was promised.',
    );
  }
  if (!promised.has(size)) {
    add(
      'broken',
      'roots',
      'no_last_checkpoint',
      'checkpoints/',
      'No trusted checkpoint covers the whole bundle.',
      TAKE_ANOTHER,
    );
  }
}

const isRoot = (found: Uint8Array | undefined, promised: Uint8Array): boolean =>
  found !== undefined && sameBytes(found, promised);

/** Entries in their order, each with the line beside it. */
function* linesOf(
  files: BundleFiles,
  { add }: Findings,
): Generator<{ line: string; payloadLine: string | undefined; at: string }> {
  let index = 0;
  for (const name of files.names.filter((each) => /^entries\/\d{12}\.jsonl$/.test(each))) {
    if (Number(/(\d{12})/.exec(name)?.[1]) !== index) {
      add('broken', 'roots', 'file_out_of_place', name, `It should begin with entry ${index}.`, TAKE_ANOTHER);
    }
    const lines = linesIn(files.read(name));
    const beside = linesIn(files.read(name.replace('entries/', 'payloads/')));
    for (const [n, line] of lines.entries()) {
      yield { line, payloadLine: beside[n], at: `entry ${index}` };
      index += 1;
    }
    if (beside.length > lines.length) {
      add('broken', 'payloads', 'payload_lines_left', name, 'There are payloads without entries.', TAKE_ANOTHER);
    }
  }
}

function linesIn(bytes: Buffer | null): string[] {
  const text = bytes?.toString('utf8') ?? '';
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function stampsIn(files: BundleFiles, notes: ReadonlyMap<number, string>) {
  return files.names.flatMap((name) => {
    const size = Number(/^tsr\/(\d{12})\..*\.tsr$/.exec(name)?.[1] ?? Number.NaN);
    const answer = files.read(name);
    // A stamp without its checkpoint is held against nothing at all, and so does not hold.
    return Number.isNaN(size) || answer === null ? [] : [{ at: name, size, note: notes.get(size) ?? '', answer }];
  });
}

function certificatesIn(files: BundleFiles): CertificateFile[] {
  return files.names.flatMap((name) => {
    const bytes = /^certificates\/.*\.json$/.test(name) ? files.read(name) : null;
    if (bytes === null) return [];
    return [{ at: name, bytes, proof: files.read(name.replace(/\.json$/, '.tlog-proof'))?.toString('utf8') ?? null }];
  });
}

function verdictOf(
  findings: Findings,
  origin: string,
  size: number,
  checked: Verdict['checked'],
  redacted: Verdict['redacted'],
): Verdict {
  const names = Object.keys(CHECKS) as CheckName[];
  return {
    verdict: findings.has('broken') ? 'broken' : findings.has('gap') ? 'holds_with_gaps' : 'holds',
    origin,
    size,
    checked,
    checks: names.map((name) => ({ name, says: CHECKS[name], ok: !findings.has('broken', name) })),
    findings: findings.list,
    counts: findings.counts(),
    redacted,
  };
}
