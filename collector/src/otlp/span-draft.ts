import type { Attrs, DecodedSpan, SpanKind } from '@vestige/core/model/span';
import { emptyAttrs } from './empty-attrs.ts';

/** The resource and scope that the spans of one `ScopeSpans` share. */
export interface SpanOrigin {
  readonly resource: Attrs;
  readonly scopeName: string;
  readonly scopeVersion: string;
}

/** A span while it is being read: not checked, ids of any length. */
export interface SpanDraft extends SpanOrigin {
  traceId: string;
  spanId: string;
  parentId: string;
  name: string;
  kind: SpanKind;
  startNs: bigint;
  endNs: bigint;
  status: DecodedSpan['status'];
  statusMessage: string;
  attributes: Attrs;
  events: DecodedSpan['events'][number][];
  links: DecodedSpan['links'][number][];
}

/** An attribute like any other from here on, under the name that OpenTelemetry has for it; none when nothing was cut. */
export function setCut(span: SpanDraft, name: string, count: number): void {
  if (count > 0) span.attributes[name] = count;
}

export function newSpanDraft(origin: SpanOrigin): SpanDraft {
  return {
    resource: origin.resource,
    scopeName: origin.scopeName,
    scopeVersion: origin.scopeVersion,
    traceId: '',
    spanId: '',
    parentId: '',
    name: '',
    kind: 'unspecified',
    startNs: 0n,
    endNs: 0n,
    status: 'unset',
    statusMessage: '',
    attributes: emptyAttrs(),
    events: [],
    links: [],
  };
}
