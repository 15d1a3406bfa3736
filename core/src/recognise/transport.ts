import type { Touch } from '../model/span.ts';
import { clientNode, serviceNode } from '../node/actor.ts';
import { nodeId } from '../node/kind.ts';
import { part } from '../node/part.ts';
import { isVariable } from '../node/reduce.ts';
import { storeOf } from '../node/store.ts';
import { calledParty } from './peer.ts';
import { callTouches, type Recognised, type Rule, touch } from './rule.ts';
import type { SpanView } from './span-view.ts';

const METHOD = ['http.request.method', 'http.method'] as const;
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', '_OTHER']);
const NOTHING: ReadonlySet<string> = new Set(['CONNECT', 'TRACE']);

/**
 * HTTP calls: a request with a body shares, one without shares what its path and query carry, a successful answer is
 * received, DELETE asks the other side to delete (research otel §2.3).
 */
export const HTTP_CLIENT: Rule = {
  id: 'http.client',
  source: 'semantic-conventions: docs/http/http-spans.md',
  match: (span) => span.kind === 'client' && (span.has('http.request.method') || span.has('http.method')),
  read(span) {
    const method = span.text(...METHOD).toUpperCase();
    if (NOTHING.has(method)) return { touches: [] };
    const { peer, recipientHost } = calledParty(span);
    if (method === 'DELETE') return { touches: [touch(peer, 'delete', 'http.client')], recipientHost };
    const touches: Touch[] = [];
    const bodySize = span.count('http.request.body.size', 'http.request_content_length');
    if ((WITH_BODY.has(method) && bodySize !== 0) || addressCarries(span))
      touches.push(touch(peer, 'share', 'http.client'));
    if (span.outcome === 'ok' && answersWithBody(span, method)) touches.push(touch(peer, 'receive', 'http.client'));
    return { touches, recipientHost };
  },
};

function answersWithBody(span: SpanView, method: string): boolean {
  const status = span.count('http.response.status_code', 'http.status_code');
  return method !== 'HEAD' && status !== 204 && status !== 304 && span.count('http.response.body.size') !== 0;
}

/** Is there a query, or a path segment that could name somebody? Without any address we cannot tell, so yes. */
function addressCarries(span: SpanView): boolean {
  if (span.has('url.query')) return true;
  const address = span.text('url.full', 'http.url', 'url.path', 'http.target');
  if (address === '') return true;
  const question = address.indexOf('?');
  if (question >= 0 && question < address.length - 1) return true;
  const start = address.indexOf('://');
  const path = start < 0 ? address : address.slice(Math.max(address.indexOf('/', start + 3), start + 3));
  return path
    .split('/')
    .slice(start < 0 ? 0 : 1)
    .some(isVariable);
}

/** A root SERVER span: somebody from outside came in. Under a caller's span it is a hop between services (ruling 4). */
export const HTTP_SERVER: Rule = {
  id: 'http.server',
  source: 'semantic-conventions: docs/http/http-spans.md; research otel §7.3 row 18',
  match: (span) => span.kind === 'server' && (span.has('http.request.method') || span.has('http.method')),
  read(span) {
    const method = span.text(...METHOD).toUpperCase();
    if (span.span.parentId !== '' || NOTHING.has(method)) return { touches: [] };
    const client = clientNode(span.resource.name);
    const touches: Touch[] = [];
    if (WITH_BODY.has(method) || addressCarries(span)) touches.push(touch(client, 'receive', 'http.server'));
    const status = span.count('http.response.status_code', 'http.status_code');
    if (span.outcome === 'ok' && status < 400 && method !== 'HEAD') touches.push(touch(client, 'share', 'http.server'));
    return { touches };
  },
};

const READS = /^(?:Get|BatchGet|List|Read|Fetch|Search|Query|Find|Watch|Describe|Check|Lookup)/i;
const SENDS = /^(?:Create|Insert|Put|Update|Upsert|Set|Add|Save|Send|Publish|Patch|Import|Write|Submit)/i;
const DELETES = /^(?:Delete|Remove|Purge|Erase)/i;

