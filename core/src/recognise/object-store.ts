import { storeNode } from '../node/store.ts';
import { OBJECT_COPIES, OBJECT_OPERATIONS } from './operations.ts';
import { clearRefs, outsideHost, type Rule, touch } from './rule.ts';
import type { SpanView } from './span-view.ts';

/** S3 and what speaks its protocol. Pre-signed URLs leave no span at all: what happens through them is not seen here. */
export const OBJECT_STORE: Rule = {
  id: 'object.s3',
  source: 'semantic-conventions: docs/object-stores/s3.md',
  match: (span) => span.has('aws.s3.bucket') || span.text('rpc.service') === 'S3',
  read(span) {
    const bucket = span.text('aws.s3.bucket');
    // `rpc.method` is `S3/PutObject` in the newer spelling.
    const method = span.text('rpc.method', 'aws.operation');
    const operation = method.slice(method.lastIndexOf('/') + 1);
    if (bucket === '') return { touches: [] };
    const isKnown = OBJECT_OPERATIONS.has(operation) || OBJECT_COPIES.has(operation);
    const rule = isKnown ? `object.s3.${operation.toLowerCase()}` : 'object.s3.other';
    const key = span.text('aws.s3.key');
    const peer = place(span, bucket, key);
    const recipientHost = outsideHost(span);
    if (OBJECT_COPIES.has(operation)) {
      const from = source(span);
      const read = from === null ? [] : [touch(place(span, from.bucket, from.key), 'read', rule)];
      return {
        touches: [...read, touch(peer, 'write', rule)],
        recordRefs: clearRefs(span, peer, [key]),
        recipientHost,
      };
    }
    const actions = OBJECT_OPERATIONS.get(operation) ?? (['unknown'] as const);
    return {
      touches: actions.filter((action) => action !== 'none').map((action) => touch(peer, action, rule)),
      recordRefs: clearRefs(span, peer, [key]),
      recipientHost,
    };
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
