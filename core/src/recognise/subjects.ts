import {
  ATTR,
  type Attribution,
  LEGAL_BASES,
  type LegalBasis,
  SUBJECT_ROLES,
  SUBJECT_TOKENS_MAX,
  type SubjectRole,
} from '../convention/attributes.ts';
import { TOKEN } from '../identity/token.ts';
import type { AttrValue } from '../model/span.ts';
import { mask } from '../scrub/mask.ts';
import type { ScrubLog } from '../scrub/scrub-log.ts';
import type { SpanView } from './span-view.ts';

/** Whose data a span handles, as far as it says. */
export interface ReadSubjects {
  readonly tokens: readonly string[];
  readonly linkTokens: readonly string[];
  readonly subjectSet: string;
  readonly attribution: Attribution;
  readonly role: SubjectRole;
  /** Attributes that became tokens, so that scrubbing does not count them as lost. */
  readonly used: ReadonlySet<string>;
}

/** Spans are cut at 128 links by most SDKs; each may carry a full set. */
const LINK_TOKENS_MAX = 1_024;
const SET = /^set_[A-Za-z0-9_-]{1,64}$/;
const NONE: ReadonlySet<string> = new Set();

/** Raw identifiers that instrumentations put on spans, with the identifier type they most likely are (ruling 26). */
const RAW: readonly (readonly [key: string, type: string])[] = [
  ['user.email', 'email'],
  ['user.id', 'user_id'],
  ['enduser.id', 'user_id'],
  ['langfuse.user.id', 'user_id'],
  ['ai.telemetry.metadata.userId', 'user_id'],
  ['traceloop.association.properties.user_id', 'user_id'],
  ['gen_ai.memory.user_id', 'user_id'],
];

export function readSubjects(span: SpanView): ReadSubjects {
  const own = tokensIn(span.raw(ATTR.subjectTokens), SUBJECT_TOKENS_MAX, span.log);
  const set = span.text(ATTR.subjectSet);
  const isSet = SET.test(set) && mask(set) === set;
  if (set !== '' && !isSet) span.log.odd(ATTR.subjectSet);
  const subjectSet = isSet ? set : '';
  const declared = own.length > 0 || subjectSet !== '';
  const said = span.text(ATTR.subjectAttribution);
  const attribution: Attribution = !declared ? 'none' : said === 'ambient' ? 'ambient' : 'declared';
  // A span that declares its subjects has told the whole truth (ruling 6); `user.id` is then the actor at most.
  const raw = attribution === 'declared' ? null : rawTokens(span);
  return {
    tokens: raw === null ? own : [...new Set([...own, ...raw.tokens])].slice(0, SUBJECT_TOKENS_MAX),
    linkTokens: linkTokens(span),
    subjectSet,
    attribution: attribution === 'none' && raw !== null && raw.tokens.length > 0 ? 'ambient' : attribution,
    role: roleOf(span),
    used: raw?.used ?? NONE,
  };
}

function roleOf(span: SpanView): SubjectRole {
  const text = span.text(ATTR.subjectRole);
  const role = SUBJECT_ROLES.find((known) => known === text);
  if (role === undefined && text !== '') span.log.odd(ATTR.subjectRole);
  return role ?? 'data_subject';
}

function tokensIn(value: AttrValue | undefined, max: number, log: ScrubLog): string[] {
  if (value === undefined || value === null) return [];
  const items = Array.isArray(value) ? value : [value];
  const tokens = new Set<string>();
  let odd = 0;
  for (const item of items) {
    // A token is masked like any text: a key id of thirteen digits could be a card number.
    if (typeof item !== 'string' || !TOKEN.test(item) || mask(item) !== item || tokens.size >= max) odd++;
    else tokens.add(item);
  }
  log.odd(ATTR.subjectTokens, odd);
  return [...tokens];
}

function linkTokens(span: SpanView): string[] {
  const tokens = new Set<string>();
  for (const { attributes } of span.span.links) {
    const value = attributes[ATTR.subjectTokens];
    if (value === undefined) continue;
    for (const token of tokensIn(value, SUBJECT_TOKENS_MAX, span.log))
      if (tokens.size < LINK_TOKENS_MAX) tokens.add(token);
  }
  return [...tokens];
}

function rawTokens(span: SpanView): { tokens: string[]; used: ReadonlySet<string> } | null {
  const { tokenFor } = span.context;
  if (tokenFor === null) return null;
  const tokens: string[] = [];
  const used = new Set<string>();
  for (const [key, type] of RAW) {
    const value = span.text(key);
    if (value === '') continue;
    const token = tokenFor(value.includes('@') ? 'email' : type, value);
    if (token === null || !TOKEN.test(token)) continue;
    tokens.push(token);
    used.add(key);
  }
  return tokens.length === 0 ? null : { tokens, used };
}

const KEY = /^[a-z0-9_.]{1,128}$/;
const CATEGORIES_MAX = 32;

/** fideslang keys; anything else is dropped and counted (ruling 27). */
export function categoriesOf(span: SpanView): string[] {
  const said = span.list(ATTR.dataCategories);
  const valid = said.filter(isKey);
  const categories = [...new Set(valid)].slice(0, CATEGORIES_MAX);
  for (let lost = valid.length; lost < said.length; lost++) span.log.dropped(ATTR.dataCategories);
  return categories;
}

export function purposeOf(span: SpanView): string {
  const purpose = span.text(ATTR.purpose);
  if (purpose === '' || isKey(purpose)) return purpose;
  span.log.dropped(ATTR.purpose);
  return '';
}

export function legalBasisOf(span: SpanView): LegalBasis | '' {
  const text = span.text(ATTR.legalBasis);
  const basis = LEGAL_BASES.find((known) => known === text);
  if (basis === undefined && text !== '') span.log.odd(ATTR.legalBasis);
  return basis ?? '';
}

const isKey = (text: string) => KEY.test(text) && mask(text) === text;
