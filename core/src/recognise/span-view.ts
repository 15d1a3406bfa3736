import type { AttrValue, DecodedSpan, Outcome } from '../model/span.ts';
import { cleanHost, hostPort, urlAuthority } from '../node/host.ts';
import { part } from '../node/part.ts';
import { systemOf } from '../scrub/attributes.ts';
import { mask } from '../scrub/mask.ts';
import type { ScrubLog } from '../scrub/scrub-log.ts';
import type { ReadContext } from './read-context.ts';
import type { ReadResource } from './read-resource.ts';

const HOST_KEYS = ['server.address', 'net.peer.name', 'net.sock.peer.name', 'http.host'] as const;
const URL_KEYS = ['url.full', 'http.url', 'db.connection_string', 'messaging.url'] as const;
const ADDRESS_KEYS = ['network.peer.address', 'net.peer.ip', 'net.sock.peer.addr'] as const;
const PORT_KEYS = ['server.port', 'net.peer.port', 'network.peer.port', 'net.sock.peer.port'] as const;

/** A decoded span as the rules look at it: attributes by several names, the other side's host, the outcome. */
export class SpanView {
  readonly span: DecodedSpan;
  readonly resource: ReadResource;
  readonly context: ReadContext;
  readonly log: ScrubLog;
  /** Set before any rule runs. */
  outcome: Outcome = 'ok';
  #server: { host: string; port: number } | null = null;
  #system: string | null = null;

  constructor(span: DecodedSpan, resource: ReadResource, context: ReadContext, log: ScrubLog) {
    this.span = span;
    this.resource = resource;
    this.context = context;
    this.log = log;
  }

  get kind() {
    return this.span.kind;
  }

  /** Name of the library that made the span; on a stored span its version stands behind it. */
  get scope(): string {
    const { scopeName } = this.span;
    const space = scopeName.indexOf(' ');
    return space < 0 ? scopeName : scopeName.slice(0, space);
  }

  /** SERVER and CONSUMER spans describe their callers: what they call a peer is the client. */
  get answers(): boolean {
    return this.span.kind === 'server' || this.span.kind === 'consumer';
  }

  raw(key: string): AttrValue | undefined {
    return this.span.attributes[key];
  }

  has(key: string): boolean {
    const value = this.span.attributes[key];
    return value !== undefined && value !== null && value !== '';
  }

  /** The first of these attributes that holds a text, number or boolean; '' when none does. */
  text(...keys: readonly string[]): string {
    for (const key of keys) {
      const value = this.span.attributes[key];
      if (typeof value === 'string') {
        if (value !== '') return value;
      } else if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
        return String(value);
    }
    return '';
  }

  /** A list of texts; a lone text is a list of one. Other items are left out. */
  list(key: string): string[] {
    const value = this.span.attributes[key];
    if (typeof value === 'string') return value === '' ? [] : [value];
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string' && item !== '') : [];
  }

  /** A whole number, or -1. */
  count(...keys: readonly string[]): number {
    for (const key of keys) {
      const value = this.span.attributes[key];
      if (value === undefined || value === null) continue;
      const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
      if (typeof number === 'bigint') return number >= 0n && number <= 0x1f_ffff_ffff_ffffn ? Number(number) : -1;
      if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
      return -1;
    }
    return -1;
  }

  /** A name for a node: masked, bounded, `-` when unknown. */
  part(...keys: readonly string[]): string {
    return part(this.text(...keys), this.log.onMask);
  }

  /** `db.system.name` in its stable spelling, ''. */
  get system(): string {
    this.#system ??= systemOf(this.span.attributes);
    return this.#system;
  }

  /** The server's host, '' when unknown; masked. */
  get host(): string {
    this.#server ??= this.#findServer();
    return this.#server.host;
  }

  /** 0 when unknown. */
  get port(): number {
    this.#server ??= this.#findServer();
    return this.#server.port;
  }

  /** Is the host outside the tenant, for all that is known? */
  get isOutside(): boolean {
    const { inside } = this.context;
    return this.host !== '' && (!inside.has(this.host) || inside.isOnlyNamed(this.host));
  }

  /** The text of the last exception's message and the status: read for proof of no effect, never stored. */
  get failureText(): string {
    const event = this.span.events.findLast(({ name }) => name === 'exception');
    const message = event?.attributes['exception.message'];
    return `${this.span.statusMessage.slice(0, 1024)}\n${typeof message === 'string' ? message.slice(0, 1024) : ''}`;
  }

  get exceptionType(): string {
    const event = this.span.events.findLast(({ name }) => name === 'exception');
    const type = event?.attributes['exception.type'] ?? this.raw('exception.type');
    return typeof type === 'string' ? type : '';
  }

  #findServer(): { host: string; port: number } {
    const port = this.count(...PORT_KEYS);
    const known = port > 0 && port <= 65_535 ? port : 0;
    for (const key of HOST_KEYS) {
      const text = this.text(key);
      if (text === '') continue;
      // Semantic Kernel and the Agent Framework write the API's whole URL into `server.address`.
      const found = (text.includes('://') ? urlAuthority(text) : null) ?? hostPort(text);
      if (found.host !== '') return { host: mask(found.host, this.log.onMask), port: known || found.port };
    }
    for (const key of URL_KEYS) {
      const text = this.text(key);
      const found = text === '' ? null : urlAuthority(text);
      if (found !== null && found.host !== '') {
        return { host: mask(found.host, this.log.onMask), port: known || found.port };
      }
    }
    for (const key of ADDRESS_KEYS) {
      const host = cleanHost(this.text(key));
      if (host !== '') return { host, port: known };
    }
    return { host: '', port: known };
  }
}
