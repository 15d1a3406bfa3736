import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './world.ts';

const STORED_MS = 30_000;

/**
 * Sends spans about an erased person as a delayed exporter would: with her token, from before the erasure.
 *
 * @returns how many the collector counted as suppressed
 */
export async function sendLateSpans(world: World, token: string, atMs: number, count: number): Promise<number> {
  const before = await metricOf(world, 'spans_suppressed_total');
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
  await untilStored(world);
  return (await metricOf(world, 'spans_suppressed_total')) - before;
}

/** The answer says that the spans are safe; whose they are, and whether she was erased, is found when they are stored. */
async function untilStored(world: World): Promise<void> {
  const deadline = Date.now() + STORED_MS;
  while ((await metricOf(world, 'log_records')) > 0) {
    if (Date.now() > deadline) throw new Error(`the late spans are not stored after ${STORED_MS} ms`);
    await sleep(50);
  }
}

async function metricOf(world: World, name: string): Promise<number> {
  const text = await (await fetch(`${world.stack.collectorUrl}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`vestige_collector_${name} `));
  return Number(line?.split(' ').pop() ?? 0);
}
