import { listed } from './words.ts';

/** Spans of a service that lost something at a limit before they were stored; at least so many. */
export interface CutSpans {
  readonly service: string;
  readonly links: number;
  readonly attributes: number;
}

/** How spans are told that lost links or attributes (docs/adr/0103-what-clocks-and-limits-hide.md): a phrase for each. */
export function cutPhrases(cut: readonly CutSpans[]): string[] {
  return [
    ...phrase(cut, 'links', 'and whose messages they handled is not all known'),
    ...phrase(cut, 'attributes', 'which may have named people or records'),
  ];
}

function phrase(cut: readonly CutSpans[], what: 'links' | 'attributes', so: string): string[] {
  const losing = cut.filter((one) => one[what] > 0);
  if (losing.length === 0) return [];
  const spans = losing.reduce((total, one) => total + one[what], 0);
  const services = listed(losing.map(({ service }) => service).toSorted());
  return [`at least ${spans === 1 ? '1 span' : `${spans} spans`} lost ${what} at a limit (${services}), ${so}`];
}
