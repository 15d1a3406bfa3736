import { agentNode, clientNode } from '../node/actor.ts';
import { parseNodeId } from '../node/kind.ts';
import { calledParty } from './peer.ts';
import { callTouches, type Recognised, type Rule, touch } from './rule.ts';
import type { SpanView } from './span-view.ts';

/**
 * Agent to agent. The CLIENT side calls a foreign agent, or one of ours whose own span says that it answered; the SERVER
 * side is that agent at work, and where nobody's span lies around it, somebody from outside came in.
 */
export const A2A: Rule = {
  id: 'a2a',
  source:
    'semantic-conventions-genai: docs/gen-ai/a2a.md (pull request 195), as written by a2a-protocol-sdk 0.15 (Rust)',
  changedIn: 4,
  match: (span) => span.has('a2a.method.name'),
  read: (span) => a2aCall(span, span.text('a2a.method.name')),
};

const PYTHON_METHOD =
  /^a2a\.(?:client\.transports|server\.(?:request_handlers|routes))\.[\w.]{1,120}\.(?:on_)?(?!close$)([a-z]\w{0,63})$/;

/**
 * The SDK for Python traces its own classes and says nothing but their methods. The agent's host stands in the HTTP span
 * under the call, where HTTP is traced as well.
 */
export const A2A_PYTHON: Rule = {
  id: 'a2a.python',
  source: 'a2aproject/a2a-python: src/a2a/utils/telemetry.py 1.3',
  changedIn: 4,
  match: (span) => span.scope === 'a2a-python-sdk' && span.kind !== 'internal' && PYTHON_METHOD.test(span.span.name),
  read: (span) => a2aCall(span, PYTHON_METHOD.exec(span.span.name)?.[1] ?? ''),
};

/** What only brings something back: the request names a task by its id. */
const FETCHES = /^(?:get|list|subscribe|resubscribe)/i;

function a2aCall(span: SpanView, method: string): Recognised {
  const isFetch = FETCHES.test(method);
  const agent = span.text('gen_ai.agent.name');
  if (span.answers) {
    const self = agent === '' ? '' : agentNode(span.resource.name, agent, span.log.onMask);
    return { touches: span.span.parentId === '' ? entry(span, isFetch) : [], self, turn: true };
  }
  const { peer, recipientHost } = calledParty(span);
  const touches = callTouches(span, agent === '' ? peer : agentOf(span, peer, agent), 'a2a.call');
  return {
    touches: isFetch ? touches.filter(({ action }) => action === 'receive') : touches,
    turn: true,
    recipientHost,
  };
}

/**
 * The agent by its card's name: in the service of ours that answers at this host, or at the foreign host. A party of which
 * no host is known stays as it is: an agent without a host would count as nobody outside.
 */
function agentOf(span: SpanView, peer: string, agent: string): string {
  const called = parseNodeId(peer);
  if (called?.kind === 'recipient' && span.host === '') return peer;
  const scope = called?.kind === 'service' ? called.name : span.host;
  return agentNode(scope, agent, span.log.onMask);
}

function entry(span: SpanView, isFetch: boolean): Recognised['touches'] {
  const client = clientNode(span.resource.name);
  return [
    ...(isFetch ? [] : [touch(client, 'receive', 'a2a.server')]),
    ...(span.outcome === 'ok' ? [touch(client, 'share', 'a2a.server')] : []),
  ];
}
