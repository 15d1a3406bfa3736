import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { save } from './recorder.mjs';

/** `PYTHON=/some/venv/bin/python node vectors-python.mjs`: what it needs stands in vectors.py. */
const script = path.join(import.meta.dirname, 'vectors.py');
for (const which of ['chroma', 'lancedb', 'milvus', 'qdrant']) {
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
  save(`${which}-python`, by, 'in the same process', spans.map(instants));
}
