import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import {
  defineRecipient,
  defineStore,
  recordShare,
  recordWrite,
  startVestige,
  withAgent,
  withSubject,
  withTool,
} from '@vestige/sdk';
import { CONTENT_KEYS, hostileAttributes, hostileResource } from './hostile-attributes.ts';
import { EMAIL, IN_CONTENT, PHONE, SPELLINGS } from './seeded-person.ts';

/**
 * An application that does everything wrong: it writes a person's e-mail address and phone number into every place that
 * its telemetry offers. Its standard output and error are its log; it logs only what the SDK tells it.
 */
export interface HostileArgument {
  readonly endpoint: string;
  readonly ingestKey: string;
  readonly tenant: string;
  readonly subjectKey: string;
  readonly kid: string;
  readonly spoolDir: string;
  /** Answers 500 and repeats what it was asked. */
  readonly rudeServer: string;
  /** Node ids of outside companies that the person's data is given to. */
  readonly recipients: readonly string[];
  /** `misconfigured`: the options themselves hold the person. */
  readonly how: 'well-configured' | 'misconfigured';
}

const given = JSON.parse(process.argv[2] ?? '{}') as HostileArgument;
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
const isWell = given.how === 'well-configured';

const vestige = startVestige({
  serviceName: isWell ? `desk of ${EMAIL}` : '',
  serviceNamespace: `team ${PHONE}`,
  tenant: given.tenant,
  endpoint: isWell ? given.endpoint : `${EMAIL}/v1/traces`,
  apiKey: isWell ? given.ingestKey : `key of ${EMAIL}`,
  subjectKey: isWell ? given.subjectKey : EMAIL,
  kid: isWell ? given.kid : EMAIL,
  spoolDir: given.spoolDir,
  trustedHosts: isWell ? ['127.0.0.1'] : [`*.${EMAIL}`, ''],
  exitDrainMs: 500,
  requestMs: 1_000,
  instrumentations: [new UndiciInstrumentation()],
  resourceAttributes: { ...hostileResource(EMAIL), 'container.name': PHONE },
  onProblem: say,
  onLoss: say,
});
say({ problems: vestige.problems });

for (const [n, said] of SPELLINGS.entries()) await misuse(n, said);
for (const said of IN_CONTENT) fillContents(said);

await vestige.flush(3_000);
say(vestige.stats());
await vestige.shutdown();

async function misuse(n: number, said: string): Promise<void> {
  const tracer = trace.getTracer(`library of ${said}`, said);
  const scope = {
    identifiers: [
      { type: 'email', value: EMAIL },
      // Not of its type, not of any type, no identifier at all.
      { type: 'email', value: `write to ${said} or call` },
      { type: said, value: said },
      { type: 'phone', value: `x${said}` },
    ],
    tokens: [said],
    purpose: said,
    categories: [said, 'user.contact'],
  };
  await withSubject(scope, async () => {
    const attributes = hostileAttributes(said);
    const span = tracer.startSpan(`seeded ${n} ${said}`, {
      kind: SpanKind.CLIENT,
      attributes,
      links: [
        { context: { traceId: `${n + 1}`.padStart(32, '1'), spanId: '1'.repeat(16), traceFlags: 1 }, attributes },
      ],
    });
    span.addEvent(`found ${said}`, attributes);
    span.recordException(new Error(`duplicate key (contact)=(${said}) violates unique constraint "${said}"`));
    span.setStatus({ code: SpanStatusCode.ERROR, message: `connect ECONNREFUSED for ${said}` });
    span.end();

    const baggage = propagation.createBaggage({ user: { value: said }, [encodeURIComponent(said)]: { value: said } });
    const inside = propagation.setBaggage(ROOT_CONTEXT, baggage);
    await context.with(inside, () => fetch(`${given.rudeServer}/people/${said}?email=${said}#${said}`).catch(() => {}));
    await fetch(`http://nobody.invalid/${said}`).catch(() => {});

    await withAgent(`helper of ${said}`, () =>
      withTool(`mail ${said}`, async () => {
        throw Object.assign(new Error(`could not mail ${said}`), { code: said, name: said });
      }),
    ).catch(() => {});
    recordWrite({ store: `store:postgres://db:5432/shop.public.${said}`, records: [said], purpose: said });
    recordWrite({ store: said, records: [said], derivedFrom: [said], retentionUntil: said });
    for (const peer of given.recipients) recordShare({ peer });
    recordShare({ peer: `recipient:${said}`, country: said, requestId: said });
    await defineStore<string>(`memory:${said}`)
      .read({ subjects: [{ type: 'email', value: said }] }, async () => {
        throw new Error(`no memory of ${said}`);
      })
      .catch(() => {});
    await defineRecipient(`recipient:${said}`)
      .fetch(`${given.rudeServer}/${said}`, { method: 'POST', body: said })
      .catch(() => {});
  });
}

function fillContents(said: string): void {
  const contents = Object.fromEntries(CONTENT_KEYS.map((key) => [key, `please write to ${said}, thanks`]));
  const span = trace.getTracer('chat').startSpan('chat', { kind: SpanKind.CLIENT, attributes: contents });
  span.addEvent('gen_ai.user.message', { content: said, 'gen_ai.event.content': said, ...contents });
  span.recordException(new TypeError(`cannot read properties of ${said}`));
  span.end();
}
