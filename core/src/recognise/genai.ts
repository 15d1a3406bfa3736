import type { Action } from '../convention/attributes.ts';
import { agentNode, memoryNode, toolNode, workflowNode } from '../node/actor.ts';
import { part } from '../node/part.ts';
import { providerName } from '../node/provider.ts';
import { recipientNode } from '../node/recipient.ts';
import { storeOf } from '../node/store.ts';
import { modelCall } from './model-call.ts';
import { callTouches, clearRefs, outsideHost, type Recognised, type Rule, touch } from './rule.ts';
import type { SpanView } from './span-view.ts';

const SOURCE = 'semantic-conventions-genai: docs/gen-ai/gen-ai-spans.md, gen-ai-agent-spans.md; research otel §1.2';

const PROVIDER = ['gen_ai.provider.name', 'gen_ai.system'] as const;
const MODEL = ['gen_ai.request.model', 'gen_ai.response.model'] as const;

const MODEL_CALLS: ReadonlySet<string> = new Set([
  'chat',
  'generate_content',
  'text_completion',
  'completion',
  'embeddings',
  'embedding',
  'rerank',
  'run_guardrail',
]);

const MEMORY_ACTIONS: ReadonlyMap<string, Action> = new Map(
  Object.entries<Action>({
    search_memory: 'read',
    create_memory: 'write',
    update_memory: 'write',
    upsert_memory: 'write',
    delete_memory: 'delete',
    delete_memory_store: 'delete',
  }),
);

/** Operations that group others or hold no person's data: no touch of their own. */
const GROUPING: ReadonlySet<string> = new Set(['plan', 'create_agent', 'create_memory_store', 'agent_step', 'decide']);

function operation(span: SpanView): string {
  return span.text('gen_ai.operation.name').toLowerCase();
}

export const GENAI: Rule = {
  id: 'genai',
  source: SOURCE,
  changedIn: 2,
  match: (span) => span.has('gen_ai.operation.name'),
  read(span) {
    const name = operation(span);
    if (MODEL_CALLS.has(name)) {
      // A model server's own span describes the service that calls it, not a model that it calls.
      if (span.kind === 'server') return { touches: [] };
      return modelCall(span, { provider: span.text(...PROVIDER), model: span.text(...MODEL), rule: `genai.${name}` });
    }
    const memory = MEMORY_ACTIONS.get(name);
    if (memory !== undefined) return memoryOperation(span, memory, `genai.${name}`);
    switch (name) {
      case 'fetch_response': {
        const { touches, ...call } = modelCall(span, {
          provider: span.text(...PROVIDER),
          model: span.text(...MODEL),
          rule: 'genai.fetch_response',
        });
        return { ...call, touches: touches.filter(({ action }) => action === 'receive') };
      }
      case 'invoke_agent':
        return invokeAgent(span);
      case 'invoke_workflow':
        return {
          touches: [],
          self: workflowNode(span.resource.name, span.text('gen_ai.workflow.name'), span.log.onMask),
        };
      case 'execute_tool': {
        // OpenLLMetry's LangChain spans know the tool only as an entity.
        const tool = span.text('gen_ai.tool.name', 'traceloop.entity.name');
        return { touches: [], self: toolNode(span.resource.name, tool, span.log.onMask) };
      }
      case 'retrieval':
        return retrieval(span);
      default:
        return GROUPING.has(name) ? { touches: [] } : null;
    }
  },
};

/**
 * An agent's execution. A CLIENT span towards a known outside host is a call to somebody else's agent; other CLIENT
 * spans are executions too, since several instrumentations use that kind inside one process. Without a name (the
 * Vercel AI SDK opens such a span around every plain model call) it groups, and the nearest named agent stays the owner.
 */
function invokeAgent(span: SpanView): Recognised {
  const name = span.text('gen_ai.agent.name');
  if (span.kind === 'client' && span.isOutside) {
    const provider = providerName(span.text(...PROVIDER));
    const peer = name === '' ? recipientNode(span.host) : agentNode(provider || span.host, name, span.log.onMask);
    return { touches: callTouches(span, peer, 'genai.invoke_agent'), turn: true, recipientHost: span.host };
  }
  if (name === '') return { touches: [], turn: true };
  return { touches: [], turn: true, self: agentNode(span.resource.name, name, span.log.onMask) };
}

function memoryOperation(span: SpanView, action: Action, rule: string): Recognised {
  const provider = span.text(...PROVIDER);
  const scope = provider === '' ? span.resource.name : providerName(provider);
  const peer = memoryNode(scope, span.text('gen_ai.memory.store.id'), span.log.onMask);
  return {
    touches: [touch(peer, action, rule)],
    recordRefs: clearRefs(span, peer, span.list('gen_ai.memory.record.id')),
    recordCount: span.count('gen_ai.memory.record.count'),
    recipientHost: outsideHost(span),
  };
}

/** Reads from the data source; where the span also says which database, that rule names the store (otel §7.3 row 3). */
function retrieval(span: SpanView): Recognised | null {
  if (span.system !== '') return null;
  const source = span.text('gen_ai.data_source.id');
  if (source === '') return { touches: [] };
  const provider = span.text(...PROVIDER);
  const peer = storeOf(part(providerName(provider), span.log.onMask), span.part('gen_ai.data_source.id'));
  return {
    touches: [touch(peer, 'read', 'genai.retrieval')],
    recordRefs: clearRefs(span, peer, documentIds(span)),
    recipientHost: outsideHost(span),
  };
}

/** Ids out of `gen_ai.retrieval.documents` (`[{id, score, content}]`, also as JSON); the contents are never kept. */
function documentIds(span: SpanView): string[] {
  const raw = span.raw('gen_ai.retrieval.documents');
  const items = typeof raw === 'string' ? parsed(raw) : raw;
  if (!Array.isArray(items)) return [];
  return items.slice(0, 64).flatMap((item: unknown) => {
    const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : null;
    return typeof id === 'string' || typeof id === 'number' ? [String(id)] : [];
  });
}

function parsed(text: string): unknown {
  if (text.length > 65_536) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Spans of older instrumentations that name a tool or a model without an operation; asked last of all GenAI rules. */
export const GENAI_BARE: Rule = {
  id: 'genai.bare',
  source: 'research otel §1.4: recogniser order of langfuse ObservationTypeMapper; openllmetry llm.request.type',
  changedIn: 2,
  match: (span) =>
    span.has('gen_ai.tool.name') || span.has('llm.request.type') || (span.has('gen_ai.request.model') && !span.answers),
  read(span) {
    if (span.has('gen_ai.tool.name')) {
      return { touches: [], self: toolNode(span.resource.name, span.text('gen_ai.tool.name'), span.log.onMask) };
    }
    return modelCall(span, { provider: span.text(...PROVIDER), model: span.text(...MODEL), rule: 'genai.call' });
  },
};