/** AWS services that keep secrets, identities and configuration rather than people's data. */
const AWS_PLUMBING: ReadonlySet<string> = new Set([
  'STS',
  'SSM',
  'SecretsManager',
  'Secrets Manager',
  'KMS',
  'CloudWatch',
  'CloudWatchLogs',
  'IAM',
  'AppConfigData',
]);

export const RPC_CLIENT: Rule = {
  id: 'rpc.client',
  source: 'semantic-conventions: docs/rpc/rpc-spans.md, old names included',
  match: (span) => span.kind === 'client' && (span.has('rpc.system.name') || span.has('rpc.system')),
  read(span) {
    const isAws = /aws.?api/.test(span.text('rpc.system.name', 'rpc.system'));
    if (isAws && AWS_PLUMBING.has(span.text('rpc.service'))) return { touches: [] };
    // The AWS SDK names no host; whoever hosts the service, it is Amazon.
    const party =
      isAws && span.host === ''
        ? { peer: nodeId('recipient', 'amazonaws.com'), recipientHost: 'amazonaws.com' }
        : calledParty(span);
    const method = span.text('rpc.method');
    return {
      touches: rpcTouches(span, method.slice(method.lastIndexOf('/') + 1), party.peer),
      recipientHost: party.recipientHost,
    };
  },
};

function rpcTouches(span: SpanView, method: string, peer: string): Touch[] {
  if (DELETES.test(method)) return [touch(peer, 'delete', 'rpc.client')];
  // A look-up tells an outside party whom we ask about; between our own services it only brings data in.
  if (READS.test(method)) {
    const calls = callTouches(span, peer, 'rpc.client');
    return peer.startsWith('service:') ? calls.filter(({ action }) => action === 'receive') : calls;
  }
  if (SENDS.test(method)) return callTouches(span, peer, 'rpc.client');
  return [touch(peer, 'unknown', 'rpc.client')];
}

export const RPC_SERVER: Rule = {
  id: 'rpc.server',
  source: 'semantic-conventions: docs/rpc/rpc-spans.md; research otel §7.3 row 18',
  match: (span) => span.kind === 'server' && (span.has('rpc.system.name') || span.has('rpc.system')),
  read(span) {
    if (span.span.parentId !== '') return { touches: [] };
    const client = clientNode(span.resource.name);
    const received = touch(client, 'receive', 'rpc.server');
    return { touches: span.outcome === 'ok' ? [received, touch(client, 'share', 'rpc.server')] : [received] };
  },
};

/**
 * A function's own span at the root of a trace: somebody called it. What a queue, a timer or a bucket triggered has spans of
 * its own for what it read.
 */
export const FAAS_SERVER: Rule = {
  id: 'faas.server',
  source: 'semantic-conventions: docs/faas/faas-spans.md; opentelemetry-js-contrib: instrumentation-aws-lambda 0.76',
  changedIn: 2,
  match: (span) => span.kind === 'server' && (span.has('faas.invocation_id') || span.has('faas.execution')),
  read(span) {
    if (span.span.parentId !== '' || /^(?:timer|pubsub|datasource)$/.test(span.text('faas.trigger'))) {
      return { touches: [] };
    }
    const client = clientNode(span.resource.name);
    const received = touch(client, 'receive', 'faas.server');
    return { touches: span.outcome === 'ok' ? [received, touch(client, 'share', 'faas.server')] : [received] };
  },
};

export const FAAS: Rule = {
  id: 'faas',
  source: 'semantic-conventions: docs/faas/faas-spans.md',
  match: (span) => span.has('faas.invoked_name') || span.has('faas.document.collection'),
  read(span): Recognised {
    const invoked = span.text('faas.invoked_name');
    if (invoked !== '') {
      // `arn:aws:lambda:…:function:name[:alias]`
      const name = /:function:([^:]+)/.exec(invoked)?.[1] ?? invoked;
      const peer = serviceNode(part(name, span.log.onMask));
      return { touches: callTouches(span, peer, 'faas.invoke') };
    }
    const store = storeOf('-', span.part('faas.document.collection'));
    return { touches: [touch(store, 'read', 'faas.trigger')] };
  },
};
