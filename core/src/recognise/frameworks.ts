import { agentNode, toolNode, workflowNode } from '../node/actor.ts';
import { recipientNode } from '../node/recipient.ts';
import { changedModelCall, modelCall } from './model-call.ts';
import { type Recognised, type Rule, touch } from './rule.ts';
import type { SpanView } from './span-view.ts';

/** Agent frameworks that mark their spans in a way of their own. */

const NONE: Recognised = { touches: [] };

const OI_MODEL = [
  'llm.request.model_name',
  'llm.model_name',
  'llm.response.model_name',
  'gen_ai.request.model',
] as const;
const OI_PROVIDER = ['llm.provider', 'llm.system', 'gen_ai.provider.name', 'gen_ai.system'] as const;

/** Of steps and handoffs that rule set 4 reads otherwise, beside all agents. */
const CHANGED_NAME = /\.(?:run|_prepare_chat_with_tools)$|^handoff\b/;

const isAgent = (span: SpanView) => span.text('openinference.span.kind').toUpperCase() === 'AGENT';

export const OPENINFERENCE: Rule = {
  id: 'openinference',
  source: 'Arize-ai/openinference: spec/semantic_conventions.md',
  changedIn: 2,
  changedFor: {
    ruleSet: 4,
    spans: (span) => isAgent(span) || CHANGED_NAME.test(span.span.name) || changedModelCall(span),
  },
  match: (span) => span.has('openinference.span.kind'),
  read(span) {
    switch (span.text('openinference.span.kind').toUpperCase()) {
      case 'LLM':
        // LlamaIndex's agents prepare a call and then make it: one call, two spans.
        if (/\._prepare_chat_with_tools$/.test(span.span.name)) return NONE;
        return modelCall(span, {
          provider: span.text(...OI_PROVIDER) || metadata(span, 'ls_provider'),
          model: requestedModel(span),
          rule: 'openinference.llm',
        });
      case 'EMBEDDING':
        return modelCall(span, {
          provider: span.text(...OI_PROVIDER),
          model: span.text('embedding.model_name', ...OI_MODEL),
          rule: 'openinference.embedding',
        });
      case 'RERANKER':
        return modelCall(span, {
          provider: span.text(...OI_PROVIDER),
          model: span.text('reranker.model_name', ...OI_MODEL),
          rule: 'openinference.reranker',
        });
      case 'TOOL':
        // The Agents SDK's `handoff to billing` is the next agent's start, which has a span of its own.
        if (!span.has('tool.name') && /^handoff\b/.test(span.span.name)) return NONE;
        return execution(toolNode(span.resource.name, span.text('tool.name') || span.span.name, span.log.onMask));
      case 'AGENT':
        return openInferenceAgent(span);
      case 'GUARDRAIL':
        if (span.kind !== 'client' || !span.isOutside) return NONE;
        return {
          touches: [touch(recipientNode(span.host), 'share', 'openinference.guardrail')],
          recipientHost: span.host,
        };
      case 'RETRIEVER':
        // Names no store: the database span under it does; one that says which database itself is read by that rule.
        return span.system === '' ? NONE : null;
      case 'CHAIN':
        return isAgentChain(span)
          ? { ...execution(agentNode(span.resource.name, agentName(span), span.log.onMask)), turn: true }
          : NONE;
      default:
        return NONE;
    }
  },
};

const OI_AGENT = ['agent.name', 'graph.node.name', 'graph.node.id'] as const;

/** Where no attribute names the agent, the span does: `support.run`, `ToolCallingAgent.run`, `ClaudeAgentSDK.query`. */
const agentName = (span: SpanView) =>
  span.text(...OI_AGENT) || span.span.name.replace(/\.(?:a?run|a?invoke|query|receive_response)$/, '');

function openInferenceAgent(span: SpanView): Recognised {
  const isNamed = OI_AGENT.some((key) => span.has(key));
  // What the Agents SDK calls a trace is the workflow that its agents work in.
  if (!isNamed && span.scope === 'openinference.instrumentation.openai_agents') {
    return execution(workflowNode(span.resource.name, span.span.name, span.log.onMask));
  }
  const self = agentNode(span.resource.name, agentName(span), span.log.onMask);
  if (!span.has('llm.provider')) return { ...execution(self), turn: true };
  // The Claude Agent SDK's own program calls the model, and no span tells of it but the agent's.
  const called = modelCall(span, {
    provider: span.text(...OI_PROVIDER),
    model: requestedModel(span),
    rule: 'openinference.agent',
  });
  return { ...called, self };
}

const NAMED_AGENT = /^(?:\w*Agent|AgentWorkflow)\.run$/;

/**
 * Agents that pass for chains: a LangGraph graph as a whole (its nodes name themselves in the same place), an agent of
 * LangChain by its name, and those of LlamaIndex and Haystack, which are known by their class alone.
 */
function isAgentChain(span: SpanView): boolean {
  if (metadata(span, 'lc_agent_name') === span.span.name) return true;
  if (metadata(span, 'ls_integration') === 'langgraph') return metadata(span, 'langgraph_node') === '';
  return NAMED_AGENT.test(span.span.name) && /\.(?:llama_index|haystack)$/.test(span.scope);
}

