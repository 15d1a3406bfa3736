import { randomUUID } from 'node:crypto';
import { type Span, type Tracer, trace } from '@opentelemetry/api';
import { isVestigeError } from '@vestige/core/errors';
import { normalise } from '@vestige/core/identity/normalise';
import { subjectToken } from '@vestige/core/identity/token';
import { type Counters, newCounters } from './counters.ts';
import type { Settings } from './options.ts';
import { RequestEncoder } from './otlp/request.ts';
import { Scrub } from './otlp/span.ts';
import type { Reporter } from './problem.ts';
import { Spool } from './spool/spool.ts';

export const TRACER_NAME = '@vestige/sdk';

/** Everything one instrumented process holds. The helpers (`withSubject`, `withAgent` …) find it through {@link runtime}. */
export class Runtime {
  readonly settings: Settings;
  readonly reporter: Reporter;
  readonly counters: Counters = newCounters();
  /** `service.instance.id` unless the host's resource has one: `vestige.seq` counts within it. */
  readonly instanceId: string = randomUUID();
  /** Ruling 18: `{service.namespace}/{service.name}`, or the name alone. */
  readonly service: string;
  readonly spool: Spool;
  /** The provider that `startVestige` made; null beside an existing setup, where the global one is used. */
  provider: { getTracer(name: string): Tracer } | null = null;
  /** What {@link close} undoes, last first. */
  readonly undo: (() => void | Promise<void>)[] = [];
  readonly #urgent = new WeakSet<object>();
  #seq = 0;
  #closing: Promise<boolean> | null = null;

  constructor(settings: Settings, reporter: Reporter) {
    this.settings = settings;
    this.reporter = reporter;
    this.service =
      settings.serviceNamespace === '' ? settings.serviceName : `${settings.serviceNamespace}/${settings.serviceName}`;
    const scrub = new Scrub(this.counters, (type, value) => this.tokenOf(type, value));
    const encoder = new RequestEncoder(scrub, { ...settings, instanceId: this.instanceId });
    this.spool = new Spool(settings, this.counters, reporter, encoder);
  }

  get tracer(): Tracer {
    return this.provider?.getTracer(TRACER_NAME) ?? trace.getTracer(TRACER_NAME);
  }

  nextSeq(): number {
    return ++this.#seq;
  }

  /** @returns the token of an identifier, or '' for a value that is none; the value itself goes nowhere */
  tokenOf(type: string, value: string): string {
    const { tenantKey, defaultRegion } = this.settings;
    try {
      return subjectToken(
        tenantKey,
        type,
        normalise(type, value, defaultRegion === undefined ? {} : { defaultRegion }),
      );
    } catch (error) {
      this.counters.identifiersRefused++;
      const reason = isVestigeError(error) ? error.message : 'it cannot be read';
      this.reporter.report('identifier_refused', `an identifier was left out: ${reason}`);
      return '';
    }
  }

  /** This span goes to disk before its `end()` returns, whatever the durability of the others. */
  markUrgent(span: Span): void {
    this.#urgent.add(span);
  }

  isUrgent(span: object): boolean {
    return this.#urgent.has(span);
  }

  /** Runs a piece of this library so that no fault of it reaches the host. */
  guard<T>(where: string, work: () => T, otherwise: T): T {
    try {
      return work();
    } catch (error) {
      this.counters.internalErrors++;
      this.reporter.internal(where, error);
      return otherwise;
    }
  }

  /** @returns whether everything reached the collector in time; the rest stays on disk for the next process */
  close(timeoutMs = this.settings.exitDrainMs): Promise<boolean> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<boolean> {
    let empty = false;
    try {
      empty = await this.spool.close(timeoutMs);
    } catch (error) {
      this.counters.internalErrors++;
      this.reporter.internal('shutting down', error);
    }
    for (const undo of this.undo.splice(0).reverse()) {
      try {
        await undo();
      } catch (error) {
        this.reporter.internal('shutting down', error);
      }
    }
    if (current === this) current = null;
    return empty;
  }
}

let current: Runtime | null = null;

/** The running instance, or null before the start, after the end and where the options were refused. */
export function runtime(): Runtime | null {
  return current;
}

export function install(next: Runtime): void {
  current = next;
}
