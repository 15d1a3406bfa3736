import type { Attrs, AttrValue, DecodedSpan, SpanKind } from '../model/span.ts';
import { hostText, urlAuthority } from '../node/host.ts';
import { reduceKey, reducePath } from '../node/reduce.ts';
import { systemName } from '../node/store.ts';
import { analyseSql } from '../sql/analyse-sql.ts';
import { speaksSql } from '../sql/dialect.ts';
import { sanitiseSql } from '../sql/sanitise-sql.ts';
import { ALLOWED, ALLOWED_RESOURCE } from './allowed.ts';
import { mask } from './mask.ts';
import type { ScrubLog } from './scrub-log.ts';

/** As in OpenTelemetry's own default limit. */
export const ATTRIBUTES_MAX = 128;
export const VALUE_CHARS_MAX = 4_096;
export const NAME_CHARS_MAX = 256;
const LIST_ITEMS_MAX = 64;
const NONE: ReadonlySet<string> = new Set();
/** Nothing beyond this is even looked at: it would be cut off anyway, also if everything before it were masked. */
const READ_CHARS_MAX = 65_536;

/** What decides how a value is treated besides its key. */
export interface ScrubScope {
  readonly kind: SpanKind;
  /** `db.system.name` in its stable spelling, '' when the span is of no database. */
  readonly system: string;
}

/**
 * A span's or event's attributes, reduced to the allow-list. Values are text: numbers and lists are written out.
 *
 * @param used keys that became something else (a token), so that their value is not lost
 */
export function scrubAttributes(
  attributes: Attrs,
  scope: ScrubScope,
  log: ScrubLog,
  used: ReadonlySet<string> = NONE,
): Record<string, string> {
  const kept: Record<string, string> = {};
  let count = 0;
  for (const key of Object.keys(attributes)) {
    const treatment = ALLOWED.get(key);
    if (treatment === 'read' || used.has(key)) continue;
    if (treatment === undefined || count >= ATTRIBUTES_MAX) {
      log.dropped(key);
      continue;
    }
    const text = plainText(attributes[key]);
    if (text === '') continue;
    const value = treated(key, text, treatment, scope, log);
    if (value === '') {
      log.dropped(key);
      continue;
    }
    kept[key] = value;
    count++;
  }
  return kept;
}

function treated(
  key: string,
  text: string,
  treatment: 'keep' | 'url' | 'path' | 'statement' | 'peer',
  scope: ScrubScope,
  log: ScrubLog,
): string {
  switch (treatment) {
    case 'url':
      return kept(scrubUrl(text, log), log);
    case 'path':
      return kept(pathTemplate(text, log), log);
    case 'statement':
      return scrubStatement(text, scope, log);
    case 'peer':
      return scope.kind === 'server' || scope.kind === 'consumer' ? '' : kept(text, log);
    case 'keep':
      // A summary and a destination may hold what the caller put into them: literals, URLs with account ids, keys.
      if (key === 'db.query.summary') return kept(sanitiseSql(maskFirst(text, log), { dialect: scope.system }), log);
      if (text.includes('://')) return kept(scrubUrl(text, log), log);
      return kept(text, log);
  }
}

/** Masked and cut. */
export function kept(text: string, log: ScrubLog, charsMax = VALUE_CHARS_MAX): string {
  const masked = mask(text.length > READ_CHARS_MAX ? text.slice(0, READ_CHARS_MAX) : text, log.onMask);
  return masked.length <= charsMax ? masked : masked.slice(0, charsMax);
}

/**
 * `scheme://host:port/templated/path`; user info, query and fragment are gone. A text without a scheme is a path.
 *
 * Paths are masked before they are templated: a number that templating has half eaten is no longer found.
 */
export function scrubUrl(url: string, log: ScrubLog): string {
  const authority = urlAuthority(url);
  if (authority === null) return pathTemplate(url, log);
  const pathStart = url.indexOf('/', url.indexOf('://') + 3);
  const port = authority.port > 0 ? `:${authority.port}` : '';
  return `${authority.scheme}://${hostText(authority.host)}${port}${pathStart < 0 ? '' : pathTemplate(url.slice(pathStart), log)}`;
}

