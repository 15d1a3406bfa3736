import { randomBytes, randomUUID } from 'node:crypto';
import { normalise } from '@vestige/core/identity/normalise';
import { recordRef, subjectToken } from '@vestige/core/identity/token';
import { expect } from 'vitest';
import { send } from '../harness/http.ts';
import type { Side } from './two-tenants.ts';

/** A person of one tenant, by an invented e-mail address. */
export interface TestPerson {
  readonly email: string;
  readonly token: string;
  readonly traceId: string;
}

export function personOf(side: Side, name: string): TestPerson {
  const email = `${name}@example.com`;
  return {
    email,
    token: subjectToken(side.subjectKey, 'email', normalise('email', email)),
    traceId: randomBytes(16).toString('hex'),
  };
}

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
const texts = (key: string, values: readonly string[]) => ({
  key,
  value: { arrayValue: { values: values.map((stringValue) => ({ stringValue })) } },
});

/** An outside company that only this tenant has to do with. */
export const recipientOf = (side: Side): string => `${side.word}-post.example`;

/**
 * A trace in which an agent of this tenant writes the person into a store, a span that cannot be read, and a batch job.
 *
 * @param disclosed whose data also went to {@link recipientOf}
 */
export async function sendTelemetry(
  side: Side,
  people: readonly TestPerson[],
  store: string,
  disclosed: readonly TestPerson[] = [],
): Promise<void> {
  const startMs = Date.now() - 60_000;
  const span = (traceId: string, name: string, attributes: object[], parentSpanId?: string) => ({
    traceId,
    spanId: randomBytes(8).toString('hex'),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: 3,
    startTimeUnixNano: String(BigInt(startMs) * 1_000_000n),
    endTimeUnixNano: String(BigInt(startMs + 5) * 1_000_000n),
    attributes,
  });
  const spans = people.flatMap((person) => {
    const agent = span(person.traceId, `invoke_agent ${side.word}`, [
      text('gen_ai.operation.name', 'invoke_agent'),
      text('gen_ai.agent.name', side.word),
      texts('vestige.subject.tokens', [person.token]),
    ]);
    const write = span(
      person.traceId,
      `write ${side.word}`,
      [
        texts('vestige.subject.tokens', [person.token]),
        text('vestige.subject.attribution', 'declared'),
        text('vestige.flow.action', 'write'),
        text('vestige.flow.peer', store),
        texts('vestige.record.refs', [recordRef(side.subjectKey, store, person.email)]),
        text('vestige.purpose', `essential.${side.word}`),
      ],
      agent.spanId,
    );
    const linked = { ...agent, links: [{ traceId: randomBytes(16).toString('hex'), spanId: write.spanId }] };
    const share = span(
      person.traceId,
      `share ${side.word}`,
      [
        texts('vestige.subject.tokens', [person.token]),
        text('vestige.subject.attribution', 'declared'),
        text('vestige.flow.action', 'share'),
        text('vestige.flow.peer', `recipient:${recipientOf(side)}`),
      ],
      agent.spanId,
    );
    return disclosed.includes(person) ? [linked, write, share] : [linked, write];
  });
  const unreadable = { ...span(people[0]?.traceId ?? '', `odd ${side.word}`, []), spanId: 'ab' };
  const traces = await send(side.collectorUrl, side.key, {
    method: 'POST',
    path: '/v1/traces',
    json: {
      resourceSpans: [
        {
          resource: { attributes: [text('service.namespace', side.word), text('service.name', 'desk')] },
          scopeSpans: [{ scope: { name: side.word }, spans: [...spans, unreadable] }],
        },
      ],
    },
  });
  expect(traces.status, traces.text).toBe(200);

  const run = { runId: randomUUID() };
  for (const [eventType, atMs] of [
    ['START', startMs + 1_000],
    ['COMPLETE', startMs + 2_000],
  ] as const) {
    const event = await send(side.collectorUrl, side.key, {
      method: 'POST',
      path: '/api/v1/lineage',
      json: {
        eventType,
        eventTime: new Date(atMs).toISOString(),
        producer: 'https://example.com/nightly',
        schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
        run,
        job: { namespace: side.word, name: 'nightly' },
        inputs: [{ namespace: `sqlite:${side.word}.db`, name: 'main.people' }],
        outputs: [{ namespace: `duckdb:${side.word}.duckdb`, name: 'main.people' }],
      },
    });
    expect(event.status, event.text).toBeLessThan(300);
  }

  // Two datasets that claim one name: the first is believed, the second is a finding.
  for (const lake of ['a', 'b']) {
    const identifiers = [{ namespace: `hive://${side.word}:9083`, name: 'db.people', type: 'TABLE' }];
    const event = await send(side.collectorUrl, side.key, {
      method: 'POST',
      path: '/api/v1/lineage',
      json: {
        eventTime: new Date(startMs).toISOString(),
        producer: 'https://example.com/catalogue',
        schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
        dataset: { namespace: `s3://${side.word}-lake`, name: lake, facets: { symlinks: { identifiers } } },
      },
    });
    expect(event.status, event.text).toBeLessThan(300);
  }
}
