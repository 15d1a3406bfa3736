/** When two spans name one peer, and which of their names to keep (otel §7.4). */

/** One host, or a host and the domain it lies in. */
export function sameHost(a: string, b: string): boolean {
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);
}

/** `model:openai/gpt-5` and `model:openai/gpt-5@api.openai.com` are one peer, known less and more exactly. */
export function samePeer(a: string, b: string): boolean {
  if (a === b) return true;
  if (!a.startsWith('model:') || !b.startsWith('model:')) return false;
  const [nameA = '', hostA = ''] = splitModel(a);
  const [nameB = '', hostB = ''] = splitModel(b);
  const [providerA, modelA] = splitName(nameA);
  const [providerB, modelB] = splitName(nameB);
  const agree = (x: string, y: string, unknown: string) => x === y || x === unknown || y === unknown;
  return agree(hostA, hostB, '') && agree(providerA, providerB, '-') && agree(modelA, modelB, '-');
}

const splitModel = (id: string) => {
  const at = id.lastIndexOf('@');
  return at < 0 ? [id.slice(6), ''] : [id.slice(6, at), id.slice(at + 1)];
};
const splitName = (name: string): [string, string] => {
  const slash = name.indexOf('/');
  return slash < 0 ? [name, '-'] : [name.slice(0, slash), name.slice(slash + 1)];
};

/** The name that tells more of one peer: host first, then provider and model. */
export function moreSpecific(outer: string, inner: string): string {
  if (outer === inner || !inner.startsWith('model:') || !outer.startsWith('model:')) return outer;
  const score = (id: string) =>
    (id.includes('@') ? 2 : 0) - (splitModel(id)[0]?.includes('-/') ? 1 : 0) - (/\/-(@|$)/.test(id) ? 1 : 0);
  return score(inner) > score(outer) ? inner : outer;
}
