import { type Attributes, wireAttributes } from './attributes.ts';
import {
  agentTurn,
  type Call,
  clientCall,
  kafkaCall,
  mcpCall,
  modelCall,
  objectStoreCall,
  redisCall,
  serverCall,
  sqlCall,
  toolCall,
  vectorSearch,
} from './calls.ts';
import { longOf, type WireSpan } from './otlp-schema.ts';
import { somebody, tokenOf } from './people.ts';
import type { SeededRandom } from './random.ts';
import { INSTANCES_PER_SERVICE, type ScopeName, SERVICES, type Service } from './services.ts';

/** A span and the process that reports it. */
export interface MadeSpan {
  readonly service: Service;
  readonly instance: number;
  readonly scope: ScopeName;
  readonly span: WireSpan;
}

const KINDS = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
const NO_PARENT = new Uint8Array(0);
const US = 1_000n;
const AGENT = 'agent:desk/support-agent/support';
const CATEGORIES: readonly [readonly string[], ...(readonly string[])[]] = [
  ['user.contact.email', 'user.name'],
  ['user.financial'],
  ['user.contact'],
];
/** Journeys of people who are not signed in yet: nobody is stamped. */
const ANONYMOUS_SHARE = 0.12;

/**
 * One person writes to a support desk that agents run: the gateway takes the message, the agent thinks and calls tools,
 * tools read and write stores and call outside parties, and a worker mails the answer from a queue. About 15 spans over
 * five services, stamped as our SDK stamps them.
 */
export function supportJourney(random: SeededRandom, sequences: Sequences, startNs: bigint): MadeSpan[] {
  const trace = new TraceInProgress(random, sequences, startNs);
  const person = somebody(random);
  const ticket = random.below(1_000_000);
  const conversation = `conv_${random.hex(24)}`;
  const about: Stamp = random.chance(ANONYMOUS_SHARE) ? { people: [] } : { people: [person], attribution: 'ambient' };

  const request = trace.add(
    'gateway',
    null,
    about,
    serverCall(random, 'POST', '/tickets/{id}/messages', `/tickets/${ticket}/messages`),
  );
  trace.add('gateway', request, about, redisCall(random));
  const hop = trace.add('gateway', request, about, clientCall(random, 'POST', 'support-agent.internal', '/turns'));
  const served = trace.add('support-agent', hop, about, serverCall(random, 'POST', '/turns', '/turns'));
  const turn = trace.add('support-agent', served, about, agentTurn(random, conversation));
  const inAgent: Stamp = { ...about, owner: AGENT };
  for (let step = random.below(3); step >= 0; step--) {
    const model = trace.add('support-agent', turn, inAgent, modelCall(random, conversation));
    trace.add('support-agent', model, inAgent, clientCall(random, 'POST', 'api.openai.com', '/v1/responses'));
    const name = random.pick(['lookup_customer', 'search_answers', 'issue_refund', 'read_attachment', 'find_orders']);
    const tool = trace.add('support-agent', turn, inAgent, toolCall(random, name));
    const inTool: Stamp = { ...inAgent, owner: `tool:desk/support-agent/${name}` };
    if (name === 'lookup_customer') {
      const declared: Stamp =
        about.people.length === 0
          ? inTool
          : { ...inTool, people: peopleInRows(random, person), attribution: 'declared' };
      trace.add('crm-tools', tool, declared, sqlCall(random, person));
      trace.add('crm-tools', tool, declared, sqlCall(random, person));
    } else if (name === 'search_answers') trace.add('support-agent', tool, inTool, vectorSearch(random));
    else if (name === 'issue_refund') {
      trace.add('billing', tool, inTool, sqlCall(random, person));
      trace.add(
        'billing',
        tool,
        inTool,
        clientCall(random, 'POST', 'api.stripe.com', `/v1/charges/ch_${random.hex(24)}/refunds`),
      );
    } else if (name === 'read_attachment') trace.add('crm-tools', tool, inTool, objectStoreCall(random));
    else trace.add('support-agent', tool, inTool, mcpCall(random));
  }
  const sent = trace.add('support-agent', served, inAgent, kafkaCall(random, 'send', 'answers'));
  const taken = trace.add('mailer', sent, about, kafkaCall(random, 'process', 'answers'), sent);
  trace.add(
    'mailer',
    taken,
    about,
    clientCall(random, 'POST', 'email.eu-central-1.amazonaws.com', '/v2/email/outbound-emails'),
  );
  if (random.chance(0.3)) trace.add('mailer', taken, { people: [] }, redisCall(random));
  return trace.spans;
}

