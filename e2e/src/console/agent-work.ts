import { randomBytes } from 'node:crypto';
import { normalise } from '@vestige/core/identity/normalise';
import { subjectToken } from '@vestige/core/identity/token';
import { send } from '../harness/http.ts';
import type { Site } from './site.ts';

/** Places that only this work touches, and that nobody has registered. */
export const AGENT_WORK = {
  service: 'orders',
  planner: 'agent:orders/planner',
  writer: 'agent:orders/writer',
  store: 'store:postgres://db.orders.example:5432/orders.public.orders',
  /** Touched by spans that do not say whose data it is. */
  unsaid: 'store:postgres://db.orders.example:5432/orders.public.ratings',
} as const;

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
const texts = (key: string, values: readonly string[]) => ({
  key,
  value: { arrayValue: { values: values.map((stringValue) => ({ stringValue })) } },
});

/**
 * Three customers whose orders one agent plans and another one writes down, and one rating that nobody says the author
 * of: what the support desk has not, agents that call each other and a hole in the coverage.
 */
export async function sendAgentWork({ stack }: Site): Promise<void> {
  const startMs = Date.now() - 60_000;
  const span = (traceId: string, name: string, atMs: number, attributes: object[], parentSpanId?: string) => ({
    traceId,
    spanId: randomBytes(8).toString('hex'),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: 1,
    startTimeUnixNano: String(BigInt(startMs + atMs) * 1_000_000n),
    endTimeUnixNano: String(BigInt(startMs + 100 - atMs) * 1_000_000n),
    attributes,
  });
  const agent = (name: string) => [text('gen_ai.operation.name', 'invoke_agent'), text('gen_ai.agent.name', name)];
  const touch = (action: string, peer: string) => [
    text('vestige.flow.action', action),
    text('vestige.flow.peer', peer),
  ];
  const ordered = ['ada', 'bob', 'cleo'].flatMap((name) => {
    const traceId = randomBytes(16).toString('hex');
    const token = subjectToken(stack.subjectKey, 'email', normalise('email', `${name}@example.com`));
    const said = [texts('vestige.subject.tokens', [token]), texts('vestige.data.categories', ['user.contact'])];
    const plans = span(traceId, 'invoke_agent planner', 0, [...agent('planner'), ...said]);
    const writes = span(traceId, 'invoke_agent writer', 10, [...agent('writer'), ...said], plans.spanId);
    return [
      plans,
      writes,
      span(traceId, 'INSERT orders', 20, [...said, ...touch('write', AGENT_WORK.store)], writes.spanId),
    ];
  });
  const rated = span(randomBytes(16).toString('hex'), 'INSERT ratings', 30, touch('write', AGENT_WORK.unsaid));
  const sent = await send(stack.collectorUrl, stack.adminKey.reveal(), {
    method: 'POST',
    path: '/v1/traces',
    json: {
      resourceSpans: [
        {
          resource: { attributes: [text('service.name', AGENT_WORK.service)] },
          scopeSpans: [{ scope: { name: 'orders-app' }, spans: [...ordered, rated] }],
        },
      ],
    },
  });
  if (sent.status !== 200) throw new Error(`the collector answered ${sent.status}: ${sent.text}`);
}
