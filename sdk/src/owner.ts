import { type Context, createContextKey } from '@opentelemetry/api';

/** The agent, tool or workflow in whose execution a context runs, as a node id (rulings 5 and 18). */
const OWNER = createContextKey('vestige owner');

export function ownerOf(context: Context): string | undefined {
  return context.getValue(OWNER) as string | undefined;
}

export function withOwnerValue(context: Context, owner: string): Context {
  return context.setValue(OWNER, owner);
}

/** `agent:{service}/{name}`, `tool:{service}/{name}`, `workflow:{service}/{name}`; an unknown part is `-` (ruling 17). */
export function ownerId(kind: 'agent' | 'tool' | 'workflow', service: string, name: string): string {
  return `${kind}:${service}/${name || '-'}`;
}
