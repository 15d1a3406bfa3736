/**
 * What never leaves the process, whoever put it on a span: contents (prompts, completions, arguments, parameters,
 * messages of exceptions) are dropped, and e-mail addresses and phone numbers inside other texts are masked.
 *
 * The collector scrubs again (design 03). Doing it here as well keeps the spool on the host's disk and the wire clean,
 * and halves the bytes of a chatty agent.
 */
const CONTENT_KEYS: ReadonlySet<string> = new Set([
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.retrieval.query.text',
  'gen_ai.retrieval.documents',
  'gen_ai.memory.query.text',
  'gen_ai.memory.records',
  'gen_ai.prompt',
  'gen_ai.completion',
  'ai.response.text',
  'ai.response.object',
  'ai.response.toolCalls',
  'ai.response.reasoning',
  'ai.toolCall.args',
  'ai.toolCall.result',
  'ai.value',
  'ai.values',
  'input.value',
  'output.value',
  'traceloop.entity.input',
  'traceloop.entity.output',
  'tool.parameters',
  'db.postgresql.values',
  'db.connection_string',
  'user.name',
  'user.full_name',
  'exception.message',
  'exception.stacktrace',
  'error.message',
  'process.command',
  'process.command_line',
  'process.command_args',
  'process.owner',
  // Of events such as `gen_ai.user.message`.
  'content',
  'gen_ai.event.content',
]);

const CONTENT_PREFIXES = [
  'gen_ai.prompt.',
  'gen_ai.completion.',
  'ai.prompt',
  'ai.request.headers.',
  'ai.settings.context.',
  'llm.input_messages',
  'llm.output_messages',
  'llm.prompts',
  'llm.invocation_parameters',
  'retrieval.documents.',
  'reranker.',
  'embedding.embeddings.',
  'db.query.parameter.',
  'http.request.header.',
  'http.response.header.',
  'rpc.request.metadata.',
  'rpc.response.metadata.',
];
/** An OpenInference document's id is a record ref, its text is content. */
const KEPT_SUFFIX = '.document.id';

/** Keys are few and repeat for ever; user-made ones are not, hence the bound. */
const verdicts = new Map<string, boolean>();
const VERDICTS_MAX = 4_096;

/** @returns whether an attribute of this name carries contents, or has an identifier for a name, and is dropped */
export function isContent(key: string): boolean {
  const known = verdicts.get(key);
  if (known !== undefined) return known;
  const content =
    CONTENT_KEYS.has(key) ||
    (CONTENT_PREFIXES.some((prefix) => key.startsWith(prefix)) && !key.endsWith(KEPT_SUFFIX)) ||
    mask(key) !== key;
  if (verdicts.size < VERDICTS_MAX) verdicts.set(key, content);
  return content;
}

/** The identifier type of attributes that name a person, so that they can become tokens (design 03, scrubbing). */
export const IDENTITY_KEYS: ReadonlyMap<string, string> = new Map([
  ['user.email', 'email'],
  ['user.id', 'user_id'],
  ['enduser.id', 'user_id'],
]);

const AT = /@|%40/g;
/** Without the apostrophe that RFC 5322 allows: it would take the opening quote of an SQL literal along. */
const LOCAL = /[\p{L}\p{N}._%+\-\uD800-\uDFFF]/u;
const LOCAL_CHARS_MAX = 64;
const DOMAIN = /[\p{L}\p{N}.-]{1,253}\.\p{L}{2,24}/uy;
const PHONE =
  /(?:\+|%2B)[ (]{0,2}[1-9](?:(?:[ ().-]|%20){0,2}\d){7,14}(?!\d)|(?<![\p{L}\p{N}]|\p{N}\.)00[1-9](?:[ ()./-]{0,2}\d){7,13}(?![\p{L}\p{N}])/giu;
const USERINFO = /:\/\/[^/?#\s@]{1,256}@/g;
export const MASK = '[masked]';

/** @returns the text without credentials of addresses, e-mail addresses and international phone numbers */
export function mask(text: string): string {
  const at = text.includes('@') || text.includes('%40');
  const plus = text.includes('+') || text.includes('00') || text.includes('%2B') || text.includes('%2b');
  if (!at && !plus) return text;
  let masked = text;
  // A password before a host would otherwise take the host along, as if both were one e-mail address.
  if (at) masked = maskEmails(masked.replace(USERINFO, '://'));
  if (plus) masked = masked.replace(PHONE, MASK);
  return masked;
}

/**
 * From each at sign back and forth. One expression for the whole address would try it at every letter: a second of the
 * host's time for a megabyte of text with one at sign in it.
 */
function maskEmails(text: string): string {
  let out = '';
  let done = 0;
  AT.lastIndex = 0;
  for (let at = AT.exec(text); at !== null; at = AT.exec(text)) {
    let start = at.index;
    while (start > done && at.index - start < LOCAL_CHARS_MAX && LOCAL.test(text[start - 1] ?? ' ')) start--;
    DOMAIN.lastIndex = at.index + at[0].length;
    if (start === at.index || !DOMAIN.test(text)) continue;
    out += text.slice(done, start) + MASK;
    done = DOMAIN.lastIndex;
    AT.lastIndex = done;
  }
  return out + text.slice(done);
}

/** `model:{provider}/{model}@{host}` (ruling 21), which reads like an e-mail address. */
const MODEL = /^model:[\w.-]{1,64}\/[\w.:/ -]{1,160}@[^@]{1,253}$/;

/** The same for values of our own keys. They hold no identifier, unless the host has put one into a name or a purpose. */
export function maskOwn(text: string): string {
  return MODEL.test(text) ? text : mask(text);
}

/** What in a message of failure proves that the call changed nothing (ruling 13): fixed words, none of the host's. */
const PROOFS: readonly (readonly [RegExp, string])[] = [
  [/\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)\b/, '$1'],
  [/getaddrinfo/, 'getaddrinfo'],
  [/connection refused/i, 'connection refused'],
  [/violates (unique|foreign key|not-null|check|exclusion) constraint/i, 'violates $1 constraint'],
  [/\bSQLITE_CONSTRAINT|constraint failed/i, 'constraint failed'],
  [/Duplicate entry/i, 'Duplicate entry'],
  [/syntax error at or near/i, 'syntax error at or near'],
  [/no such (table|column)/i, 'no such $1'],
  [/relation "[^"]{1,128}" does not exist/i, 'relation "-" does not exist'],
  [/\b(WRONGTYPE|NOAUTH|NOPERM|READONLY)\b/, '$1'],
];
const MESSAGE_CHARS_MAX = 1_024;

/** @returns the part of a failure message that may be told, or '' */
export function proofIn(message: string): string {
  const text = message.slice(0, MESSAGE_CHARS_MAX);
  for (const [pattern, told] of PROOFS) {
    const found = pattern.exec(text);
    if (found) return told.replace('$1', found[1] ?? '');
  }
  return '';
}
