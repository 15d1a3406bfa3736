/** What a snippet is filled with. */
export interface Given {
  readonly apiKey: string;
  readonly tenant: string;
  /** Where this console is; collectors usually are too. */
  readonly host: string;
}

/** `sdk/README.md`, "Five lines", with what this installation knows. */
export function sdkLines({ apiKey, tenant, host }: Given): string {
  return `import { startVestige, withAgent, withSubject } from '@vestige/sdk';

startVestige({
  serviceName: 'support-desk',
  tenant: '${tenant}',
  endpoint: 'http://${authority(host)}:4318',
  apiKey: '${apiKey}',
  subjectKey: process.env.SUBJECT_KEY, // from .vestige/subject-keys.json
  kid: 'k1',
  spoolDir: '/var/lib/support-desk/spool',
  trustedHosts: ['*.internal.example.com'],
});

await withSubject(
  { identifiers: [{ type: 'email', value: user.email }], purpose: 'essential.service.operations.support' },
  () => withAgent('triage', () => answer(question)),
);`;
}

const NS_PER_MS = 1_000_000n;

/** One span by hand, OTLP over HTTP: shows that key, address and collector work before any code is written. */
export function curlLines({ apiKey, host }: Given, now: Date): string {
  const startNs = BigInt(now.getTime()) * NS_PER_MS;
  const span = {
    traceId: hexOf(16),
    spanId: hexOf(8),
    name: 'hello',
    kind: 1,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + NS_PER_MS),
  };
  const body = {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'first-try' } }] },
        scopeSpans: [{ spans: [span] }],
      },
    ],
  };
  return `curl http://${authority(host)}:4318/v1/traces \\
  -H 'authorization: Bearer ${apiKey}' \\
  -H 'content-type: application/json' \\
  -d '${JSON.stringify(body)}'`;
}

const authority = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function hexOf(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
