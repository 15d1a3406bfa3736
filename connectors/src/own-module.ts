import { pathToFileURL } from 'node:url';
import type { ConnectorDefinition } from './define-connector.ts';

/**
 * Loads a connector that a user wrote. The module runs with the worker's rights, as any code of the operator does.
 *
 * @returns null when the file cannot be loaded or exports something else
 */
export async function ownDefinition(file: string): Promise<ConnectorDefinition | null> {
  const module: unknown = await import(pathToFileURL(file).href).catch(() => null);
  const exported = isObject(module) ? module['default'] : null;
  const isDefinition =
    isObject(exported) &&
    typeof exported['create'] === 'function' &&
    isObject(exported['config']) &&
    'kind' in exported;
  return isDefinition ? (exported as unknown as ConnectorDefinition) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
