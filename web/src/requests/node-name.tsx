import { requestWork } from '../texts/en-request-work.ts';

const own = requestWork.plan.own;

/** The last parts of a node's id, which people know it by; all of it on hover and for whoever copies it. */
export function shortNode(node: string): string {
  const known = own[node];
  if (known !== undefined) return known;
  const [, rest = node] = /^[a-z_]+:(.*)$/.exec(node) ?? [];
  const path = rest.replace(/^[a-z0-9+.-]+:(?:\/\/)?/, '').replace(/^\/\//, '');
  const parts = path.split('/').filter((part) => part !== '');
  return parts.length > 2 ? `…/${parts.slice(-2).join('/')}` : parts.join('/') || node;
}

export function NodeName({ node }: { node: string }) {
  const kind = own[node] === undefined ? (/^([a-z_]+):/.exec(node)?.[1] ?? '') : '';
  return (
    <span className="node-name" title={node}>
      {kind !== '' && <span className="node-kind">{kind}</span>}
      <span className="mono">{shortNode(node)}</span>
    </span>
  );
}
