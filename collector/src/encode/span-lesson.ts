import { ATTR } from '@vestige/core/convention/attributes';
import type { Attrs, DecodedSpan, ReadSpan } from '@vestige/core/model/span';
import { cleanHost, hostPort } from '@vestige/core/node/host';
import { isObjectAddress } from '@vestige/core/recognise/object-address';
import type { ReadContext } from '@vestige/core/recognise/read-context';
import { ALLOWED } from '@vestige/core/scrub/allowed';
import { plainText, systemOf } from '@vestige/core/scrub/attributes';
import { isCleanText } from './byte-scan.ts';
import type { PatternSpace } from './pattern.ts';
import { eventKeyRole, keyRole, linkKeyRole } from './span-keys.ts';
import { type Choice, KeyStep, Step } from './span-paths.ts';
import { behindLength, lengthAt } from './value-scan.ts';
import type { Place, WalkedSpan } from './walked-span.ts';

/** So many values make it likely that there is one for every span. */
const SPREAD_MAX = 8;
/** Names of a span's host, from which it is read first (core/src/recognise/span-view.ts). */
const HOST_KEYS = ['server.address', 'net.peer.name', 'net.sock.peer.name', 'http.host'] as const;
const PORT_KEYS = ['server.port', 'net.peer.port', 'network.peer.port', 'net.sock.peer.port'] as const;

const URL_KEYS = ['url.full', 'http.url'] as const;
const isObject = (value: unknown) => typeof value === 'string' && isObjectAddress(value);

/** Values that are stored in another column, or say nothing about anybody. Clean ones are remembered as they are. */
const OPEN: ReadonlySet<string> = new Set([
  ATTR.subjectRole,
  ATTR.subjectAttribution,
  ATTR.dataCategories,
  ATTR.purpose,
  ATTR.legalBasis,
  ATTR.owner,
  ATTR.retentionUntil,
  'http.host',
  'aws.region',
  'aws.operation',
  'aws.account.id',
  'cloud.account.id',
  'gcp.project_id',
  'mcp.server.name',
  'messaging.rabbitmq.vhost',
  'messaging.rabbitmq.virtual_host',
  'db.elasticsearch.path_parts.index',
  'db.operation.parameter.index',
]);

/** What one `KeyValue` of the walk left behind. */
export interface TaughtKey {
  readonly key: string;
  readonly place: Place;
  /** Events before and including this one. */
  readonly event: number;
  /** Links before and including this one. */
  readonly link: number;
  /** Lengths of the walk's lists behind it. */
  readonly attrs: number;
  readonly eventAttrs: number;
  readonly conversations: number;
  readonly counts: number;
}

/** What is remembered of all tenants. */
export interface Remembered {
  steps: number;
  readonly space: PatternSpace;
}

/**
 * Makes the steps of a span that has just been read by the recognisers, so that the next one like it is not read at all.
 *
 * It alone decides what is remembered: a value lies in a step as it is only when it also lies on disk.
 */
export class Lesson {
  /** Every key of the walk, in order. */
  readonly taught: TaughtKey[] = [];
  /** URLs and paths are looked at by their segments only, unless they name a queue. */
  readonly mayReduceAddress: boolean;
  readonly mayReduceCommand: boolean;
  readonly #span: DecodedSpan;
  readonly #read: ReadSpan;
  readonly #walk: WalkedSpan;
  readonly #known: Remembered;
  readonly #hostIsNamed: boolean;
  readonly #portIsNamed: boolean;
  readonly #tokensAreMade: boolean;
  readonly #refsAreMade: boolean;

  constructor(span: DecodedSpan, read: ReadSpan, context: ReadContext, walk: WalkedSpan, known: Remembered) {
    this.#span = span;
    this.#read = read;
    this.#walk = walk;
    this.#known = known;
    this.#tokensAreMade = context.tokenFor !== null;
    this.#refsAreMade = context.recordRefs !== null;
    this.#hostIsNamed = isHostNamed(span.attributes);
    this.#portIsNamed = isDefined(span.attributes, PORT_KEYS[0]);
    // A bucket and its folders stand in the address: there it matters as a whole.
    this.mayReduceAddress =
      !isDefined(span.attributes, 'messaging.system') && !URL_KEYS.some((key) => isObject(span.attributes[key]));
    const system = systemOf(span.attributes);
    this.mayReduceCommand = (system === 'redis' || system === 'memcached') && !this.#refsAreMade;
  }

  field(step: Step, bytes: Buffer, start: number, stop: number, place: Place): Step | null {
    return this.#made(
      step.fields.add(this.#known.space, bytes, start, stop, !this.#isFieldStored(bytes, start, stop, place)),
    );
  }