function pathTemplate(path: string, log: ScrubLog): string {
  const end = path.search(/[?#]/);
  return reducePath(mask(end < 0 ? path : path.slice(0, end), log.onMask));
}

/** The query of a system that speaks SQL without literals, a Redis command with patterns; of any other system nothing. */
export function scrubStatement(text: string, { system }: ScrubScope, log: ScrubLog): string {
  if (system === 'redis' || system === 'memcached') return kept(scrubCommand(text), log);
  if (system === '' || speaksSql(system)) return kept(analyseSql(maskFirst(text, log), system).sanitised, log);
  return '';
}

/**
 * Before SQL is sanitised: `%40` is an operator and a number there, and the half of an address that is left would not be
 * found any more.
 */
const maskFirst = (text: string, log: ScrubLog): string => (text.includes('%') ? mask(text, log.onMask) : text);

/** `SET user:4711 [1 other arguments]` → `SET user:*`: the command and the pattern of its first key. */
function scrubCommand(text: string): string {
  const [command = '', key] = text.slice(0, VALUE_CHARS_MAX).trim().split(/\s+/, 2);
  if (!/^[A-Za-z][A-Za-z0-9_.|-]{0,31}$/.test(command)) return '';
  return key === undefined || key.startsWith('[') ? command : `${command} ${reduceKey(key)}`;
}

/** Name of a span or event: paths templated, statements without literals, masked, cut. */
export function scrubName(name: string, system: string, log: ScrubLog): string {
  let text = name.length > VALUE_CHARS_MAX ? name.slice(0, VALUE_CHARS_MAX) : name;
  if (system !== '' && /['"$]|\d/.test(text) && speaksSql(system))
    text = sanitiseSql(maskFirst(text, log), { dialect: system });
  else text = mask(text, log.onMask);
  if (system === 'redis') text = text.split(' ').map(reduceKey).join(' ');
  if (text.includes('/'))
    text = text
      .split(' ')
      .map((word) => templated(word, log))
      .join(' ');
  return kept(text, log, NAME_CHARS_MAX);
}

/** OpenLLMetry names CrewAI's tasks by their descriptions, which hold the question as it was asked. */
const NAMED_BY = 'crewai.task.description';
const NAMED_SCOPE = 'opentelemetry.instrumentation.crewai';
const NAMED_END = '.task';

/**
 * A span's name without the content that it was made of. The attribute may come cut, or not at all, where an SDK or
 * another collector bounds and drops attributes, and where the span was stored: then the library is known by its scope. A name
 * as long as names may be has lost its end.
 */
export function withoutContents({ name, attributes, scopeName }: NamedSpan, log: ScrubLog): string {
  const content = plainText(attributes[NAMED_BY]).trim();
  const isMadeOfIt = content !== '' && name.includes(content);
  const hasEnd = name.endsWith(NAMED_END);
  const isTask = scopeName.startsWith(NAMED_SCOPE) && (hasEnd || name.length >= NAME_CHARS_MAX);
  if ((!isMadeOfIt && !isTask) || name === WITHOUT_CONTENT) return name;
  log.dropped('name');
  return hasEnd ? WITHOUT_CONTENT : '…';
}

const WITHOUT_CONTENT = `…${NAMED_END}`;

type NamedSpan = Pick<DecodedSpan, 'name' | 'attributes' | 'scopeName'>;

function templated(word: string, log: ScrubLog): string {
  if (word.includes('://')) return scrubUrl(word, log);
  return word.startsWith('/') ? reducePath(word) : word;
}

/** Resource attributes on the allow-list, as text. */
export function scrubResource(resource: Attrs, log: ScrubLog): Record<string, string> {
  const result: Record<string, string> = {};
  for (const key of Object.keys(resource)) {
    if (key === 'service.instance.id') continue;
    const text = ALLOWED_RESOURCE.has(key) ? plainText(resource[key]) : '';
    if (text === '') log.dropped(`resource.${key}`);
    else result[key] = kept(text, log, NAME_CHARS_MAX);
  }
  return result;
}

/** The database system of a span in its stable spelling, or ''. */
export function systemOf(attributes: Attrs): string {
  const system = attributes['db.system.name'] ?? attributes['db.system'];
  return typeof system === 'string' && system !== '' ? systemName(system) : '';
}

/** A scalar or a list of scalars as text; bytes and nested objects are content and become ''. */
export function plainText(value: AttrValue | undefined): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      if (!Array.isArray(value)) return '';
      return value
        .slice(0, LIST_ITEMS_MAX)
        .map((item) => (typeof item === 'object' ? '' : plainText(item)))
        .filter((text) => text !== '')
        .join(',');
  }
}
