import { readFile, writeFile } from 'node:fs/promises';
import { createApp } from './app.ts';
import type { ApiDeps } from './deps.ts';

/** What a reviewer reads when the API changes: `npm run openapi -w @vestige/api` writes it, a test compares it. */
const SNAPSHOT = new URL('../openapi.json', import.meta.url);

/** The document as text. No route runs, so nothing of what routes stand on is needed. */
export async function renderOpenApi(): Promise<string> {
  const answer = await createApp({} as ApiDeps).request('/openapi.json');
  return `${JSON.stringify(await answer.json(), null, 2)}\n`;
}

export function readSnapshot(): Promise<string> {
  return readFile(SNAPSHOT, 'utf8');
}

if (import.meta.main) await writeFile(SNAPSHOT, await renderOpenApi());
