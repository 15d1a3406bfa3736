/**
 * As few of the last parts of each name as tell it from the others, for where there is little room: `knowledge`, and
 * `desk/triage` beside `shop/triage`.
 */
export function shortNames(names: readonly string[]): ReadonlyMap<string, string> {
  const short = new Map<string, string>();
  for (const name of names) {
    const parts = name.split('/');
    const ending = (count: number) => parts.slice(-count).join('/');
    let count = 1;
    const isShared = () => names.some((other) => other !== name && `/${other}`.endsWith(`/${ending(count)}`));
    while (count < parts.length && isShared()) count += 1;
    short.set(name, ending(count));
  }
  return short;
}
