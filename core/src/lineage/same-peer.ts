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
  const sameProvider = agree(providerA, providerB, '-') || anyOfGoogle(providerA, providerB);
  return agree(hostA, hostB, '') && sameProvider && agree(asked(modelA), asked(modelB), '-');
}

/** `gcp.gen_ai` is what an instrumentation writes that does not know which of Google's APIs it calls. */
const anyOfGoogle = (a: string, b: string) =>
  (a === 'gcp.gen_ai' && b.startsWith('gcp.')) || (b === 'gcp.gen_ai' && a.startsWith('gcp.'));

/** `gpt-5` is asked for and `gpt-5-2026-01-01` answers: some libraries only tell of the answer. */
const asked = (model: string) => model.replace(/-(?:\d{4}-\d\d-\d\d|\d{8}|latest)$/, '');

const splitModel = (id: string) => {
  const at = id.lastIndexOf('@');
  return at < 0 ? [id.slice(6), ''] : [id.slice(6, at), id.slice(at + 1)];
};
const splitName = (name: string): [string, string] => {
  const slash = name.indexOf('/');
  return slash < 0 ? [name, '-'] : [name.slice(0, slash), name.slice(slash + 1)];
};

/** The name that tells more of one peer: any party before none, of a model its host first, then provider and model. */
export function moreSpecific(outer: string, inner: string): string {
  if (outer === 'recipient:-') return inner;
  if (outer === inner || !inner.startsWith('model:') || !outer.startsWith('model:')) return outer;
  const score = (id: string) =>
    (id.includes('@') ? 4 : 0) -
    (splitModel(id)[0]?.includes('-/') ? 2 : 0) -
    (/\/-(@|$)/.test(id) ? 2 : 0) -
    (id.startsWith('model:gcp.gen_ai/') ? 1 : 0) -
    // One model has one name: the one that is asked for.
    (asked(splitModel(id)[0] ?? '') === splitModel(id)[0] ? 0 : 1);
  return score(inner) > score(outer) ? inner : outer;
}
