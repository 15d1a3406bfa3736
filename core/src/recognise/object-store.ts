import { type StoreParts, storeNode } from '../node/store.ts';
import { objectActions, objectAddress } from './object-address.ts';
import { OBJECT_COPIES, OBJECT_OPERATIONS } from './operations.ts';
import { clearRefs, outsideHost, type Rule, touch, withoutPart } from './rule.ts';
import type { SpanView } from './span-view.ts';

/** S3 and what speaks its protocol. Pre-signed URLs leave no span at all: what happens through them is not seen here. */
export const OBJECT_STORE: Rule = {
  id: 'object.s3',
  source: 'semantic-conventions: docs/object-stores/s3.md',
  changedIn: 2,
  changedFor: { ruleSet: 3, spans: (span) => !span.has('aws.s3.bucket') },
  match: (span) => span.has('aws.s3.bucket') || span.text('rpc.service') === 'S3',
  read(span) {
    const bucket = span.text('aws.s3.bucket');
    // `rpc.method` is `S3/PutObject` in the newer spelling.
    const method = span.text('rpc.method', 'aws.operation');
    const operation = method.slice(method.lastIndexOf('/') + 1);
    const isKnown = OBJECT_OPERATIONS.has(operation) || OBJECT_COPIES.has(operation);
    const rule = isKnown ? `object.s3.${operation.toLowerCase()}` : 'object.s3.other';
    const key = span.text('aws.s3.key');
    const peer = place(span, bucket, key);
    const recipientHost = outsideHost(span);
    if (OBJECT_COPIES.has(operation)) {
      const from = source(span);
      // The JavaScript SDK does not say where a copy comes from: that it comes from somewhere must not get lost.
      const origin = place(span, from?.bucket ?? '', from?.key ?? '');
      return {
        touches: [touch(origin, 'read', rule), touch(peer, 'write', rule)],
        recordRefs: clearRefs(span, peer, [key]),
        recipientHost,
      };
    }
    const known = OBJECT_OPERATIONS.get(operation) ?? (['unknown'] as const);
    // Python's instrumentation does not say which bucket: that something was written somewhere must not get lost.
    const actions = bucket === '' ? withoutPart(known) : known;
    return {
      touches: actions.filter((action) => action !== 'none').map((action) => touch(peer, action, rule)),
      recordRefs: clearRefs(span, peer, [key]),
      recipientHost,
    };
  },
};

/**
 * The same by plain HTTP. Its rule ids are those of a transport (`http.…`), so that such a span under one of the SDK's own
 * is not a second call.
 */
export const OBJECT_HTTP: Rule = {
  id: 'http.object',
  source: 'Google Cloud Storage JSON API; Azure Blob service REST API; Amazon S3 REST API; Azure Cosmos DB REST API',
  changedIn: 2,
  match: (span) => span.kind === 'client' && (span.has('http.request.method') || span.has('http.method')),
  read(span) {
    const address = objectAddress(span.text('url.full', 'http.url'));
    if (address === null) return null;
    const { rule, key, target } = address;
    const named = (parts: StoreParts, name: string) => storeNode({ name, ...parts }, span.log.onMask);
    const peer = named(address.place, key);
    const method = span.text('http.request.method', 'http.method').toUpperCase();
    const touches = objectActions(method, address).map((action) => touch(peer, action, rule));
    if (target !== undefined) touches.push(touch(named(target.place, target.key), 'write', rule));
    return { touches, recordRefs: clearRefs(span, peer, [key]), recipientHost: outsideHost(span) };
  },
};

function place(span: SpanView, bucket: string, key: string): string {
  return storeNode({ system: 'aws.s3', database: bucket, name: key }, span.log.onMask);
}

/** `aws.s3.copy_source` is `/bucket/key`, possibly with a version. */
function source(span: SpanView): { bucket: string; key: string } | null {
  const path = span.text('aws.s3.copy_source').replace(/^\//, '').replace(/\?.*$/, '');
  const slash = path.indexOf('/');
  return slash < 1 ? null : { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}
