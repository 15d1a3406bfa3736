import { randomBytes } from 'node:crypto';
import type { World } from './world.ts';

/**
 * Sends spans about an erased person as a delayed exporter would: with her token, from before the erasure.
 *
 * @returns how many the collector counted as suppressed
 */
export async function sendLateSpans(world: World, token: string, atMs: number, count: number): Promise<number> {
  const before = await suppressed(world);
  const spans = Array.from({ length: count }, () => ({
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: 'late',
    kind: 3,
    startTimeUnixNano: String(BigInt(atMs) * 1_000_000n),
    endTimeUnixNano: String(BigInt(atMs + 5) * 1_000_000n),
    attributes: [
      { key: 'vestige.subject.tokens', value: { arrayValue: { values: [{ stringValue: token }] } } },
      { key: 'vestige.flow.action', value: { stringValue: 'write' } },
      { key: 'vestige.flow.peer', value: { stringValue: 'store:sqlite:crm.db/main.customers' } },
    ],
  }));
  const answer = await fetch(`${world.stack.collectorUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${world.desk.ingestKey}` },
    body: JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'support-desk' } }] },
          scopeSpans: [{ spans }],
        },
      ],
    }),
  });
  if (!answer.ok) throw new Error(`the collector answered ${answer.status} to late spans`);
  return (await suppressed(world)) - before;
}

async function suppressed(world: World): Promise<number> {
  const text = await (await fetch(`${world.stack.collectorUrl}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => /^vestige_collector_spans_suppressed_total\b/.test(line))
    .reduce((sum, line) => sum + Number(line.split(' ').pop()), 0);
}
