import { isVestigeError } from '@vestige/core/errors';
import { TenantId } from '@vestige/core/ids';
import { readLineageEvent } from '@vestige/core/openlineage/read-event';
import { readContext } from '@vestige/core/recognise/read-context';
import { createInlineEncoder } from '../../encode/inline-encoder.ts';
import { recordFormat } from '../../encode/record-format.ts';
import { parseJson } from '../../otlp/read-json.ts';
import { NOW_MS } from '../../otlp/testing/arbitrary-request.ts';
import { corpus } from './corpus.ts';
import { fuzzInput } from './fuzz-inputs.ts';

/**
 * Encodes many inputs in a process of its own, whose death or silence its parent sees. Arguments: seed, first input,
 * number of inputs. Says one line of JSON every few hundred.
 */

const LINE_EVERY = 250;
const tenant = { id: TenantId.parse(7), name: 'acme' };
const context = readContext({
  hosts: ['*.internal'],
  services: ['desk'],
  aliases: [{ alias: 'store:a/*', canonical: 'store:b/*' }],
  recordRefs: (node, key) => [`${node.length}#${key.length}`],
  tokenFor: (type, value) => (value.includes('@') ? `ps1.k1.${type}`.padEnd(29, 'A') : null),
});
const resolution = {
  subjectOf: (_tenant: TenantId, token: string) =>
    token.length % 2 === 0 ? 'suppressed' : '11111111-1111-4111-8111-111111111111',
  membersOf: () => ['22222222-2222-4222-8222-222222222222'],
};

const [seed = 1, first = 0, count = 1000] = process.argv.slice(2).map(Number);
const from = corpus(seed);
const counts = { taken: 0, refused: 0, spans: 0, faults: 0 };
const encoder = createInlineEncoder({
  onReaderFault: () => {
    counts.faults += 1;
  },
});
let slowestMs = 0;
let rssMaxMib = 0;

for (let index = first; index < first + count; index += 1) {
  const { kind, body } = fuzzInput(from, seed, index);
  const startMs = performance.now();
  try {
    if (kind === 'lineage') readLineage(body);
    else await encodeAndOpen(kind, body);
    counts.taken += 1;
  } catch (error) {
    // Refused in words of ours is what may happen; anything else ends the process, which says where.
    if (!isVestigeError(error, 'bad_request') && !isVestigeError(error, 'too_large'))
      throw new Error(`input ${index}`, { cause: error });
    counts.refused += 1;
  }
  slowestMs = Math.max(slowestMs, performance.now() - startMs);
  if ((index - first) % LINE_EVERY === LINE_EVERY - 1 || index === first + count - 1) {
    rssMaxMib = Math.max(rssMaxMib, Math.round(process.memoryUsage.rss() / 1024 / 1024));
    process.stdout.write(`${JSON.stringify({ index, slowestMs: Math.round(slowestMs), rssMaxMib, ...counts })}\n`);
  }
}

async function encodeAndOpen(form: 'protobuf' | 'json', body: Buffer): Promise<void> {
  const encoded = await encoder.encode(tenant, context, [{ body, form, receivedAtMs: NOW_MS }]);
  counts.spans += encoded.spans;
  if (encoded.payload.length > 0) recordFormat.assemble([recordFormat.open(encoded.payload)], resolution);
}

function readLineage(body: Buffer): void {
  const document = parseJson(body);
  for (const event of Array.isArray(document) ? document : [document]) readLineageEvent(event);
}
