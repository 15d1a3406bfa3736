import { createHash } from 'node:crypto';
import { visible } from '@vestige/core/package/safe-text';
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/**
 * The frame of every page that is handed to a person. One file without scripts, fonts, images or anything from elsewhere:
 * what it shows comes from other people's systems (FM7), so each value is made visible and escaped, and the policy allows
 * nothing but this very style sheet.
 */
export type Piece = HtmlEscapedString | Promise<HtmlEscapedString> | string;

const STYLE = `
:root { --ink: #17212b; --soft: #4c5b69; --line: #d5dce3; --wash: #f3f6f9; --accent: #17507d; --warn: #8a1c1c; --good: #14603a; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; color: var(--ink); background: #fff; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: break-word; }
code { overflow-wrap: anywhere; }
time { white-space: nowrap; }
main, header > div, footer { max-width: 66rem; margin: 0 auto; padding: 0 1.5rem; }
header { border-bottom: 4px solid var(--accent); background: var(--wash); padding: 2.25rem 0 1.5rem; margin-bottom: 1.75rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .35rem; letter-spacing: -.01em; }
h2 { font-size: 1.32rem; line-height: 1.3; margin: 2.6rem 0 .4rem; padding-top: .3rem; }
h2 small, h3 small { font-weight: 400; color: var(--soft); font-size: .82rem; margin-left: .5rem; white-space: nowrap; }
h3 { font-size: 1.04rem; margin: 1.6rem 0 .3rem; }
p { margin: .35rem 0 .8rem; max-width: 46rem; }
.lead { font-size: 1.08rem; color: var(--soft); margin: 0; }
.note { color: var(--soft); font-size: .92rem; }
.band { border-left: 5px solid var(--good); background: #eef7f1; padding: .7rem 1rem; margin: 1rem 0; max-width: none; }
.band.warn { border-color: var(--warn); background: #fbf0f0; }
dl.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1.2rem 0; }
dl.facts div { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem .9rem; }
dl.facts dt { color: var(--soft); font-size: .88rem; line-height: 1.3; }
dl.facts dd { margin: 0; font-size: 1.7rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }
nav ol { columns: 3 13rem; padding-left: 1.2rem; margin: .5rem 0 0; }
nav li { margin: .12rem 0; break-inside: avoid; }
a { color: var(--accent); }
.scroll { overflow-x: auto; margin: .6rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .88rem; padding-bottom: .35rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem .45rem 0; border-bottom: 1px solid var(--line); min-width: 4.5rem; }
thead th { font-size: .82rem; color: var(--soft); font-weight: 600; border-bottom: 2px solid var(--ink); }
tbody th { font-weight: 400; min-width: 9rem; }
tbody th b { font-weight: 600; }
td code, th code, li code, p code, dd code { font: .84em/1.4 ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; color: var(--soft); }
.rows td, .rows tbody th { min-width: 3rem; max-width: 24rem; white-space: pre-wrap; overflow-wrap: anywhere; }
ul.plain { padding-left: 1.2rem; margin: .4rem 0 1rem; max-width: 46rem; }
.tag { display: inline-block; border-radius: 1rem; padding: .02rem .6rem; font-size: .82rem; border: 1px solid var(--line); background: #fff; }
.tag.good { color: var(--good); border-color: #9fcdb2; }
.tag.warn { color: var(--warn); border-color: #dfb0b0; }
figure { margin: 1rem 0; }
figure svg { max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: .5rem; background: #fff; }
svg text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--ink); }
svg .head { font-size: 12px; font-weight: 600; fill: var(--soft); }
svg .box { fill: #fff; stroke: #9aa8b5; }
svg .client .box { fill: #eef4fa; stroke: #6f93b5; }
svg .keeps .box { fill: #fdf6e7; stroke: #b8934a; }
svg .receives .box { fill: #fbeeee; stroke: #b57373; }
svg .line { fill: none; stroke: #5c6c7b; }
svg .possible { stroke-dasharray: 5 4; }
footer { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1rem; padding-bottom: 2.5rem; color: var(--soft); font-size: .9rem; }
@media (max-width: 40rem) { h1 { font-size: 1.6rem; } main, header > div, footer { padding: 0 1rem; } }
@media print {
  @page { size: A4; margin: 16mm 14mm; }
  body { font-size: 10.5pt; }
  header { background: none; padding: 0 0 .6rem; }
  main, header > div, footer { max-width: none; padding: 0; }
  nav { display: none; }
  h2 { margin-top: 1.5rem; }
  h2, h3, caption { break-after: avoid; }
  thead { display: table-header-group; }
  tr, figure, .band, dl.facts div { break-inside: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 9pt; table-layout: auto; }
  a { color: inherit; text-decoration: none; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
/** Nothing may be loaded, run, sent or framed from these pages. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;

/** @param policy another one for a page that has a form */
export async function document(
  page: { title: string; lead: Piece; body: Piece; footer: Piece },
  policy: string = PAGE_POLICY,
): Promise<string> {
  const made = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${page.title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header><div><h1>${page.title}</h1><p class="lead">${page.lead}</p></div></header>
<main>
${page.body}
</main>
<footer>${page.footer}</footer>
</body>
</html>
`;
  return made.toString();
}

/** A value from outside, as text that does nothing. */
export const text = (value: string): string => visible(value);

/** A code or an id beside its words. */
export const code = (value: string): Piece => html`<code>${text(value)}</code>`;

/** What somebody looks for first in a row. */
export const strong = (value: string): Piece => html`<b>${text(value)}</b>`;

export const day = (instant: string): Piece => html`<time>${instant.slice(0, 'YYYY-MM-DD'.length)}</time>`;
/** To the minute, in the time zone of every other time on the page. */
export const minute = (instant: string): Piece => html`<time>${instant.slice(0, 16).replace('T', ' ')} UTC</time>`;

export function section(id: string, title: string, article: string | null, ...pieces: readonly Piece[]): Piece {
  const law = article === null ? '' : html`<small>${article}</small>`;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}${law}</h2>${pieces}</section>`;
}

/** @param caption says what the table is, also to who cannot see it */
export function table(caption: string, head: readonly string[], rows: readonly (readonly Piece[])[], kind = ''): Piece {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table class="${kind}"><caption>${caption}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(
    (
      row,
    ) => html`<tr>${row.map((cell, index) => (index === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>
`,
  )}</tbody></table></div>`;
}

export function facts(entries: readonly (readonly [string, string | number])[]): Piece {
  return html`<dl class="facts">${entries.map(([term, value]) => html`<div><dt>${term}</dt><dd>${String(value)}</dd></div>`)}</dl>`;
}

export function list(items: readonly Piece[]): Piece {
  return html`<ul class="plain">${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}
