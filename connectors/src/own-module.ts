import { pathToFileURL } from 'node:url';
import type { ConnectorDefinition } from './define-connector.ts';

/**
 * Loads a connector that a user wrote. The module runs with the worker's rights, as any code of the operator does.
 *
 * @returns what is wrong with the module instead, as the end of a sentence that begins with its name
 */
export async function ownDefinition(file: string): Promise<ConnectorDefinition | { readonly problem: string }> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    return { problem: `cannot be loaded: ${reasonOf(error)}` };
  }
  const exported = isObject(module) ? module['default'] : null;
  const isDefinition =
    isObject(exported) &&
    typeof exported['create'] === 'function' &&
    isObject(exported['config']) &&
    'kind' in exported;
  return isDefinition
    ? (exported as unknown as ConnectorDefinition)
    : { problem: 'has no default export that comes from defineConnector' };
}

/** Node's own words where it could not find or read the module; what the module itself threw may quote anything. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it throws when it is loaded';
  const isLoader = error instanceof SyntaxError || ('code' in error && /^ERR_/.test(String(error.code)));
  return isLoader ? (error.message.split('\n')[0] ?? error.name) : `it throws ${error.name} when it is loaded`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
