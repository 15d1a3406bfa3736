import { COLUMNS, type Column } from './columns.ts';

/** Colours of the theme as a canvas needs them: resolved for light or dark. */
export interface Colours {
  readonly surface: string;
  readonly ink: string;
  readonly inkSoft: string;
  readonly line: string;
  readonly edge: string;
  readonly brand: string;
  readonly bad: string;
  readonly columns: Readonly<Record<Column, string>>;
}

/** Asks the browser what the tokens are now: `light-dark()` in a custom property is text until something uses it. */
export function coloursOf(within: HTMLElement): Colours {
  const probe = document.createElement('span');
  within.append(probe);
  const resolved = (token: string) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const colours: Colours = {
    surface: resolved('--surface'),
    ink: resolved('--ink'),
    inkSoft: resolved('--ink-soft'),
    line: resolved('--line-strong'),
    edge: resolved('--edge'),
    brand: resolved('--brand'),
    bad: resolved('--bad'),
    columns: Object.fromEntries(COLUMNS.map((column) => [column, resolved(`--kind-${column}`)])) as Colours['columns'],
  };
  probe.remove();
  return colours;
}
