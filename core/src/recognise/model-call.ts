import { modelNode } from '../node/actor.ts';
import { isLocalProvider, providerName } from '../node/provider.ts';
import { callTouches, outsideHost, type Recognised } from './rule.ts';
import type { SpanView } from './span-view.ts';

export interface ModelCall {
  readonly provider: string;
  readonly model: string;
  readonly rule: string;
}

/**
 * A call to a model: shared with it and, when it succeeded, received from it. A provider without a host is still a
 * recipient (ruling 23) unless it is a runtime of the tenant's own (`ollama`, `vllm`). The span's kind does not tell: the
 * AI SDK and OpenInference write INTERNAL for calls that leave the house.
 */
export function modelCall(span: SpanView, { provider, model, rule }: ModelCall): Recognised {
  const named = provider === '' ? '' : providerName(provider);
  // LiteLLM writes `openai/gpt-5` beside the provider `openai`.
  const own = provider !== '' && model.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model;
  const peer = modelNode(named, own, span.host, span.log.onMask);
  const unhosted = span.host === '' && !isLocalProvider(named) ? named : '';
  return { touches: callTouches(span, peer, rule), turn: true, recipientHost: outsideHost(span) || unhosted };
}

/**
 * Stored calls that rule set 4 reads otherwise: frameworks that pass for providers, providers in front of models, URLs for
 * hosts, and Mem0's, of whose kind nothing was stored before.
 */
export function changedModelCall(span: SpanView): boolean {
  const provider = span.text(
    'ai.model.provider',
    'gen_ai.provider.name',
    'gen_ai.system',
    'llm.provider',
    'llm.system',
  );
  const model = span.text('ai.model.id', 'langfuse.observation.model.name', 'gen_ai.request.model', 'llm.model_name');
  return (
    span.text('server.address').includes('://') ||
    span.text('gen_ai.operation.name') === 'memory_operation' ||
    (provider !== '' && (providerName(provider) === '' || model.startsWith(`${provider}/`)))
  );
}
