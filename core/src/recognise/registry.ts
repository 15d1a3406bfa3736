import { A2A, A2A_PYTHON } from './a2a.ts';
import { DB } from './db.ts';
import { AI_SDK, LANGFUSE, OPENINFERENCE, TRACELOOP } from './frameworks.ts';
import { GENAI, GENAI_ADK, GENAI_BARE } from './genai.ts';
import { MCP, MCP_TRACELOOP } from './mcp.ts';
import { BULLMQ, CELERY, KINESIS, MESSAGING } from './messaging.ts';
import { OBJECT_HTTP, OBJECT_STORE } from './object-store.ts';
import type { Recognised, Rule } from './rule.ts';
import { RULE_SET } from './rule-set.ts';
import type { SpanView } from './span-view.ts';
import { FAAS, FAAS_SERVER, HTTP_CLIENT, HTTP_SERVER, RPC_CLIENT, RPC_SERVER } from './transport.ts';

/**
 * First match wins (research otel §7.3). Marks that frameworks set on purpose come before the general conventions their
 * spans may also carry, what a call means before how it travelled.
 */
export const RULES: readonly Rule[] = [
  MCP,
  MCP_TRACELOOP,
  A2A,
  A2A_PYTHON,
  OPENINFERENCE,
  GENAI,
  AI_SDK,
  TRACELOOP,
  LANGFUSE,
  DB,
  GENAI_ADK,
  GENAI_BARE,
  OBJECT_STORE,
  MESSAGING,
  BULLMQ,
  CELERY,
  KINESIS,
  FAAS,
  RPC_CLIENT,
  RPC_SERVER,
  OBJECT_HTTP,
  HTTP_CLIENT,
  HTTP_SERVER,
  FAAS_SERVER,
];

const NOTHING: Recognised = { touches: [] };

/** The rules under the version that their answers are stored with. */
export interface RuleTable {
  readonly version: number;
  readonly rules: readonly Rule[];
}

export const CURRENT_RULES: RuleTable = { version: RULE_SET, rules: RULES };

export function recognise(span: SpanView, rules: readonly Rule[] = RULES): Recognised {
  return recognisedBy(span, rules)?.recognised ?? NOTHING;
}

export function recognisedBy(
  span: SpanView,
  rules: readonly Rule[],
): { readonly rule: Rule; readonly recognised: Recognised } | null {
  for (const rule of rules) {
    if (!rule.match(span)) continue;
    const recognised = rule.read(span);
    if (recognised !== null) return { rule, recognised };
  }
  return null;
}
