import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** One export request of a real client, as it went over the wire. `record/README.md` says how it was taken. */
export const Fixture = z.strictObject({
  client: z.string(),
  transport: z.enum(['http', 'grpc']),
  /** `grpc` bodies are length-prefixed messages, compressed or not, as HTTP/2 carried them. */
  path: z.string(),
  /** All but those that named the recording server. */
  headers: z.record(z.string(), z.string()),
  /** Trace ids the client said it made. */
  traces: z.strictObject({ order: z.string(), process: z.string() }),
  bodyBase64: z.base64(),
});
export type Fixture = z.infer<typeof Fixture>;

export const FIXTURES_DIR = fileURLToPath(new URL('./fixtures/', import.meta.url));

/** Every fixture, by file name without its ending. */
export function fixtures(): { readonly name: string; readonly fixture: Fixture }[] {
  return readdirSync(FIXTURES_DIR)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.json'.length),
      fixture: Fixture.parse(JSON.parse(readFileSync(FIXTURES_DIR + file, 'utf8'))),
    }));
}
