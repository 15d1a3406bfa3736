import type { TestProject } from 'vitest/node';
import { buildConsole } from './build-console.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the console of this run was built, once for all suites. */
    readonly consoleDir: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { dir, remove } = await buildConsole();
  project.provide('consoleDir', dir);
  return remove;
}
