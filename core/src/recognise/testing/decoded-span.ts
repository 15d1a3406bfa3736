import type { Attrs, DecodedSpan } from '../../model/span.ts';

/** A plain CLIENT span of service `desk`, for tests to change what they are about. */
export function decodedSpan(attributes: Attrs = {}, changes: Partial<DecodedSpan> = {}): DecodedSpan {
  return {
    resource: { 'service.name': 'desk' },
    scopeName: 'test',
    scopeVersion: '',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentId: '00f067aa0ba902b7',
    name: 'span',
    kind: 'client',
    startNs: 1_763_800_000_000_000_000n,
    endNs: 1_763_800_000_100_000_000n,
    status: 'unset',
    statusMessage: '',
    attributes,
    events: [],
    links: [],
    ...changes,
  };
}
