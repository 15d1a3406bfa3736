import { CUT_COUNTS } from '@vestige/core/convention/cut-counts';
import type { Attrs, DecodedSpan } from '@vestige/core/model/span';
import type { SimSpan } from './span.ts';

/** Of the process that made the span. */
export function resourceOf({ service }: SimSpan): Record<string, string> {
  const [name = '', namespace] = service.name.split('/').reverse();
  return {
    'service.name': name,
    'service.instance.id': `${name}-1`,
    ...(namespace === undefined ? {} : { 'service.namespace': namespace }),
  };
}

/** A span as the collector has it after decoding: for runs that leave out the network and the databases. */
export function decoded(span: SimSpan): DecodedSpan {
  return {
    resource: resourceOf(span),
    scopeName: 'simulation',
    scopeVersion: '1',
    traceId: span.traceId,
    spanId: span.spanId,
    parentId: span.parentId,
    name: span.name,
    kind: span.kind,
    startNs: BigInt(span.startUs) * 1000n,
    endNs: BigInt(span.endUs) * 1000n,
    status: span.ended === 'ok' ? 'unset' : 'error',
    statusMessage: '',
    attributes: { ...attrs(span.attributes), ...(span.cutLinks > 0 ? { [CUT_COUNTS.links]: span.cutLinks } : {}) },
    events: [],
    links: span.links.map(({ traceId, spanId, tokens }) => ({
      traceId,
      spanId,
      attributes: tokens.length > 0 ? { 'vestige.subject.tokens': [...tokens] } : {},
    })),
  };
}

function attrs(values: SimSpan['attributes']): Attrs {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Array.isArray(value) ? [...value] : value]),
  ) as Attrs;
}
