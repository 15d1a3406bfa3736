import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { BundleFiles } from '../bundle-files.ts';
import { canonical } from '../canonical.ts';
import { GrowingTree, leafHash, nodeHash } from '../merkle.ts';

/** A log made by hand, so that a test can do what no operator should: with the right key, or with another. */
export interface Draft {
  readonly type: string;
  readonly actor?: string;
  readonly object?: { readonly kind: string; readonly id: string };
  readonly requestId?: string;
  readonly facts?: Record<string, string | number>;
  readonly redacts?: [number, number][];
  readonly payload?: Record<string, unknown>;
  readonly at?: string;
  readonly loggedAt?: string;
}

export const ORIGIN = 'vestige.example.com/audit/acme';
export const START_MS = Date.UTC(2026, 2, 1, 10);
export const planHash = `sha256:${'a'.repeat(64)}`;
export const evidenceDigest = `sha256:${'e'.repeat(64)}`;

export interface NoteKey {
  readonly privateKey: KeyObject;
  readonly vkey: string;
  readonly id: Buffer;
}

export function noteKey(name = ORIGIN): NoteKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const typed = Buffer.concat([Buffer.of(1), publicKey.export({ format: 'der', type: 'spki' }).subarray(12)]);
  const id = createHash('sha256').update(`${name}\n`).update(typed).digest().subarray(0, 4);
  return { privateKey, id, vkey: `${name}+${id.toString('hex')}+${typed.toString('base64')}` };
}

