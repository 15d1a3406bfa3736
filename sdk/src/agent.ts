import { type Span, SpanKind } from '@opentelemetry/api';
import { ownerId } from './owner.ts';
import { runtime } from './runtime.ts';
import { inSpan } from './span-scope.ts';

export interface AgentOptions {
  /** `gen_ai.conversation.id`; makes this a turn of a conversation (ruling 10). Never invent one. */
  readonly conversationId?: string;
  /** `gen_ai.agent.id`, for hosted agents. */
  readonly agentId?: string;
  readonly description?: string;
}

export interface ToolOptions {
  /** `gen_ai.tool.call.id`, as the model gave it. */
  readonly callId?: string;
  /** Default `function`. */
  readonly type?: 'function' | 'extension' | 'datastore';
}

/**
 * Runs an agent: an `invoke_agent` span, and everything that starts inside belongs to `agent:{service}/{name}`, also
 * where a framework loses the nesting of spans.
 *
 * @param name stable and without personal data; it names the agent in every lineage
 * @returns what `fn` returns; the span ends when its promise settles or its generator is exhausted
 */
export function withAgent<T>(name: string, fn: (span: Span) => T, options: AgentOptions = {}): T {
  return inExecution('agent', 'invoke_agent', name, fn, {
    'gen_ai.agent.name': name,
    ...given('gen_ai.conversation.id', options.conversationId),
    ...given('gen_ai.agent.id', options.agentId),
    ...given('gen_ai.agent.description', options.description),
  });
}

/** Runs a tool: an `execute_tool` span, owner `tool:{service}/{name}` inside. Arguments and results are never recorded. */
export function withTool<T>(name: string, fn: (span: Span) => T, options: ToolOptions = {}): T {
  return inExecution('tool', 'execute_tool', name, fn, {
    'gen_ai.tool.name': name,
    'gen_ai.tool.type': options.type ?? 'function',
    ...given('gen_ai.tool.call.id', options.callId),
  });
}

/** Runs a workflow of several agents: an `invoke_workflow` span, owner `workflow:{service}/{name}` inside. */
export function withWorkflow<T>(name: string, fn: (span: Span) => T, options: AgentOptions = {}): T {
  return inExecution('workflow', 'invoke_workflow', name, fn, {
    'gen_ai.workflow.name': name,
    ...given('gen_ai.conversation.id', options.conversationId),
  });
}

function inExecution<T>(
  kind: 'agent' | 'tool' | 'workflow',
  operation: string,
  name: string,
  fn: (span: Span) => T,
  attributes: Record<string, string>,
): T {
  const running = runtime();
  return inSpan(
    running,
    {
      name: `${operation} ${name}`,
      kind: SpanKind.INTERNAL,
      attributes: { 'gen_ai.operation.name': operation, ...attributes },
      owner: ownerId(kind, running?.service ?? '-', name),
    },
    fn,
  );
}

function given(key: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [key]: value };
}
