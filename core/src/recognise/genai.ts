import { type Action, ATTR } from '../convention/attributes.ts';
import { agentNode, memoryNode, toolNode, workflowNode } from '../node/actor.ts';
import { part } from '../node/part.ts';
import { providerName } from '../node/provider.ts';
import { recipientNode } from '../node/recipient.ts';
import { storeOf } from '../node/store.ts';
import { changedModelCall, modelCall } from './model-call.ts';
import { callTouches, clearRefs, outsideHost, type Recognised, type Rule, touch, withoutPart } from './rule.ts';
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

/** The id of a record, in the conventions and of Mem0. It is hashed or dropped, and never stored. */
const MEMORY_RECORD = ['gen_ai.memory.record.id', 'gen_ai.memory.id'] as const;

/** `gen_ai.memory.operation` of LoongSuite's instrumentation of Mem0, under one `gen_ai.operation.name`. */
const MEM0_ACTIONS: ReadonlyMap<string, Action> = new Map(
  Object.entries<Action>({
    add: 'write',
    search: 'read',
    get: 'read',
    get_all: 'read',
    history: 'read',
    update: 'write',
    batch_update: 'write',
    delete: 'delete',
    batch_delete: 'delete',
    reset: 'delete',
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
  changedFor: { ruleSet: 4, spans: changedModelCall },
  match: (span) => span.has('gen_ai.operation.name'),
  read(span) {
    const name = operation(span);
    if (MODEL_CALLS.has(name)) {
      // A model server's own span describes the service that calls it, not a model that it calls.
      if (span.kind === 'server') return { touches: [] };
      return modelCall(span, { provider: span.text(...PROVIDER), model: span.text(...MODEL), rule: `genai.${name}` });
    }
    const memory = MEMORY_ACTIONS.get(name);
    if (memory !== undefined) {
      // Without an id it is of all that the memory holds of the person (ruling 12); with one it is of one record.
      return memoryOperation(
        span,
        memory,
        `genai.${name}`,
        name === 'delete_memory' && MEMORY_RECORD.some((key) => span.has(key)),
      );
    }
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
      case 'memory_operation': {
        // A delete of all of one user's memories leaves the others': `unknown`, as of every part that is not named.
        const done = span.text('gen_ai.memory.operation');
        const action = MEM0_ACTIONS.get(done) ?? 'unknown';
        return memoryOperation(span, action, 'genai.memory_operation', done !== 'reset');
      }
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

/** @param ofPart one memory or some: without a ref to tell which, a delete is not told as one of all */
function memoryOperation(span: SpanView, action: Action, rule: string, ofPart = false): Recognised {
  const provider = span.text(...PROVIDER);
  const scope = providerName(provider) || span.resource.name;
  const peer = memoryNode(scope, span.text('gen_ai.memory.store.id'), span.log.onMask);
  const ids = MEMORY_RECORD.flatMap((key) => span.list(key));
  const recordRefs = clearRefs(span, peer, ids);
  const isNamed = recordRefs.length > 0 || span.list(ATTR.recordRefs).length > 0;
  const actions = ofPart && !isNamed ? withoutPart([action]) : [action];
  return {
    touches: actions.map((each) => touch(peer, each, rule)),
    recordRefs,
    recordCount: span.count('gen_ai.memory.record.count', 'gen_ai.memory.result_count'),
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

const ADK_AGENT = /^agent_run \[([^\]]{1,128})\]$/;

/** Google's ADK before 2.0 names an agent in its span's name alone. */
export const GENAI_ADK: Rule = {
  id: 'genai.adk',
  source: 'google/adk-python 1.14: src/google/adk/telemetry, agents/base_agent.py',
  changedIn: 4,
  match: (span) => span.scope === 'gcp.vertex.agent' && ADK_AGENT.test(span.span.name),
  read(span) {
    const name = ADK_AGENT.exec(span.span.name)?.[1] ?? '';
    return { touches: [], turn: true, self: agentNode(span.resource.name, name, span.log.onMask) };
  },
};

/** Spans of older instrumentations that name a tool or a model without an operation; asked last of all GenAI rules. */
export const GENAI_BARE: Rule = {
  id: 'genai.bare',
  source: 'research otel §1.4: recogniser order of langfuse ObservationTypeMapper; openllmetry llm.request.type',
  changedIn: 2,
  changedFor: { ruleSet: 4, spans: changedModelCall },
  match: (span) =>
    span.has('gen_ai.tool.name') || span.has('llm.request.type') || (span.has('gen_ai.request.model') && !span.answers),
  read(span) {
    if (span.has('gen_ai.tool.name')) {
      return { touches: [], self: toolNode(span.resource.name, span.text('gen_ai.tool.name'), span.log.onMask) };
    }
    return modelCall(span, { provider: span.text(...PROVIDER), model: span.text(...MODEL), rule: 'genai.call' });
  },
};