export function noteOf(size: number, root: Buffer, keys: readonly NoteKey[], origin = ORIGIN): string {
  const text = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const lines = keys.map(({ privateKey, id }) => {
    const signature = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]).toString('base64');
    return `\u2014 ${origin} ${signature}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

export function rootOf(lines: readonly string[]): Buffer {
  const tree = new GrowingTree();
  for (const line of lines) tree.push(Buffer.from(line));
  return tree.root();
}

/** RFC 6962 by its definition: another way than the one under test. */
function pathTo(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length <= 1) return [];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return index < k ? [...pathTo(index, left), treeOf(right)] : [...pathTo(index - k, right), treeOf(left)];
}
function treeOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only) return only;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(treeOf(leaves.slice(0, k)), treeOf(leaves.slice(k)));
}

export class MadeLog {
  readonly lines: string[] = [];
  readonly beside: string[] = [];
  readonly notes = new Map<number, string>();
  readonly extra = new Map<string, Buffer>();
  keys: NoteKey[] = [noteKey()];
  vkeys: NoteKey[] = [...this.keys];
  madeAt = '2026-03-01T12:00:00.000Z';

  add(draft: Draft): number {
    const index = this.lines.length;
    const at = draft.at ?? new Date(START_MS + index * 1000).toISOString();
    const nonce = randomBytes(32);
    const payload = canonical(draft.payload === undefined ? {} : { details: draft.payload });
    const commitment = `sha256:${createHash('sha256').update(Buffer.of(0)).update(nonce).update(payload).digest('hex')}`;
    const { type, actor = 'key:abc', object = { kind: 'test', id: '1' }, requestId = null, facts, redacts } = draft;
    const loggedAt = draft.loggedAt ?? at;
    this.lines.push(canonical({ v: 1, type, actor, object, requestId, commitment, at, loggedAt, facts, redacts }));
    this.beside.push(JSON.stringify({ index, nonce: nonce.toString('base64'), payload }));
    return index;
  }

  request(id: string, event: string, from: string, to: string, more: Partial<Draft> = {}): number {
    const facts = event === 'file' ? {} : { facts: { from, to, ...more.facts } };
    return this.add({ type: `request.${event}`, object: { kind: 'request', id }, requestId: id, ...more, ...facts });
  }

  task(
    id: string,
    requestId: string,
    event: string,
    from: string,
    to: string,
    payload: object = {},
    actor = 'key:worker',
  ): number {
    const details = { node: `store:${id}`, ...payload };
    return this.add({
      type: `task.${event}`,
      actor,
      object: { kind: 'task', id },
      requestId,
      facts: { from, to },
      payload: details,
    });
  }

  dryTask(id: string, requestId: string, event: string, from: string, to: string, payload: object = {}): number {
    return this.add({
      type: `task.${event}`,
      object: { kind: 'task', id },
      requestId,
      facts: { from, to, dry: 1 },
      payload: { node: `store:${id}`, dry: 1, ...payload },
    });
  }

  sign(): void {
    this.notes.set(this.lines.length, noteOf(this.lines.length, rootOf(this.lines), this.keys));
  }

  erase(indexes: readonly number[]): number {
    const by = this.add({ type: 'audit.payloads_erased', redacts: indexes.map((index) => [index, index]) });
    for (const index of indexes) this.beside[index] = JSON.stringify({ index, redactedBy: by });
    return by;
  }

  certificate(id: string, bytes: string, index: number): void {
    this.extra.set(`certificates/${id}.json`, Buffer.from(bytes));
    const leaves = this.lines.map((line) => leafHash(Buffer.from(line)));
    const hashes = pathTo(index, leaves).map((hash) => hash.toString('base64'));
    const extra = Buffer.from(this.lines[index] ?? '').toString('base64');
    const proof = [
      'c2sp.org/tlog-proof@v1',
      `extra ${extra}`,
      `index ${index}`,
      ...hashes,
      '',
      this.notes.get(leaves.length),
    ];
    this.extra.set(`certificates/${id}.tlog-proof`, Buffer.from(proof.join('\n')));
  }

  files(): Map<string, Buffer> {
    const size = this.lines.length;
    const manifest = {
      format: 'urn:vestige:audit-bundle:v1',
      origin: ORIGIN,
      tenant: 'acme',
      size,
      madeAt: this.madeAt,
    };
    const named: [string, string | Buffer][] = [
      ['bundle.json', JSON.stringify(manifest)],
      ['vkeys.txt', this.vkeys.map(({ vkey }) => `${vkey}\n`).join('')],
      ...pages('entries', this.lines),
      ...pages('payloads', this.beside),
      ...[...this.notes].map(([of, note]) => [`checkpoints/${padded(of)}.note`, note] as [string, string]),
      ...this.extra,
    ];
    return new Map(named.map(([name, content]) => [name, Buffer.from(content)]));
  }
}

/** Small pages, so that there are several. */
const PAGE = 8;
const padded = (n: number) => String(n).padStart(12, '0');
function pages(folder: string, lines: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let from = 0; from < lines.length; from += PAGE) {
    const some = lines.slice(from, from + PAGE).map((line) => `${line}\n`);
    found.push([`${folder}/${padded(from)}.jsonl`, some.join('')]);
  }
  return found;
}

export const inMemory = (files: ReadonlyMap<string, Buffer>): BundleFiles => ({
  names: [...files.keys()].sort(),
  read: (name) => files.get(name) ?? null,
});

interface MadeCertificate extends Record<string, unknown> {
  readonly targets: Record<string, unknown>[];
}
/** What an operator makes of the nth certificate before it is logged and signed. */
type Change = (certificate: MadeCertificate, nth: number) => MadeCertificate;
const unchanged: Change = (certificate) => certificate;

/** A day with an erasure from the first letter to the certificate, a look at somebody, and its erasure. */
export function ordinaryDay(change: Change = unchanged): MadeLog {
  const log = new MadeLog();
  const id = '11111111-1111-4111-8111-111111111111';
  log.add({ type: 'audit.heartbeat', object: { kind: 'audit_log', id: '2026-03-01' } });
  const look = log.add({ type: 'subject.read', object: { kind: 'subject', id: '-' }, payload: { what: 'lineage' } });
  log.request(id, 'file', '', '', { actor: 'key:agent' });
  log.sign();
  log.request(id, 'verify_identity', 'received', 'assessing');
  log.request(id, 'plan', 'assessing', 'awaiting_approval', { facts: { planHash } });
  erasedOnce(log, id, 1, change, () => log.erase([look]));
  return log;
}

/** The same, and what was left behind is found: the request is reopened and ends with a second certificate. */
export function reopenedDay(change: Change = unchanged): MadeLog {
  const log = ordinaryDay(change);
  const id = '11111111-1111-4111-8111-111111111111';
  log.request(id, 'reopen', 'completed', 'reopened');
  log.request(id, 'verify_identity', 'reopened', 'reopened');
  log.request(id, 'plan', 'reopened', 'awaiting_approval', { facts: { planHash } });
  erasedOnce(log, id, 2, change);
  return log;
}

/** From the approval to the certificate, with one place. */
function erasedOnce(log: MadeLog, id: string, nth: number, change: Change, before: () => void = () => {}): void {
  const certificateId = `22222222-2222-4222-8222-22222222222${nth}`;
  const task = `t${nth}`;
  log.request(id, 'approve', 'awaiting_approval', 'approved', { actor: 'key:officer', facts: { planHash } });
  log.request(id, 'start', 'approved', 'executing');
  log.task(task, id, 'unblock', 'blocked', 'ready');
  log.task(task, id, 'claim', 'ready', 'leased');
  log.task(task, id, 'execute', 'leased', 'executed', { found: 3, erased: 3, residual: 0, evidenceDigest });
  log.task(task, id, 'settle', 'executed', 'settling');
  log.task(task, id, 'settled', 'settling', 'verifying');
  log.sign();
  log.request(id, 'finish_execution', 'executing', 'verifying');
  log.task(task, id, 'claim', 'verifying', 'verifying');
  const nothingLeft = { found: 0, erased: 0, residual: 0, evidenceDigest };
  log.task(task, id, 'verify_gone', 'verifying', 'verified', nothingLeft, 'key:verifier');
  before();
  const certificate = canonical(
    change(
      {
        certificateId,
        requestId: id,
        outcome: 'completed',
        approval: { planHash, by: 'key:officer', filedBy: 'key:agent' },
        targets: [{ node: `store:${task}`, result: 'verified', found: 3, erased: 3, residual: 0 }],
        signature: { value: '' },
      },
      nth,
    ),
  );
  const sha256 = `sha256:${createHash('sha256').update(certificate).digest('hex')}`;
  const facts = { certificate: certificateId, certificateSha256: sha256 };
  const end = log.request(id, 'complete', 'verifying', 'completed', { facts });
  log.add({ type: 'audit.bundle_read' });
  log.sign();
  log.certificate(certificateId, certificate, end);
}
