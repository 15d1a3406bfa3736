import {
  Bot,
  BrainCircuit,
  Building2,
  Cog,
  Database,
  ListOrdered,
  type LucideIcon,
  MemoryStick,
  Monitor,
  Plug,
  Server,
  Workflow,
  Wrench,
} from 'lucide-react';
import type { components } from '../../api/schema.d.ts';
import { governance } from '../../texts/en-governance.ts';

export type NodeKind = components['schemas']['DataMap']['nodes'][number]['kind'];

const ICONS: Readonly<Record<NodeKind, LucideIcon>> = {
  agent: Bot,
  workflow: Workflow,
  model: BrainCircuit,
  tool: Wrench,
  mcp_server: Plug,
  store: Database,
  memory: MemoryStick,
  queue: ListOrdered,
  service: Server,
  job: Cog,
  recipient: Building2,
  client: Monitor,
};

const kinds = Object.keys(ICONS) as NodeKind[];

/** The kind that a node id begins with; null for what is no node id of ours. */
export const kindOf = (id: string): NodeKind | null => kinds.find((kind) => id.startsWith(`${kind}:`)) ?? null;

/** A node id without its kind: what it is called. */
export const nameOf = (id: string): string => (kindOf(id) === null ? id : id.slice(id.indexOf(':') + 1));

export function KindIcon({ kind, size = 15 }: { kind: NodeKind; size?: number }) {
  const Icon = ICONS[kind];
  return <Icon size={size} aria-label={governance.kinds[kind]} role="img" className="kind-icon" />;
}

/** The last part of a name, by which people know the place; a host keeps its first. */
export const shortName = (name: string): string => {
  const path = name.replace(/^[a-z0-9+.-]+:(\/\/)?/, '');
  return path.split('/').findLast((part) => part !== '') ?? name;
};

/** What a node is called, with its kind as an icon and the whole id on hover. */
export function NodeName({ id, name = nameOf(id) }: { id: string; name?: string }) {
  const kind = kindOf(id);
  return (
    <span className="place-name" title={id}>
      {kind !== null && <KindIcon kind={kind} />}
      <span>{name}</span>
    </span>
  );
}