  /** A name is stored if it is stored unchanged, the kind always, a status never but for its bare code. */
  #isFieldStored(bytes: Buffer, start: number, stop: number, place: Place): boolean {
    const tag = bytes[start];
    if (place === 'event') {
      lengthAt(bytes, start + 1);
      return this.#read.events[this.#walk.events - 1]?.name === bytes.toString('utf8', behindLength(), stop);
    }
    if (tag === 0x2a) return this.#read.name === this.#span.name;
    return stop - start <= 4;
  }

  enter(step: Step, place: 'event' | 'link'): Step {
    const inside = new Step();
    step[place] = inside;
    this.#known.steps += 1;
    return inside;
  }

  leave(inside: Step): Step {
    inside.end = new Step();
    this.#known.steps += 1;
    return inside.end;
  }

  /** @returns null for a `KeyValue` that is not a key and a value */
  key(step: Step, bytes: Buffer, start: number, stop: number, place: Place): KeyStep | null {
    if (bytes[start] !== 0x0a) return null;
    const length = lengthAt(bytes, start + 1);
    const keyStart = behindLength();
    const keyEnd = keyStart + length;
    if (length <= 0 || !(keyEnd < stop) || bytes[keyEnd] !== 0x12 || step.keys.length >= KEYS_MAX) return null;
    // A client may put anything into a key, and a key is not always kept either (core/src/scrub/scrub-log.ts).
    if (length > KEY_BYTES_MAX || !isCleanText(bytes, keyStart, keyEnd)) return null;
    const key = bytes.toString('utf8', keyStart, keyEnd);
    const role = place === 'span' ? keyRole(key) : place === 'event' ? eventKeyRole(key) : linkKeyRole(key);
    const treatment = ALLOWED.get(key);
    const isStored = place !== 'link' && treatment !== undefined && treatment !== 'read';
    const made = new KeyStep(key, role, this.#known.space.pattern(bytes, start, keyEnd + 1), isStored);
    step.keys.push(made);
    this.#known.steps += 1;
    return made;
  }

  /** Null where the value makes a difference for this span. */
  other(key: KeyStep): Step | null {
    if (!this.#isIndifferent(key)) return null;
    key.other ??= this.#made(new Step());
    return key.other;
  }

  #isIndifferent(key: KeyStep): boolean {
    switch (key.role) {
      case 'spread':
        return key.other !== null || key.values.size >= SPREAD_MAX;
      case 'host':
        return this.#hostIsNamed;
      case 'port':
        return this.#portIsNamed;
      case 'identifier':
        return !this.#tokensAreMade;
      case 'record':
        return !this.#refsAreMade;
      default:
        return true;
    }
  }

  value(key: KeyStep, bytes: Buffer, start: number, stop: number, place: Place): Step | null {
    return this.#made(
      key.values.add(this.#known.space, bytes, start, stop, !this.#isKept(key.key, bytes, start, stop, place)),
    );
  }

  /** What is left of a value that was reduced is stored, or names a node. */
  reduced(choice: Choice, reduced: Uint8Array, length: number): Step | null {
    return this.#made(choice.add(this.#known.space, reduced, 0, length, false));
  }

  /** Of a command only the first key is stored; its other arguments are not. */
  command(key: KeyStep, reduced: Uint8Array, length: number): Step | null {
    let at = 0;
    for (let spaces = 0; at < length && spaces < 2; at++) if (reduced[at] === 0x20) spaces++;
    const rest = Buffer.from(reduced.subarray(at, length)).toString('latin1');
    return this.#made(
      key.commands.add(this.#known.space, reduced, 0, length, !/^(?:(?:\?|[A-Z]{1,8}|\d{1,6})(?: |$))*$/.test(rest)),
    );
  }

  /** Does the value lie on disk as it came, or may it? */
  #isKept(key: string, bytes: Buffer, start: number, stop: number, place: Place): boolean {
    const clean = () => stop - start <= OPEN_BYTES_MAX && isCleanText(bytes, start, stop);
    if (place === 'event') {
      // The last of two equal keys wins, but such a span is not remembered.
      const stored = this.#read.events[this.#walk.events - 1]?.attrs[key];
      const came = this.#span.events[this.#walk.events - 1]?.attributes[key];
      return stored !== undefined && stored === plainText(came);
    }
    if (place === 'link') return false;
    const stored = this.#read.attrs[key];
    if (stored !== undefined && stored === plainText(this.#span.attributes[key])) return true;
    return OPEN.has(key) && clean();
  }

  isCount(key: string): boolean {
    return keyRole(key) === 'count';
  }

  /** Called behind every `KeyValue`. */
  note(key: string, place: Place): void {
    const { events, links, attrs, eventAttrs, conversations, counts } = this.#walk;
    this.taught.push({
      key,
      place,
      event: events,
      link: links,
      attrs: attrs.length,
      eventAttrs: eventAttrs.length,
      conversations: conversations.length,
      counts: counts.length,
    });
  }

  #made(step: Step | null): Step | null {
    if (step !== null) this.#known.steps += 1;
    return step;
  }
}

/** A step with more keys than this has seen senders that number their keys. */
const KEYS_MAX = 256;
const OPEN_BYTES_MAX = 512;
const KEY_BYTES_MAX = 128;

function isHostNamed(attributes: Attrs): boolean {
  return HOST_KEYS.some((key) => {
    const value = attributes[key];
    // Of a URL in a host's place the host may be unusable, and then the next key is looked at.
    return (
      typeof value === 'string' && !value.includes('://') && hostPort(value).host !== '' && cleanHost(value) !== ''
    );
  });
}

function isDefined(attributes: Attrs, key: string): boolean {
  return attributes[key] !== undefined && attributes[key] !== null;
}
