import type { TenantId } from '@vestige/core/ids';
import type { Resolution } from '../drain/drain-record.ts';
import type { Payload, Section } from './payload.ts';
import { type TaggedSpan, taggedSpans } from './tagged-spans.ts';

/** Whose the spans of a record are. */
export interface ResolvedRecord {
  /** Numbers of the spans that are left out: all of their people are erased. */
  readonly dropped: ReadonlySet<number>;
  readonly touches: ReadonlyMap<Section, ResolvedTouches>;
  readonly suppressedTags: number;
  readonly unknownSets: number;
}

export interface ResolvedTouches {
  /** Rows of the block that are written, in order; null for all as they are. */
  readonly rows: Uint32Array | null;
  /** 16 bytes for each. */
  readonly subjects: Uint8Array;
}

/** Sixteen bytes. */
const SUBJECT_WORDS = 4;

/**
 * Puts subjects in the place of tokens.
 *
 * An erased person's tag is dropped and counted. A span all of whose subjects are erased is dropped whole: its records
 * and its place in the trace would lead back to what was erased. One that has other subjects too is kept for them,
 * without the tag. A span that names nobody is kept: it is nobody's.
 */
export function resolveRecord(payload: Payload, resolution: Resolution): ResolvedRecord {
  const resolving = new RecordResolving(payload, resolution);
  const touches = new Map<Section, ResolvedTouches>();
  for (const section of payload.sections) {
    if (section.table !== 'touches') continue;
    const subjects = resolving.plainly(section);
    touches.set(section, subjects === null ? resolving.rowByRow(section) : { rows: null, subjects });
  }
  const { dropped, suppressedTags, unknownSets } = resolving;
  return { dropped, touches, suppressedTags, unknownSets };
}

class RecordResolving {
  readonly dropped = new Set<number>();
  suppressedTags = 0;
  unknownSets = 0;
  readonly #tenant: TenantId;
  readonly #tokens: readonly string[];
  readonly #resolution: Resolution;
  readonly #setOf: ReadonlyMap<number, string>;
  /** Subject of each token as long as its oldest instant is allowed: then all later ones are. */
  readonly #known: (Known | undefined)[] = [];

  constructor({ tenant, tokens, sets }: Payload, resolution: Resolution) {
    this.#tenant = tenant;
    this.#tokens = tokens;
    this.#resolution = resolution;
    this.#setOf = new Map(sets.map(([span, setId]) => [span, setId]));
  }

  /** The subject of every row as it stands; null when rows must be left out, repeated or told apart. */
  plainly({ rows, words }: Section): Uint8Array | null {
    const subjects = new Int32Array(rows * SUBJECT_WORDS);
    let to = 0;
    for (const { at, own, linked, startMs, rowsOfTag, hasSet } of taggedSpans(words)) {
      if (hasSet) return null;
      const tags = own + linked;
      for (let tag = 0; tag < tags; tag++) {
        const known = this.#subject(words[at + tag] as number, startMs);
        if (known === null) return null;
        for (let other = 0; other < tag; other++) {
          if (this.#subject(words[at + other] as number, startMs)?.id === known.id) return null;
        }
        for (let row = 0; row < rowsOfTag; row++) {
          for (let word = 0; word < SUBJECT_WORDS; word++) subjects[to++] = known.words[word] as number;
        }
      }
    }
    return new Uint8Array(subjects.buffer);
  }

  rowByRow({ words }: Section): ResolvedTouches {
    const rows: number[] = [];
    const subjects: Uint8Array[] = [];
    for (const span of taggedSpans(words)) {
      const own = this.#living(words, span, 0, span.own);
      const linked = this.#living(words, span, span.own, span.own + span.linked);
      const again = this.#living(words, span, span.own + span.linked, span.own + span.linked + span.again);
      const named = own.subjects.length + linked.subjects.length + again.subjects.length;
      const suppressed = span.own + span.linked + span.again - named;
      this.suppressedTags += suppressed;
      const members = span.hasSet ? this.#members(span) : NOBODY;
      if (members === null) this.unknownSets += 1;
      const taken = new Set<string>();
      const write = (subject: Known, fromRow: number) => {
        if (taken.has(subject.id)) return;
        taken.add(subject.id);
        for (let row = 0; row < span.rowsOfTag; row++) {
          rows.push(fromRow + row);
          subjects.push(subject.bytes);
        }
      };
      const rowOfTag = (tag: number) => span.row + tag * span.rowsOfTag;
      for (const [tag, subject] of own.subjects) write(subject, rowOfTag(tag));
      for (const subject of members ?? NOBODY) write(subject, rowOfTag(span.own + span.linked));
      for (const [tag, subject] of linked.subjects) write(subject, rowOfTag(tag));
      // A registered set without living members: all of them are suppressed, for a set is never empty.
      const wasSomebody = suppressed > 0 || (span.hasSet && members !== null);
      if (wasSomebody && taken.size === 0) this.dropped.add(span.span);
    }
    return { rows: Uint32Array.from(rows), subjects: Buffer.concat(subjects) };
  }

  #living(words: Uint32Array, { at, startMs }: TaggedSpan, from: number, to: number) {
    const subjects: [tag: number, subject: Known][] = [];
    for (let tag = from; tag < to; tag++) {
      const subject = this.#subject(words[at + tag] as number, startMs);
      if (subject !== null) subjects.push([tag, subject]);
    }
    return { subjects };
  }

  #members({ span, startMs }: TaggedSpan): Known[] | null {
    const members = this.#resolution.membersOf(this.#tenant, this.#setOf.get(span) ?? '', startMs);
    return members?.map(knownSubject) ?? null;
  }

  /** Null when suppressed. */
  #subject(token: number, atMs: number): Known | null {
    const known = this.#known[token];
    if (known !== undefined && atMs >= known.fromMs) return known;
    const answer = this.#resolution.subjectOf(this.#tenant, this.#tokens[token] as string, atMs);
    if (answer === 'suppressed') return null;
    if (known?.id === answer) {
      known.fromMs = atMs;
      return known;
    }
    const subject = { ...knownSubject(answer), fromMs: atMs };
    this.#known[token] = subject;
    return subject;
  }
}

interface Known {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** The same bytes, four at a time. */
  readonly words: Int32Array;
  /** Allowed from then on (`AliasStore`: suppression is bounded by event time). */
  fromMs: number;
}

const NOBODY: readonly Known[] = [];

function knownSubject(id: string): Known {
  const bytes = new Uint8Array(SUBJECT_WORDS * 4);
  bytes.set(Buffer.from(id.replaceAll('-', ''), 'hex'));
  return { id, bytes, words: new Int32Array(bytes.buffer), fromMs: 0 };
}
