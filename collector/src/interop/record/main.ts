import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FIXTURES_DIR, Fixture } from '../fixture.ts';
import { buildClients, CLIENT_KINDS, type ClientKind } from './clients.ts';
import { startRecordingServer } from './recording-server.ts';

/** Runs real clients against a recording server and writes what they sent as fixtures. `README.md` beside says more. */
const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, work: { type: 'string' } },
});
const workDir = values.work ?? join(tmpdir(), 'vestige-interop');
const kinds = CLIENT_KINDS.filter((kind) => values.only === undefined || values.only.includes(kind));
mkdirSync(workDir, { recursive: true });
mkdirSync(FIXTURES_DIR, { recursive: true });

const server = await startRecordingServer();
for (const kind of kinds) await recordKind(kind);
server.close();

async function recordKind(kind: ClientKind): Promise<void> {
  for (const client of await buildClients(kind, workDir)) {
    const traces: unknown = JSON.parse(await client.run(server));
    const [recorded, ...more] = server.take();
    if (recorded === undefined || more.length > 0)
      throw new Error(`${client.name} sent ${more.length + (recorded ? 1 : 0)} requests`);
    const fixture = Fixture.parse({ client: client.says, ...recorded, traces });
    writeFileSync(join(FIXTURES_DIR, `${client.name}.json`), `${JSON.stringify(fixture, null, 2)}\n`);
    process.stdout.write(`${client.name}: ${Buffer.from(fixture.bodyBase64, 'base64').length} bytes\n`);
  }
}
