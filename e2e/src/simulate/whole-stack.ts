import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeJson, encodeProtobuf } from '@vestige/collector/otlp/testing/otlp-messages';
import { ACTIONS } from '@vestige/core/convention/attributes';
import { Confidence, LineageAnswer } from '@vestige/core/lineage/answer';
import { type RunningStack, startAllInOne } from '@vestige/stack/all-in-one';
import { readUpConfig } from '@vestige/stack/config';
import { SCOPES, type Tenant } from '@vestige/store/control/tenant-store';
import { z } from 'zod';
import type { Affected, AskedAboutNodes, Explained, Told, ToldFlow } from './ask.ts';
import { Dice } from './dice.ts';
import type { Simulated } from './organisation.ts';
import { otlpRequest } from './otlp.ts';
import type { SimPerson, SimSpan } from './span.ts';

export interface SimulationStack {
  /** Sends what the organisations told, each as a tenant of its own; returns when all of it can be asked for. */
  tell(name: string, organisations: readonly Simulated[]): Promise<AskedAboutNodes[]>;
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
      const asked: AskedAboutNodes[] = [];
      for (const [i, organisation] of organisations.entries()) {
        const tenant = await stack.stores.tenants.ensureTenant(`${name}-${i}`);
        const made = await stack.stores.tenants.createKey(tenant.id, { name, scopes: [...SCOPES], expiresAt: null });
        const side = new Side(stack, tenant, made.secret.reveal(), organisation.truth.endUs);
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
class Side implements AskedAboutNodes {
  readonly #stack: RunningStack;
  readonly #tenant: Tenant;
  readonly #key: string;
  readonly #endUs: number;
  /** By the organisation's name for them. */
  readonly #sets = new Map<string, string>();

  constructor(stack: RunningStack, tenant: Tenant, key: string, endUs: number) {
    this.#endUs = endUs;
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

  /** As of the instant at which the truth was taken: between it and the question something may have expired. */
  get #asOf(): [string, string] {
    return ['asOf', new Date(this.#endUs / 1000).toISOString()];
  }

  async about(person: SimPerson): Promise<Told | null> {
    const subject = await this.#subject(person);
    if (subject === null) return null;
    const { nodes, edges, residency, recipients, completeness } = LineageAnswer.parse(
      await this.#ask(`${subject}/lineage?${new URLSearchParams([this.#asOf])}`),
    );
    const flows: ToldFlow[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const from: [string, string][] = cursor === '' ? [] : [['cursor', cursor]];
      const page = Page.parse(
        await this.#ask(`${subject}/timeline?${new URLSearchParams([this.#asOf, ['limit', '200'], ...from])}`),
      );
      flows.push(...page.items.map(flowOf));
      cursor = page.nextCursor;
    }
    const missingSpans = completeness.watermarks.reduce((sum, { missingSeq }) => sum + missingSeq, 0);
    const cutSpans = completeness.cutSpans?.reduce((sum, { links }) => sum + links, 0) ?? 0;
    const { truncated, clocks = [] } = completeness;
    const inProv = new URLSearchParams([this.#asOf, ['format', 'prov']]);
    const prov = person.number % PROV_EVERY === 0 ? await this.#ask(`${subject}/lineage?${inProv}`) : null;
    return { nodes, edges, residency, recipients, flows, clocks, truncated, cutSpans, missingSpans, prov };
  }

  async explain(person: SimPerson, { from, to }: { from: string; to: string }): Promise<Explained> {
    const edge = new URLSearchParams([['from', from], ['to', to], this.#asOf]);
    const told = Explanation.parse(await this.#ask(`${await this.#subject(person)}/explain?${edge}`));
    return { flows: told.flows.map(flowOf), spans: told.spans };
  }

  async affected(node: string, fromMs: number, toMs: number): Promise<Affected> {
    const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString());
    const asked = { node, from, to, includeDownstream: false, purpose: 'simulation' };
    const { affected, gaps } = Exposed.parse(await this.#ask('/v1/exposure', asked));
    return { people: affected.people, ...gaps };
  }

  async #subject(person: SimPerson): Promise<string | null> {
    const { subjectId } = Resolved.parse(
      await this.#ask('/v1/subjects/resolve', { tokens: [person.token], purpose: 'simulation' }),
    );
    return subjectId === null ? null : `/v1/subjects/${subjectId}`;
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

/** Of every so manieth person the answer is asked for as a document, too. */
const PROV_EVERY = 10;
const SetMade = z.object({ id: z.string() });
const Resolved = z.object({ subjectId: z.string().nullable() });
const Exposed = z.object({
  affected: z.object({ people: z.number() }),
  gaps: z.object({ notFollowed: z.number(), searchCut: z.boolean() }),
});
const RULES = [1, 2, 3, 4, 5, 6, 7] as const;
const FlowTold = z.object({
  at: z.string(),
  from: z.string(),
  to: z.string(),
  action: z.enum(ACTIONS),
  confidence: Confidence,
  role: z.string().optional(),
  traceId: z.string(),
  spanId: z.string(),
  rule: z.string(),
  because: z.object({ rule: z.literal(RULES), traceId: z.string(), spanId: z.string(), at: z.string() }),
  skewMs: z.number().optional(),
});
const Page = z.object({ items: z.array(FlowTold), nextCursor: z.string().nullable() });
const Explanation = z.object({
  flows: z.array(FlowTold),
  spans: z.array(z.object({ traceId: z.string(), spanId: z.string() })),
});

/** Instants come in milliseconds, cut: a flow may be as late as the end of its own, its cause as early as the start. */
function flowOf({ at, role, skewMs = 0, because, ...flow }: z.infer<typeof FlowTold>): ToldFlow {
  const { rule, traceId, spanId } = because;
  return {
    ...flow,
    actor: role === 'actor',
    atUs: Date.parse(at) * 1000 + 999,
    skewUs: skewMs * 1000,
    because: { rule, traceId, spanId, atUs: Date.parse(because.at) * 1000 },
  };
}