/** Most queries return one person's rows, some a few people's, and now and then a list. */
function peopleInRows(random: SeededRandom, person: number): number[] {
  const others = random.chance(0.05) ? 1 + random.below(3) : random.chance(0.005) ? 24 : 0;
  return [person, ...Array.from({ length: others }, () => somebody(random))];
}

interface Stamp {
  readonly people: readonly number[];
  readonly attribution?: 'ambient' | 'declared';
  readonly owner?: string;
}

class TraceInProgress {
  readonly spans: MadeSpan[] = [];
  readonly #random: SeededRandom;
  readonly #sequences: Sequences;
  readonly #traceId: Uint8Array;
  readonly #instances: ReadonlyMap<Service, number>;
  readonly #categories: readonly string[];
  #nowNs: bigint;

  constructor(random: SeededRandom, sequences: Sequences, startNs: bigint) {
    this.#random = random;
    this.#sequences = sequences;
    this.#traceId = random.bytes(16);
    this.#instances = new Map(SERVICES.map((service) => [service, random.below(INSTANCES_PER_SERVICE)]));
    this.#categories = random.pick(CATEGORIES);
    this.#nowNs = startNs;
  }

  /** @returns the id of the span, for its children */
  add(service: Service, parent: Uint8Array | null, stamp: Stamp, call: Call, linked?: Uint8Array): Uint8Array {
    const random = this.#random;
    const spanId = random.bytes(8);
    this.#nowNs += BigInt(20 + random.below(4_000)) * US;
    const endNs = this.#nowNs + BigInt(100 + random.below(2_000_000)) * US;
    const failed = random.chance(0.02);
    const tokens = stamp.people.map(tokenOf);
    const attributes: Attributes = {
      ...call.attributes,
      'vestige.seq': this.#sequences.next(`${service} ${this.#instances.get(service)}`),
      ...(tokens.length > 0 && stamp.attribution !== undefined
        ? {
            'vestige.subject.tokens': tokens,
            'vestige.subject.attribution': stamp.attribution,
            'vestige.purpose': 'essential.service.operations.support',
            'vestige.data.categories': this.#categories,
          }
        : {}),
      ...(stamp.owner === undefined ? {} : { 'vestige.owner': stamp.owner }),
      ...(failed ? { 'error.type': 'ETIMEDOUT' } : {}),
    };
    this.spans.push({
      service,
      instance: this.#instances.get(service) ?? 0,
      scope: call.scope,
      span: {
        traceId: this.#traceId,
        spanId,
        parentSpanId: parent ?? NO_PARENT,
        flags: 257,
        name: call.name,
        kind: KINDS[call.kind],
        startTimeUnixNano: longOf(this.#nowNs),
        endTimeUnixNano: longOf(endNs),
        attributes: wireAttributes(attributes),
        events: [
          ...(call.events ?? []),
          ...(failed
            ? [
                {
                  name: 'exception',
                  attributes: { 'exception.type': 'Error', 'exception.message': 'timed out after 30000 ms' },
                },
              ]
            : []),
        ].map((event) => ({
          timeUnixNano: longOf(endNs),
          name: event.name,
          attributes: wireAttributes(event.attributes),
        })),
        links:
          linked === undefined
            ? []
            : [
                {
                  traceId: this.#traceId,
                  spanId: linked,
                  attributes: wireAttributes({ 'vestige.subject.tokens': tokens, 'messaging.batch.message_count': 1 }),
                },
              ],
        status: failed ? { code: 2, message: 'timed out after 30000 ms' } : { code: 0 },
      },
    });
    return spanId;
  }
}

/** `vestige.seq`: every process counts its spans, as the SDK does. */
export class Sequences {
  readonly #last = new Map<string, number>();

  next(process: string): number {
    const next = (this.#last.get(process) ?? 0) + 1;
    this.#last.set(process, next);
    return next;
  }
}
