import {
  type Context,
  propagation,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { BAGGAGE_KEY } from '@vestige/core/convention/attributes';
import { destinationOf } from './baggage/destination.ts';
import { BAGGAGE_HEADER, readHeader, writeHeader } from './baggage/header.ts';
import { seal, unseal } from './baggage/seal.ts';
import { type Runtime, runtime } from './runtime.ts';
import { subjectOf, withSubjectValue } from './subject/subject.ts';
import { trustDestinations, trustHosts } from './trust.ts';

/**
 * Carries the subject to the application's own services and queues and to nobody else. Everything else, baggage of
 * others included, is left to the inner propagator.
 *
 * Wrap the propagator you have; do not put this one beside it, or the two write the same header in turn.
 *
 * @param inner e.g. a composite of W3C trace context and W3C baggage. Without it, or if it carries no baggage, the
 *   `baggage` header is written here
 */
export function vestigePropagator(inner?: TextMapPropagator): TextMapPropagator {
  const innerCarries = fieldsOf(inner).includes(BAGGAGE_HEADER);
  return {
    inject(context, carrier, setter) {
      const running = runtime();
      const outgoing =
        running?.guard('sealing baggage', () => addSubject(running, context), null) ?? withoutOurs(context);
      inner?.inject(outgoing, carrier, setter);
      if (!innerCarries) injectHeader(outgoing, carrier, setter);
    },
    extract(context, carrier, getter) {
      const incoming = inner ? inner.extract(context, carrier, getter) : context;
      const received = innerCarries ? incoming : extractHeader(incoming, carrier, getter);
      const running = runtime();
      if (running === null) return withoutOurs(received);
      return running.guard('opening baggage', () => takeSubject(running, received), null) ?? withoutOurs(received);
    },
    fields: () => (innerCarries ? fieldsOf(inner) : [...fieldsOf(inner), BAGGAGE_HEADER]),
  };
}

function fieldsOf(inner: TextMapPropagator | undefined): string[] {
  return inner?.fields() ?? [];
}

/** The context to inject: with the sealed subject towards a peer of ours, and certainly without towards any other. */
function addSubject(running: Runtime, context: Context): Context {
  const clean = withoutOurs(context);
  const subject = subjectOf(context);
  if (subject === undefined || (subject.tokens.length === 0 && subject.set === '')) return clean;
  if (!isTrusted(running, context)) {
    running.counters.baggageWithheld++;
    return clean;
  }
  const value = seal(running.settings.tenantKey, subject, Date.now());
  if (value === '') return clean;
  running.counters.baggageInjected++;
  const baggage = propagation.getBaggage(clean) ?? propagation.createBaggage();
  return propagation.setBaggage(clean, baggage.setEntry(BAGGAGE_KEY, { value }));
}

const trusts = new WeakMap<Runtime, { host(name: string): boolean; queue(name: string): boolean }>();

function isTrusted(running: Runtime, context: Context): boolean {
  const destination = destinationOf(context);
  if (destination.kind === 'unknown') return false;
  let trust = trusts.get(running);
  if (!trust) {
    const { trustedHosts, trustedDestinations } = running.settings;
    trust = { host: trustHosts(trustedHosts), queue: trustDestinations(trustedDestinations) };
    trusts.set(running, trust);
  }
  return trust[destination.kind](destination.name);
}

/** The subject moves out of the baggage into our own context value, so that no other propagator can pass it on. */
function takeSubject(running: Runtime, context: Context): Context {
  const value = propagation.getBaggage(context)?.getEntry(BAGGAGE_KEY)?.value;
  if (value === undefined) return context;
  const clean = withoutOurs(context);
  const { tenantKey, baggageAgeMsMax } = running.settings;
  const carried = unseal(tenantKey, value, Date.now(), baggageAgeMsMax);
  if (carried === null) {
    running.counters.baggageRefused++;
    running.reporter.report('untrusted_baggage', 'an inbound subject was forged, altered or too old, and is ignored');
    return clean;
  }
  return withSubjectValue(clean, {
    ...carried,
    tokens: [...carried.tokens],
    role: undefined,
    purpose: undefined,
    legalBasis: undefined,
    categories: undefined,
    requestId: undefined,
  });
}

function withoutOurs(context: Context): Context {
  const baggage = propagation.getBaggage(context);
  if (baggage?.getEntry(BAGGAGE_KEY) === undefined) return context;
  return propagation.setBaggage(context, baggage.removeEntry(BAGGAGE_KEY));
}

function injectHeader<C>(context: Context, carrier: C, setter: TextMapSetter<C>): void {
  const baggage = propagation.getBaggage(context);
  const header = baggage ? writeHeader(baggage) : '';
  if (header !== '') setter.set(carrier, BAGGAGE_HEADER, header);
}

function extractHeader<C>(context: Context, carrier: C, getter: TextMapGetter<C>): Context {
  const given = getter.get(carrier, BAGGAGE_HEADER);
  const header = Array.isArray(given) ? given.join(',') : given;
  return header ? propagation.setBaggage(context, readHeader(header)) : context;
}
