import { type IncomingHttpHeaders, request } from 'node:http';

export interface Sent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * One POST, byte for byte as given: `fetch` would hide whether a body has a length or comes in chunks.
 *
 * @param chunked no `content-length`, several chunks, as OpenTelemetry JS sends
 */
export function send(
  url: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
  { chunked = false, method = 'POST' } = {},
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const length = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(body.length) };
    const outgoing = request(url, { method, agent: false, headers: { ...headers, ...length } }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }),
      );
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    const piece = Math.max(1, Math.ceil(body.length / 3));
    for (let at = 0; chunked && at < body.length; at += piece) outgoing.write(body.subarray(at, at + piece));
    outgoing.end(chunked ? undefined : body);
  });
}
