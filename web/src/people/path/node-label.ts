import { people } from '../../texts/en-people.ts';
import type { LineageNode } from './graph.ts';

const texts = people.path;

/**
 * What fits into a box: `store:postgres://db:5432/shop.public.users` becomes `users`, of `shop.public · postgres db`. The
 * whole id is in the panel and in every export.
 */
export function nodeLabel({ id, kind, name, party }: Pick<LineageNode, 'id' | 'kind' | 'name' | 'party'>): {
  label: string;
  detail: string;
} {
  if (party !== null && name === party.legalName) {
    return { label: name, detail: [texts.roles(party.role), countryName(party.country)].filter(Boolean).join(' · ') };
  }
  if (id === `${kind}:*`) return { label: texts.others[kind], detail: '' };
  const { system, place, path } = parts(id.slice(kind.length + 1));
  const where = [system, place].filter(Boolean).join(' ');
  if (path === '') return { label: place || name, detail: party?.legalName ?? system };
  // A table has its schema and database before dots, an object its folders before slashes.
  const at = Math.max(path.lastIndexOf('/'), kind === 'store' && !path.includes('/') ? path.lastIndexOf('.') : -1);
  const before = at < 1 ? '' : path.slice(0, at);
  return { label: path.slice(at + 1) || path, detail: [before, where].filter(Boolean).join(' · ') };
}

/** `postgres://db:5432/shop.public.users`, or `support/triage` of an agent that belongs to a service. */
function parts(name: string): { system: string; place: string; path: string } {
  const url = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)\/?(.*)$/i.exec(name);
  if (url !== null) return { system: url[1] ?? '', place: (url[2] ?? '').replace(/:\d+$/, ''), path: url[3] ?? '' };
  // `sqlite:crm.db/main.customers`: a system without a host.
  const local = /^([a-z][a-z0-9+.-]*):([^/].*)$/i.exec(name);
  const system = local?.[1] ?? '';
  const rest = local?.[2] ?? name;
  const slash = rest.indexOf('/');
  if (slash < 0) return { system, place: rest, path: '' };
  return { system, place: rest.slice(0, slash), path: rest.slice(slash + 1) };
}

const REGIONS = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' });

/** `United States`; '' for none. */
export const countryName = (code: string | null): string =>
  code === null ? '' : /^[A-Z]{2}$/.test(code) ? (REGIONS.of(code) ?? code) : code;

/** Of an id whose node is not at hand. */
export function labelOfId(id: string): string {
  const kind = id.slice(0, Math.max(0, id.indexOf(':')));
  return kind in texts.kinds ? nodeLabel({ id, kind: kind as LineageNode['kind'], name: id, party: null }).label : id;
}

/** For a sentence: `the agent billing`, `the store customers`. */
export function phraseOfId(id: string): string {
  const kind = id.slice(0, Math.max(0, id.indexOf(':')));
  return kind in texts.kinds ? texts.phrase(texts.kinds[kind as LineageNode['kind']], labelOfId(id)) : id;
}
