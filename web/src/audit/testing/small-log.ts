import { canonical } from '@vestige/audit-verify/canonical';
import { leafHash } from '../merkle-proof.ts';
import { sha256 } from '../web-crypto.ts';

/** A log of a few entries, built by the definition of RFC 6962 and signed with keys of its own. */
export const ORIGIN = 'vestige.example.com/audit/acme';

type Bytes = Uint8Array<ArrayBuffer>;
const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
export const base64Of = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const nodeHash = (left: Bytes, right: Bytes) => sha256(Uint8Array.of(1), left, right);

export interface Signer {
  readonly publicKey: Bytes;
  readonly spki: Bytes;
  sign(text: string): Promise<Bytes>;
}

export async function newSigner(): Promise<Signer> {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify'])) as CryptoKeyPair;
  return {
    publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)),
    spki: new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey)),
    sign: async (text) => new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, pair.privateKey, utf8(text))),
  };
}

export const pemOf = ({ spki }: Signer): string =>
  `-----BEGIN PUBLIC KEY-----\n${base64Of(spki)}\n-----END PUBLIC KEY-----\n`;

const typed = ({ publicKey }: Signer): Bytes => Uint8Array.of(1, ...publicKey);
const idOf = async (signer: Signer, name: string): Promise<Bytes> =>
  (await sha256(utf8(`${name}\n`), typed(signer))).slice(0, 4);

export async function vkeyOf(signer: Signer, name = ORIGIN): Promise<string> {
  const id = Array.from(await idOf(signer, name), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${name}+${id}+${base64Of(typed(signer))}`;
}

export class SmallLog {
  readonly entries: readonly string[];
  readonly signer: Signer;

  constructor(entries: readonly string[], signer: Signer) {
    this.entries = entries;
    this.signer = signer;
  }

  async root(size = this.entries.length): Promise<Bytes> {
    return rootOf(await this.#leaves(size));
  }

  async note(size = this.entries.length, signer = this.signer, origin = ORIGIN): Promise<string> {
    const text = `${origin}\n${size}\n${base64Of(await this.root(size))}\n`;
    const signature = Uint8Array.of(...(await idOf(signer, origin)), ...(await signer.sign(text)));
    return `${text}\n\u2014 ${origin} ${base64Of(signature)}\n`;
  }

  async proof(index: number, size = this.entries.length, note?: string): Promise<string> {
    const hashes = await pathTo(index, await this.#leaves(size));
    return [
      'c2sp.org/tlog-proof@v1',
      `extra ${base64Of(utf8(this.entries[index] ?? ''))}`,
      `index ${index}`,
      ...hashes.map(base64Of),
      '',
      note ?? (await this.note(size)),
    ].join('\n');
  }

  async consistency(first: number, second: number): Promise<string[]> {
    return (await subproof(first, await this.#leaves(second), true)).map(base64Of);
  }

  #leaves(size: number): Promise<Bytes[]> {
    return Promise.all(this.entries.slice(0, size).map((entry) => leafHash(utf8(entry))));
  }
}

/** A certificate as it is handed out. */
export async function certificateText(issuer: Signer, body: Readonly<Record<string, unknown>>): Promise<string> {
  const kid = (await sha256(issuer.spki)).slice(0, 8);
  const value = base64Of(await issuer.sign(canonical(body)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
  const digits = Array.from(kid, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return canonical({ ...body, signature: { alg: 'Ed25519', kid: digits, value } });
}

function cutOf(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}
async function rootOf(part: readonly Bytes[]): Promise<Bytes> {
  const [only] = part;
  if (only === undefined) return sha256();
  if (part.length === 1) return only;
  const k = cutOf(part.length);
  return nodeHash(await rootOf(part.slice(0, k)), await rootOf(part.slice(k)));
}
async function pathTo(index: number, part: readonly Bytes[]): Promise<Bytes[]> {
  if (part.length === 1) return [];
  const k = cutOf(part.length);
  const [left, right] = [part.slice(0, k), part.slice(k)];
  return index < k
    ? [...(await pathTo(index, left)), await rootOf(right)]
    : [...(await pathTo(index - k, right)), await rootOf(left)];
}
async function subproof(first: number, part: readonly Bytes[], known: boolean): Promise<Bytes[]> {
  if (first === part.length) return known ? [] : [await rootOf(part)];
  const k = cutOf(part.length);
  const [left, right] = [part.slice(0, k), part.slice(k)];
  return first <= k
    ? [...(await subproof(first, left, known)), await rootOf(right)]
    : [...(await subproof(first - k, right, false)), await rootOf(left)];
}