/** One text of the JSON that LangChain's callbacks carry along; Python writes it with spaces. */
function metadata(span: SpanView, key: 'ls_provider' | 'ls_integration' | 'langgraph_node' | 'lc_agent_name'): string {
  const text = span.text('metadata').slice(0, 4_096);
  const at = text.indexOf(`"${key}":`);
  return at < 0 ? '' : (/^\s?"([^"]{1,128})/.exec(text.slice(at + key.length + 3))?.[1] ?? '');
}

/**
 * The model that was asked for. `llm.model_name` is overwritten by the answer's (`gpt-4o-2026-01-01`), which would make two
 * nodes of one model; the request's stays in the parameters.
 */
function requestedModel(span: SpanView): string {
  const parameters = span.text('llm.invocation_parameters').slice(0, 2_048);
  return /"model(?:_name)?"\s*:\s*"([^"]{1,128})"/.exec(parameters)?.[1] ?? span.text(...OI_MODEL);
}

export const TRACELOOP: Rule = {
  id: 'traceloop',
  source: 'traceloop/openllmetry-js: packages/ai-semantic-conventions',
  changedFor: { ruleSet: 4, spans: (span) => span.has('tool.name') || changedModelCall(span) },
  match: (span) => span.has('traceloop.span.kind'),
  read(span) {
    const name = span.text('traceloop.entity.name') || span.span.name;
    switch (span.text('traceloop.span.kind').toLowerCase()) {
      case 'agent':
        return { ...execution(agentNode(span.resource.name, name, span.log.onMask)), turn: true };
      case 'tool':
        return execution(toolNode(span.resource.name, name, span.log.onMask));
      case 'workflow': {
        const workflow = span.text('traceloop.workflow.name') || name;
        return execution(workflowNode(span.resource.name, workflow, span.log.onMask));
      }
      case 'task':
        // LlamaIndex's step that calls a tool names it; the tool itself is one more task.
        if (span.has('tool.name')) {
          return execution(toolNode(span.resource.name, span.text('tool.name'), span.log.onMask));
        }
        return span.system === '' && !hasModel(span) ? NONE : null;
      default:
        return span.system === '' && !hasModel(span) ? NONE : null;
    }
  },
};

const hasModel = (span: SpanView) => span.has('llm.request.type') || span.has('gen_ai.request.model');

const AI_SDK_CALL = /\.(?:doGenerate|doStream|doEmbed|doRerank)$/;

/** Legacy spans of the Vercel AI SDK (`ai` ≤ 6): only the innermost ones reach the provider, the outer ones group. */
export const AI_SDK: Rule = {
  id: 'ai',
  source: 'vercel/ai: packages/ai/src/telemetry; ai-sdk/otel LegacyOpenTelemetry',
  changedIn: 2,
  // What rule set 4 reads otherwise of any model call; that it concerns these calls too, only rule set 5 says.
  changedFor: { ruleSet: 5, spans: (span, storedUnder) => storedUnder < 4 && changedModelCall(span) },
  match: (span) => span.has('ai.operationId') || span.text('operation.name').startsWith('ai.'),
  read(span) {
    // `operation.name` is `ai.toolCall functionId`.
    const operation = span.text('ai.operationId', 'operation.name').split(' ', 1)[0] ?? '';
    if (operation === 'ai.toolCall') {
      return execution(toolNode(span.resource.name, span.text('ai.toolCall.name'), span.log.onMask));
    }
    if (!AI_SDK_CALL.test(operation)) return NONE;
    return modelCall(span, {
      provider: span.text('ai.model.provider', 'gen_ai.provider.name', 'gen_ai.system'),
      model: span.text('ai.model.id', 'gen_ai.request.model'),
      rule: `ai.${operation.slice(operation.lastIndexOf('.') + 1)}`,
    });
  },
};

export const LANGFUSE: Rule = {
  id: 'genai.langfuse',
  source: 'langfuse: packages/shared/src/server/otel/ObservationTypeMapper.ts',
  changedIn: 2,
  changedFor: { ruleSet: 5, spans: (span, storedUnder) => storedUnder < 4 && changedModelCall(span) },
  match: (span) => span.has('langfuse.observation.type'),
  read(span) {
    switch (span.text('langfuse.observation.type').toLowerCase()) {
      case 'generation':
      case 'embedding':
        return modelCall(span, {
          provider: span.text('gen_ai.provider.name', 'gen_ai.system'),
          model: span.text('langfuse.observation.model.name', 'gen_ai.request.model'),
          rule: 'genai.langfuse',
        });
      case 'agent':
        return { ...execution(agentNode(span.resource.name, span.span.name, span.log.onMask)), turn: true };
      case 'tool':
        return execution(toolNode(span.resource.name, span.span.name, span.log.onMask));
      default:
        return span.system === '' ? NONE : null;
    }
  },
};

function execution(self: string): Recognised {
  return { touches: [], self };
}
