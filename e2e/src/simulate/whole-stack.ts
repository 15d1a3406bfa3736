import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeJson, encodeProtobuf } from '@vestige/collector/otlp/testing/otlp-messages';
import { LineageAnswer } from '@vestige/core/lineage/answer';
import { type RunningStack, startAllInOne } from '@vestige/stack/all-in-one';
import { readUpConfig } from '@vestige/stack/config';
import { SCOPES, type Tenant } from '@vestige/store/control/tenant-store';
import { z } from 'zod';
import type { Asked, Told } from './ask.ts';
import { Dice } from './dice.ts';
import type { Simulated } from './organisation.ts';
import { otlpRequest } from './otlp.ts';
import type { SimPerson, SimSpan } from './span.ts';

export interface SimulationStack {
  /** Sends what the organisations told, each as a tenant of its own; returns when all of it can be asked for. */
  tell(name: string, organisations: readonly Simulated[]): Promise<Asked[]>;
  stop(): Promise<void>;
}

const SET = 'vestige.subject.set';
const BATCH_SPANS = 256;
const VISIBLE_MS = 120_000;

/** Collector, API and real engines, in a folder that goes with it. */
export async function startSimulationStack(): Promise<SimulationStack> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vestige-simulate-'));
  const stack = await startAllInOne(
    readUpConfig({ VESTIGE_DATA_DIR: dataDir, VESTIGE_COLLECTOR_PORT: '0', VESTIGE_API_PORT: '0' }),
  );
  return {
    async tell(name, organisations) {
      const asked: Asked[] = [];
      for (const [i, organisation] of organisations.entries()) {
        const tenant = await stack.stores.tenants.ensureTenant(`${name}-${i}`);
        const made = await stack.stores.tenants.createKey(tenant.id, { name, scopes: [...SCOPES], expiresAt: null });
        const side = new Side(stack, tenant, made.secret.reveal());
        await side.register(organisation);
        await side.send(organisation);
        asked.push(side);
      }
      return asked;
    },
    async stop() {
      await stack.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** One tenant, as its applications and its data protection officer meet the system: over HTTP. */
class Side implements Asked {
  readonly #stack: RunningStack;
  readonly #tenant: Tenant;
  readonly #key: string;
  /** By the organisation's name for them. */
  readonly #sets = new Map<string, string>();

  constructor(stack: RunningStack, tenant: Tenant, key: string) {
    this.#stack = stack;
    this.#tenant = tenant;
    this.#key = key;
  }

  /** What the organisation tells about itself, and the sets that its bulk work will name. */
  async register({ registry, sets }: Simulated): Promise<void> {
    const store = this.#stack.stores.registry;
    const audit = (kind: string, id: string) => ({
      type: `${kind}.registered`,
      actor: 'system:simulation',
      object: { kind, id },
    });
    for (const { id, hosts } of registry.parties) {
      await store.putParty(
        this.#tenant.id,
        { id, legalName: id, role: 'processor', country: null, transferMechanism: null, contact: null, hosts },
        audit('party', id),
      );
    }
    for (const { id, retentionDays } of registry.stores) {
      await store.putStore(
        this.#tenant.id,
        {
          id,
          title: id,
          partyId: null,
          connector: null,
          retentionDays,
          backupRetentionDays: null,
          identifierTypes: [],
        },
        audit('store', id),
      );
    }
    for (const { alias, canonical } of registry.aliases) {
      await store.putNodeAlias(this.#tenant.id, alias, canonical, audit('alias', alias));
    }
    for (const { id, people } of sets) {
      const made = SetMade.parse(await this.#ask('/v1/subject-sets', { tokens: people.map(({ token }) => token) }));
      this.#sets.set(id, made.id);
    }
  }

  /** Late, out of order, some twice, in both encodings of OTLP: as networks and retries deliver. */
  async send({ spans, events }: Simulated): Promise<void> {
    const dice = new Dice(spans.length);
    const delivered = spans.filter(({ lost }) => !lost).map((span) => this.#withSet(span));
    const stream = dice.shuffled([...delivered, ...dice.some(delivered, 0.1)]);
    for (let at = 0; at < stream.length; at += BATCH_SPANS) {
      const request = otlpRequest(stream.slice(at, at + BATCH_SPANS));
      const [type, body] = dice.chance(0.5)
        ? (['application/x-protobuf', encodeProtobuf(request)] as const)
        : (['application/json', encodeJson(request)] as const);
      await this.#post('/v1/traces', type, body);
    }
    const runs = dice.shuffled([...events, ...dice.some(events, 0.1)]);
    for (const event of runs)
      await this.#post('/api/v1/lineage', 'application/json', Buffer.from(this.#withSets(JSON.stringify(event))));
    await this.#untilStored(delivered);
  }

  #withSet(span: SimSpan): SimSpan {
    const set = span.attributes[SET];
    if (typeof set !== 'string') return span;
    return { ...span, attributes: { ...span.attributes, [SET]: this.#sets.get(set) ?? set } };
  }

  #withSets(text: string): string {
    return text.replace(/set_simulated_\d+/g, (id) => this.#sets.get(id) ?? id);
  }

  async #post(route: string, type: string, body: Uint8Array): Promise<void> {
    const answer = await fetch(`${this.#stack.collectorUrl}${route}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': type },
      body: Buffer.from(body),
    });
    const text = await answer.text();
    if (!answer.ok || text.includes('rejected'))
      throw new Error(`${route} answered ${answer.status} ${text.slice(0, 200)}`);
  }

  /** What was acknowledged is durable; what can be read may be a moment behind. */
  async #untilStored(spans: Simulated['spans']): Promise<void> {
    const traces = [...new Set(spans.map(({ traceId }) => traceId))];
    const giveUpAt = Date.now() + VISIBLE_MS;
    for (;;) {
      const found = await this.#stack.stores.events.facts(
        this.#tenant.id,
        { traces, jumps: [], linksTo: [], datasets: [] },
        { spansMax: spans.length + 1, hitsPerKeyMax: 1 },
      );
      if (found.spans.length === spans.length) return;
      if (Date.now() > giveUpAt) throw new Error(`${found.spans.length} of ${spans.length} spans can be read`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async about(person: SimPerson): Promise<Told | null> {
    const resolved = Resolved.parse(
      await this.#ask('/v1/subjects/resolve', { tokens: [person.token], purpose: 'simulation' }),
    );
    if (resolved.subjectId === null) return null;
    const subject = `/v1/subjects/${resolved.subjectId}`;
    const { nodes, edges, residency, recipients, completeness } = LineageAnswer.parse(
      await this.#ask(`${subject}/lineage`),
    );
    const flows: Told['flows'][number][] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = Page.parse(
        await this.#ask(`${subject}/timeline?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`),
      );
      for (const { at, role, skewMs = 0, because, ...flow } of page.items) {
        const { rule, traceId, spanId } = because;
        flows.push({
          ...flow,
          actor: role === 'actor',
          atUs: Date.parse(at) * 1000 + 999,
          skewUs: skewMs * 1000,
          because: { rule: rule as ToldRule, traceId, spanId, atUs: Date.parse(because.at) * 1000 },
        });
      }
      cursor = page.nextCursor;
    }
    return { nodes, edges, residency, recipients, flows, truncated: completeness.truncated };
  }

  async #ask(route: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${this.#stack.apiUrl}${route}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${this.#key}`,
        'vestige-purpose': 'simulation',
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${route} answered ${answer.status} ${(await answer.text()).slice(0, 300)}`);
    return answer.json();
  }
}

type ToldRule = Told['flows'][number]['because']['rule'];

const SetMade = z.object({ id: z.string() });
const Resolved = z.object({ subjectId: z.string().nullable() });
const Page = z.object({
  items: z.array(
    z.object({
      at: z.string(),
      from: z.string(),
      to: z.string(),
      action: z.enum(['none', 'read', 'write', 'delete', 'share', 'receive', 'unknown']),
      confidence: z.enum(['declared', 'ambient', 'inferred', 'possible']),
      role: z.string().optional(),
      traceId: z.string(),
      spanId: z.string(),
      rule: z.string(),
      because: z.object({ rule: z.number(), traceId: z.string(), spanId: z.string(), at: z.string() }),
      skewMs: z.number().optional(),
    }),
  ),
  nextCursor: z.string().nullable(),
});
