/**
 * Content of other people's systems as text that does nothing: in a spreadsheet, a terminal, an editor or a page. Each
 * function keeps what was there legible; the faithful value is always in the JSON.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/** Characters that turn or hide the text around them ("Trojan Source", CVE-2021-42574), and line ends that few expect. */
const UNSEEN = /[\u061c\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Cs}/gu;

const asCode = (character: string) =>
  `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** For people: control characters, direction overrides and lone surrogates become their visible code. */
export function visible(text: string): string {
  return text.replace(CONTROLS, asCode).replace(UNSEEN, asCode);
}

/** One JSON value on one line of ASCII-safe controls: equal when parsed, and inert in whatever shows it raw. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Formulas begin with these (CWE-1236, OWASP CSV Injection); the full-width ones are read as the plain ones by some. */
const FORMULA = /^[\s'"\u00a0\ufeff]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;
/** A number as JSON writes it is no formula, whatever its sign. */
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * One cell of a CSV file, always in quotes, so that no separator of any locale begins another cell.
 *
 * A text that a spreadsheet could run gets a leading apostrophe, which spreadsheets show as nothing or as itself.
 */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '""';
  const text = visible(typeof value === 'string' ? value : JSON.stringify(value));
  const inert = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return `"${inert.replaceAll('"', '""')}"`;
}

/** A line after RFC 4180. */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** A file name made of nothing that a path, a shell or a device name could be (zip-slip, CON, …). */
export function fileSlug(name: string): string {
  return (
    name
      .normalize('NFKD')
      .replaceAll(/[^A-Za-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(-60)
      .replace(/^-/, '')
      .toLowerCase() || 'store'
  );
}
