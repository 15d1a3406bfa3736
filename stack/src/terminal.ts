import { isVestigeError } from '@vestige/core/errors';

/**
 * What a command says, and to whom: answers go to standard output, everything on the way to standard error, so that a
 * pipe gets the answer alone.
 */
export interface Terminal {
  readonly json: boolean;
  /** The answer: one line of JSON with `--json`, else the text. */
  answer(value: unknown, text: string): void;
  /** A step of long work; silent with `--json`. */
  progress(text: string): void;
}

export function terminal(json: boolean): Terminal {
  return {
    json,
    answer(value, text) {
      process.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
    },
    progress(text) {
      if (!json) process.stderr.write(`${text}\n`);
    },
  };
}

/**
 * One sentence for an error of ours; for any other its kind and place alone, because foreign messages quote values.
 */
export function errorText(error: unknown, json: boolean): string {
  const told = isVestigeError(error)
    ? { code: error.code, message: error.message }
    : { code: 'internal', message: `An unexpected failure (${nameOf(error)})${placeOf(error)}.` };
  return json ? JSON.stringify({ error: told }) : `vestige: ${told.message}${adviceFor(told.message)}`;
}

/** A driver's failure names the database alone: a store does not know which variable it was opened from. */
function adviceFor(message: string): string {
  const unreachable = /^(?:(Postgres: unavailable)|(ClickHouse: unreachable))/.exec(message);
  if (unreachable === null) return '';
  const variable = unreachable[1] === undefined ? 'CLICKHOUSE_URL' : 'DATABASE_URL';
  return `. Is it running, and is ${variable} right? vestige doctor says more.`;
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

function placeOf(error: unknown): string {
  const frame =
    error instanceof Error ? error.stack?.split('\n').find((line) => /^\s+at .*\.ts:\d+/.test(line)) : undefined;
  const place = frame === undefined ? null : /([\w-]+\.ts:\d+)/.exec(frame);
  return place === null ? '' : ` at ${place[1]}`;
}

/** Columns of a table, padded; nothing follows the last that says something. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
