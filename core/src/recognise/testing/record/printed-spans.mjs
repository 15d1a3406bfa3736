import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { save } from './recorder.mjs';

/** Runs a script under `PYTHON` and keeps the spans that it writes; `LOUD=1` shows what it complains about. */
export function savePython(about, file, ...args) {
  const out = execFileSync(process.env.PYTHON ?? 'python3', [path.join(import.meta.dirname, file), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', process.env.LOUD === '1' ? 'inherit' : 'ignore'],
    maxBuffer: 64 * 1024 * 1024,
  });
  savePrinted(about, out);
}

/**
 * Keeps what a program of another language wrote: `{ by, spans }` as JSON on its last line.
 *
 * @param {{ name: string, server: string, whole?: boolean }} about the golden; `whole` as in recorder.mjs
 */
export function savePrinted({ name, server, whole }, out) {
  const { by, spans } = JSON.parse(out.trim().split('\n').at(-1));
  save(name, by, server, spans.map(instants), { whole });
}

function instants({ startNs, endNs, events, ...span }) {
  return {
    ...span,
    startNs: BigInt(startNs),
    endNs: BigInt(endNs),
    events: events.map((event) => ({ ...event, timeNs: BigInt(event.timeNs) })),
  };
}
