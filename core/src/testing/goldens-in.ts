import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** All goldens of a folder, in the order of their files and named after them. What is in them, whoever asks knows. */
export function goldensIn<Golden extends object>(folder: string): (Golden & { readonly name: string })[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ name: file.slice(0, -5), ...JSON.parse(readFileSync(path.join(folder, file), 'utf8')) }));
}
