import { lookup } from 'node:dns/promises';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { classOfAddress } from './address.ts';

/**
 * The one way in which Vestige calls an address that somebody else named: a callback URL of a controller, a processor's
 * certificate, a company's webhook. Such a URL is an attempt to make us call our own network until shown otherwise.
 *
 * - https, unless the policy names the host as one that may be called in the clear;
 * - the host is on the policy's list;
 * - the name is resolved once, every address it has must be allowed, and the connection goes to exactly those, so that
 *   a second answer of the name server (DNS rebinding) is never asked for;
 * - a redirect is an answer, never followed;
 * - time and bytes are bounded, also for a server that sends one byte a second.
 */
export interface OutboundPolicy {
  /** `api.example.com`, or `*.example.com` for everything below it. `*` for any public host. */
  readonly hosts: readonly string[];
  /** Hosts (exactly named) that may have a private address, because an operator said so. Link-local stays forbidden. */
  readonly privateHosts?: readonly string[];
  /** Hosts (exactly named) that may be called over http. For tests and for sidecars on the same machine. */
  readonly plaintextHosts?: readonly string[];
  /** PEM certificates trusted besides the system's; for authorities of one's own. */
  readonly extraAuthorities?: readonly string[];
  readonly timeoutMs?: number;
  readonly answerBytesMax?: number;
  /** The name server's answer; default: the system's resolver. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

export interface OutboundCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal;
}

/** Why nothing was sent, or nothing usable came back. Safe to log: none holds the URL or the answer. */
export type OutboundFailure =
  | 'bad_url'
  | 'host_not_allowed'
  | 'plaintext'
  | 'address_refused'
  | 'unresolvable'
  | 'unreachable'
  | 'untrusted_certificate'
  | 'timeout'
  | 'too_large'
  | 'aborted';

export type OutboundAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
    }
  | { readonly ok: false; readonly failure: OutboundFailure };

const TIMEOUT_MS = 15_000;
const ANSWER_BYTES_MAX = 1024 * 1024;
const HEADER_BYTES_MAX = 32 * 1024;

/** Failures that may be over at the next attempt; the others stay until somebody changes a URL, a list or a certificate. */
export function isPassing(failure: OutboundFailure): boolean {
  return ['unresolvable', 'unreachable', 'timeout', 'aborted'].includes(failure);
}

/** What the policy says of a URL before any name is resolved. */
export function judgeUrl(policy: OutboundPolicy, text: string): URL | OutboundFailure {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '' || url.hostname === '') return 'bad_url';
  const host = bare(url.hostname);
  if (url.protocol === 'http:') {
    if (!policy.plaintextHosts?.includes(host)) return 'plaintext';
  } else if (url.protocol !== 'https:') return 'bad_url';
  return policy.hosts.some((pattern) => matches(pattern, host)) ? url : 'host_not_allowed';
}

/** Never throws: what went wrong is in the answer. */
export async function guardedCall(policy: OutboundPolicy, call: OutboundCall): Promise<OutboundAnswer> {
  const url = judgeUrl(policy, call.url);
  if (typeof url === 'string') return { ok: false, failure: url };
  const deadline = AbortSignal.timeout(policy.timeoutMs ?? TIMEOUT_MS);
  const host = bare(url.hostname);
  const addresses = await resolved(policy, host, deadline);
  if (typeof addresses === 'string') return { ok: false, failure: addresses };
  const opened = policy.privateHosts?.includes(host) ?? false;
  const allowed = (address: string) => {
    const found = classOfAddress(address);
    return found === 'public' || (found === 'private' && opened);
  };
  // One bad address among good ones is how rebinding begins.
  if (addresses.length === 0 || !addresses.every(allowed)) return { ok: false, failure: 'address_refused' };
  return exchange(policy, call, url, addresses, deadline);
}

async function resolved(
  policy: OutboundPolicy,
  host: string,
  deadline: AbortSignal,
): Promise<readonly string[] | OutboundFailure> {
  if (isIP(host) !== 0) return [host];
  const ask = policy.resolve ?? systemResolver;
  const late = new Promise<'timeout'>((resolve) => {
    deadline.addEventListener('abort', () => resolve('timeout'), { once: true });
  });
  return Promise.race([ask(host).catch((): OutboundFailure => 'unresolvable'), late]);
}

async function systemResolver(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);
}

function exchange(
  policy: OutboundPolicy,
  call: OutboundCall,
  url: URL,
  addresses: readonly string[],
  deadline: AbortSignal,
): Promise<OutboundAnswer> {
  const bytesMax = policy.answerBytesMax ?? ANSWER_BYTES_MAX;
  const signal = call.signal === undefined ? deadline : AbortSignal.any([deadline, call.signal]);
  const body = call.body === undefined ? undefined : Buffer.from(call.body);
  const pinned = addresses.map((address) => ({ address, family: isIP(address) }));
  return new Promise((resolve) => {
    const fail = (failure: OutboundFailure) => resolve({ ok: false, failure });
    const request = (url.protocol === 'https:' ? tlsRequest : plainRequest)(
      url,
      {
        method: call.method,
        headers: { ...call.headers, ...(body && { 'content-length': String(body.byteLength) }) },
        // Neither a pooled connection to an address that was checked for another call, nor a proxy of the environment.
        agent: false,
        lookup: (_host, options, found) => {
          const [first] = pinned;
          if (options.all) found(null, pinned);
          else found(null, first?.address ?? '', first?.family ?? 4);
        },
        maxHeaderSize: HEADER_BYTES_MAX,
        signal,
        ...(policy.extraAuthorities && { ca: [...rootCertificates, ...policy.extraAuthorities] }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.byteLength;
          if (bytes > bytesMax) {
            fail('too_large');
            request.destroy();
          } else chunks.push(chunk);
        });
        response.on('end', () =>
          resolve({
            ok: true,
            status: response.statusCode ?? 0,
            headers: headersOf(response.headers),
            body: Buffer.concat(chunks),
          }),
        );
        response.on('error', (error) => fail(failureOf(error, deadline, call.signal)));
      },
    );
    request.on('error', (error) => fail(failureOf(error, deadline, call.signal)));
    request.end(body);
  });
}

function failureOf(error: unknown, deadline: AbortSignal, caller: AbortSignal | undefined): OutboundFailure {
  if (caller?.aborted) return 'aborted';
  if (deadline.aborted) return 'timeout';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|HOSTNAME/.test(code) ? 'untrusted_certificate' : 'unreachable';
}

function headersOf(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

/** `[::1]` → `::1`; no dot at the end; the URL parser has already lowered it and turned `0x7f.1` into `127.0.0.1`. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function matches(pattern: string, host: string): boolean {
  if (pattern === '*') return true;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) && isIP(host) === 0 : host === pattern;
}
