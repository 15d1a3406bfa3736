import type { Touch } from '../model/span.ts';
import { clientNode, mcpServerNode, toolNode } from '../node/actor.ts';
import { canonicalNode } from '../node/canonical.ts';
import { urlAuthority } from '../node/host.ts';
import { callTouches, outsideHost, type Rule, touch } from './rule.ts';
import type { SpanView } from './span-view.ts';

/**
 * MCP: a `tools/call` span is the tool's execution and, on the CLIENT side, a call to its server. A `resources/read`
 * reads the store its URI names, when it names one of a known kind.
 */
export const MCP: Rule = {
  id: 'mcp',
  source: 'semantic-conventions-genai: docs/gen-ai/mcp.md; modelcontextprotocol/python-sdk 2.3',
  changedIn: 2,
  changedFor: { ruleSet: 4, spans: (span) => span.answers && span.span.parentId === '' },
  match: (span) => span.has('mcp.method.name'),
  read(span) {
    const method = span.text('mcp.method.name');
    const server = mcpServerNode(
      span.host,
      span.text('mcp.server.name', 'service.peer.name', 'rpc.service'),
      span.log.onMask,
    );
    const recipientHost = outsideHost(span);
    switch (method) {
      case 'tools/call': {
        // The SDK's own spans name the tool in their name only: `MCP send tools/call find_orders`.
        const tool = span.text('gen_ai.tool.name') || (/\btools\/call (\S{1,128})$/.exec(span.span.name)?.[1] ?? '');
        const self = toolNode(span.resource.name, tool, span.log.onMask);
        if (span.answers) return { touches: entry(span, ['receive', 'share']), self };
        return { touches: callTouches(span, server, 'mcp.tools_call'), self, recipientHost };
      }
      case 'resources/read':
      case 'resources/subscribe': {
        if (span.answers) return { touches: entry(span, ['share']) };
        const store = storeOfUri(span);
        if (store !== '') return { touches: [touch(store, 'read', 'mcp.resources_read')], recipientHost };
        return { touches: callTouches(span, server, 'mcp.resources_read'), recipientHost };
      }
      case 'prompts/get':
      case 'completion/complete':
        if (span.answers) return { touches: entry(span, ['receive', 'share']) };
        return { touches: callTouches(span, server, `mcp.${method.replace('/', '_')}`), recipientHost };
      case 'sampling/createMessage':
      case 'elicitation/create':
        if (span.answers) return { touches: [] };
        return { touches: callTouches(span, server, `mcp.${method.replace('/', '_')}`), recipientHost };
      default:
        return { touches: [] };
    }
  },
};

/** A server's span at the root of a trace: a client came in that traces nothing, or is not ours. */
function entry(span: SpanView, actions: readonly ('receive' | 'share')[]): Touch[] {
  if (span.span.parentId !== '') return [];
  const client = clientNode(span.resource.name);
  return actions
    .filter((action) => action === 'receive' || span.outcome === 'ok')
    .map((action) => touch(client, action, 'mcp.server'));
}

const TRACELOOP_METHOD = /^(resources\/read|prompts\/get|completion\/complete|sampling\/createMessage)\.mcp$/;

/**
 * OpenLLMetry's spans of an MCP client carry no `mcp.*`: a tool call is a CLIENT span of kind `tool`, another method stands
 * in the span's name. Neither the server nor a resource's URI is named outside the contents, which are not looked at.
 */
export const MCP_TRACELOOP: Rule = {
  id: 'mcp.traceloop',
  source: 'traceloop/openllmetry-js: packages/instrumentation-mcp 0.27',
  changedIn: 2,
  match: (span) =>
    span.kind === 'client' && (span.text('traceloop.span.kind') === 'tool' || TRACELOOP_METHOD.test(span.span.name)),
  read(span) {
    const server = mcpServerNode(span.host, '', span.log.onMask);
    const recipientHost = outsideHost(span);
    if (span.text('traceloop.span.kind') === 'tool') {
      const self = toolNode(span.resource.name, span.text('traceloop.entity.name'), span.log.onMask);
      return { touches: callTouches(span, server, 'mcp.tools_call'), self, recipientHost };
    }
    const method = TRACELOOP_METHOD.exec(span.span.name)?.[1] ?? '';
    return { touches: callTouches(span, server, `mcp.${method.replace('/', '_')}`), recipientHost };
  },
};

const STORE_SCHEMES: ReadonlySet<string> = new Set(['postgres', 'postgresql', 'mysql', 'mongodb', 's3', 'gs', 'redis']);

/** `postgres://database/customers/schema` → the database; the rest of the URI is the server's own invention. */
function storeOfUri(span: SpanView): string {
  const uri = span.text('mcp.resource.uri');
  const authority = urlAuthority(uri);
  if (authority === null || !STORE_SCHEMES.has(authority.scheme)) return '';
  const end = uri.indexOf('/', uri.indexOf('://') + 3);
  return canonicalNode(`store:${end < 0 ? uri : uri.slice(0, end)}`, span.log.onMask) ?? '';
}
