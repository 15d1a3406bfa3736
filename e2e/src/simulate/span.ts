import type { Dice } from './dice.ts';

/** What an application's instrumentation says about one operation, before it is put into OTLP or into anything of ours. */
export interface SimSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly service: SimService;
  readonly name: string;
  readonly kind: SimKind;
  /** By the clock of its service, microseconds. */
  readonly startUs: number;
  readonly endUs: number;
  readonly attributes: Readonly<Record<string, SimValue>>;
  readonly links: readonly SimLink[];
  /** Links that its SDK cut off at a limit. */
  readonly cutLinks: number;
  readonly ended: Ending;
  /** What the operation did to whom. Never sent: Vestige has to recognise it. */
  readonly did: readonly Deed[];
  /** Recorded, but never delivered. */
  readonly lost: boolean;
}

export type SimKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type SimValue = string | number | boolean | readonly string[];
export type Ending = 'ok' | 'failed' | 'no_effect';
/** `read` and `receive` come in, the others go out. */
export interface Deed {
  readonly action: 'read' | 'write' | 'delete' | 'share' | 'receive';
  readonly node: string;
}
export interface SimLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly tokens: readonly string[];
}

export interface SimService {
  /** `{service.namespace}/{service.name}`, or the name alone (ruling 18). */
  readonly name: string;
  /** How far its clock is ahead of the true one. */
  readonly skewUs: number;
  /** Starts are told in whole milliseconds, as OpenTelemetry JS does. */
  readonly coarse: boolean;
  /** Its SDK numbers the spans, so that a loss shows. */
  readonly numbered: boolean;
}

/** A person as the organisation knows them: a number, and the token that stands for them on spans. */
export interface SimPerson {
  readonly number: number;
  readonly token: string;
}

export interface Tags {
  readonly people: readonly SimPerson[];
  readonly attribution: 'declared' | 'ambient';
  readonly role: 'data_subject' | 'mentioned' | 'actor';
  /** The people go by a registered set instead of their tokens. */
  readonly set?: string;
}

/** People who were given a name together, for bulk work. */
export interface SubjectSet {
  readonly id: string;
  readonly people: readonly SimPerson[];
}

/** A trace while it is being recorded. */
export interface OpenTrace {
  readonly traceId: string;
  /** Some of its spans get lost: what happened in it is nothing that an answer can be expected to know. */
  readonly lossy: boolean;
}

/** A span that has begun. */
export class OpenSpan {
  readonly trace: OpenTrace;
  readonly spanId: string;
  readonly service: SimService;
  readonly parent: OpenSpan | null;
  readonly startUs: number;
  readonly kind: SimKind;
  readonly name: string;
  readonly attributes: Record<string, SimValue> = {};
  readonly links: SimLink[] = [];
  cutLinks = 0;
  readonly did: Deed[] = [];
  tags: Tags | null = null;

  constructor(
    trace: OpenTrace,
    parent: OpenSpan | null,
    about: Pick<OpenSpan, 'spanId' | 'service' | 'startUs' | 'kind' | 'name'>,
  ) {
    this.trace = trace;
    this.parent = parent;
    this.spanId = about.spanId;
    this.service = about.service;
    this.startUs = about.startUs;
    this.kind = about.kind;
    this.name = about.name;
  }

  /** Whom the span names as subjects of the data: its own tags, or those of the nearest span above it that has any. */
  named(): readonly SimPerson[] {
    for (let at: OpenSpan | null = this; at !== null; at = at.parent) {
      if (at.tags !== null) return at.tags.role === 'actor' ? [] : at.tags.people;
    }
    return [];
  }
}

/**
 * Where names come from. Each kind counts on its own, so that the traces, people and records of two tenants made from
 * one seed bear the same names, as if somebody had tried to have them mixed up.
 */
export interface Ids {
  readonly trace: Dice;
  readonly span: Dice;
  readonly person: Dice;
  readonly record: Dice;
}

/** Collects what is told, by the clocks of those who tell it. */
export class Recorder {
  readonly spans: SimSpan[] = [];
  /** What the SDKs keep of a span. */
  readonly linksMax: number;
  readonly #dice: Dice;
  readonly #ids: Ids;
  readonly #numbers = new Map<SimService, number>();

  constructor(dice: Dice, ids: Ids, linksMax = Number.POSITIVE_INFINITY) {
    this.#dice = dice;
    this.#ids = ids;
    this.linksMax = linksMax;
  }

  trace(lossy = false): OpenTrace {
    return { traceId: this.#ids.trace.hex(16), lossy };
  }

  /** @param atUs by the true clock */
  open(
    trace: OpenTrace,
    parent: OpenSpan | null,
    service: SimService,
    kind: SimKind,
    name: string,
    atUs: number,
  ): OpenSpan {
    return new OpenSpan(trace, parent, { spanId: this.#ids.span.hex(8), service, startUs: atUs, kind, name });
  }

  close(span: OpenSpan, atUs: number, ended: Ending = 'ok'): void {
    const { service, trace, tags } = span;
    const local = span.startUs + service.skewUs;
    const startUs = service.coarse ? Math.floor(local / 1000) * 1000 : local;
    const attributes = { ...span.attributes, ...tagAttributes(tags) };
    if (service.numbered) {
      const number = this.#numbers.get(service) ?? 0;
      this.#numbers.set(service, number + 1);
      attributes['vestige.seq'] = number;
    }
    this.spans.push({
      traceId: trace.traceId,
      spanId: span.spanId,
      parentId: span.parent?.spanId ?? '',
      service,
      name: span.name,
      kind: span.kind,
      startUs,
      endUs: startUs + (atUs - span.startUs),
      attributes,
      links: span.links,
      cutLinks: span.cutLinks,
      ended,
      did: span.did,
      lost: trace.lossy && service.numbered && this.#dice.chance(0.4),
    });
  }

  /** What was told in the end. A loss at either end of a service's numbers would not show, so none is there. */
  told(): SimSpan[] {
    return this.spans.map((span) => {
      const number = span.attributes['vestige.seq'];
      const isInner = typeof number === 'number' && number > 0 && number + 1 < (this.#numbers.get(span.service) ?? 0);
      return span.lost && !isInner ? { ...span, lost: false } : span;
    });
  }
}

function tagAttributes(tags: Tags | null): Record<string, SimValue> {
  if (tags === null || tags.people.length === 0) return {};
  return {
    ...(tags.set === undefined
      ? { 'vestige.subject.tokens': tags.people.map(({ token }) => token) }
      : { 'vestige.subject.set': tags.set, 'vestige.subject.count': tags.people.length }),
    'vestige.subject.attribution': tags.attribution,
    ...(tags.role === 'data_subject' ? {} : { 'vestige.subject.role': tags.role }),
  };
}
