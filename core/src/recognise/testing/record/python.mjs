import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { save } from './recorder.mjs';

/** `PYTHON=/some/venv/bin/python node python.mjs`: what it needs stands in vectors.py and agents.py. */
const SCRIPTS = [
  ['vectors.py', 'chroma'],
  ['vectors.py', 'lancedb'],
  ['vectors.py', 'milvus'],
  ['vectors.py', 'qdrant'],
  ['vectors.py', 'weaviate', 'a server of our own'],
  ['services.py', 'cosmos', 'a server of our own'],
  ['agents.py', 'fastmcp'],
  ['agents.py', 'pydantic_ai'],
];
for (const [file, which, server = 'in the same process'] of SCRIPTS) {
  const script = path.join(import.meta.dirname, file);
  const out = execFileSync(process.env.PYTHON ?? 'python3', [script, which], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { by, spans } = JSON.parse(out.trim().split('\n').at(-1));
  const instants = ({ startNs, endNs, events, ...span }) => ({
    ...span,
    startNs: BigInt(startNs),
    endNs: BigInt(endNs),
    events: events.map((event) => ({ ...event, timeNs: BigInt(event.timeNs) })),
  });
  save(`${which.replace('_', '-')}-python`, by, server, spans.map(instants));
}
