/**
 * How names of keys and objects say whose they are: literal text, `{identifier type}` for an identifier, and `*` for
 * anything. `session:{customer_id}:*` matches `session:C-1:web` and says that it is of customer C-1.
 */
export interface KeyTemplate {
  /** The longest literal start: listings begin here. */
  readonly prefix: string;
  /** Identifier types it names, in order. */
  readonly types: readonly string[];
  /** Null when the name does not match; else identifier type → the text in its place. */
  read(name: string): Readonly<Record<string, string>> | null;
  /** A name that matches and belongs to nobody, to try a permission on. */
  example(filler: string): string;
}

const PLACE = /\{([a-z][a-z0-9_]{0,31})\}|\*/g;

/**
 * @param between one character that an identifier never holds where it stands between two of them, e.g. `/` in object
 *   keys; it keeps `{customer_id}/*` from reading `C-1/a` out of `C-1/a/b`. '' when there is none
 */
export function keyTemplate(text: string, between: string): KeyTemplate {
  const types: string[] = [];
  let pattern = '';
  let at = 0;
  for (const place of text.matchAll(PLACE)) {
    pattern += literal(text.slice(at, place.index));
    at = place.index + place[0].length;
    if (place[1] === undefined) pattern += '[\\s\\S]*';
    else {
      types.push(place[1]);
      pattern += between === '' ? '([\\s\\S]+?)' : `([^${literal(between)}]+)`;
    }
  }
  const whole = new RegExp(`^${pattern}${literal(text.slice(at))}$`);
  return {
    prefix: text.slice(0, text.search(/[{*]/) === -1 ? undefined : text.search(/[{*]/)),
    types,
    read(name) {
      const match = whole.exec(name);
      return match && Object.fromEntries(types.map((type, i) => [type, match[i + 1] ?? '']));
    },
    example: (filler) => text.replace(PLACE, filler),
  };
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
