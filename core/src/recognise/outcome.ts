import type { Outcome } from '../model/span.ts';
import { speaksSql } from '../sql/dialect.ts';
import type { SpanView } from './span-view.ts';

/**
 * How the call ended (ruling 13). `no_effect` needs proof that nothing changed: the connection was refused, the name did
 * not resolve, or the database rejected the statement as a whole. A time-out proves nothing.
 */
export function outcomeOf(span: SpanView): Outcome {
  if (!hasFailed(span)) return 'ok';
  return provesNoEffect(span) ? 'no_effect' : 'failed';
}

function hasFailed(span: SpanView): boolean {
  if (span.span.status === 'error' || span.has('error.type')) return true;
  if (span.kind !== 'server' && span.count('http.response.status_code', 'http.status_code') >= 400) return true;
  if (span.count('rpc.grpc.status_code') > 0) return true;
  const rpc = span.text('rpc.response.status_code', 'rpc.status_code');
  return rpc !== '' && rpc !== 'OK' && rpc !== '0' && span.kind !== 'server';
}

const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NONAME',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ConnectionRefusedError',
  'gaierror',
  'socket.gaierror',
  'java.net.ConnectException',
  'java.net.UnknownHostException',
  'java.net.NoRouteToHostException',
]);

/** SQLSTATE: data exception, constraint, syntax and access, authorisation, catalog, schema, connection never made. */
const SQLSTATE = /^(?:2[238]|42|3D|3F)[0-9A-Z]{3}$|^0800[14]$|^53300$/;
/** MySQL: access, unknown object, syntax, duplicate, null, foreign key, check. */
const MYSQL: ReadonlySet<string> = new Set(
  '1044 1045 1046 1048 1049 1054 1062 1064 1136 1142 1146 1216 1217 1264 1364 1366 1406 1451 1452 1586 3819'.split(' '),
);
const SQLITE = /^SQLITE_(?:CONSTRAINT|MISMATCH|READONLY|CANTOPEN|AUTH|TOOBIG|RANGE)/;
const AWS: ReadonlySet<string> = new Set([
  'ConditionalCheckFailedException',
  'ValidationException',
  'ResourceNotFoundException',
  'AccessDeniedException',
  'AccessDenied',
  'NoSuchBucket',
  'UnrecognizedClientException',
]);
const REDIS = /\b(?:WRONGTYPE|NOAUTH|NOPERM|READONLY)\b/;
const MESSAGE =
  /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)\b|getaddrinfo|connection refused|violates (?:unique|foreign key|not-null|check|exclusion) constraint|constraint failed|Duplicate entry|SQLITE_CONSTRAINT|syntax error at or near|no such (?:table|column)|relation "[^"]{1,128}" does not exist/i;

function provesNoEffect(span: SpanView): boolean {
  const codes = [span.text('error.type'), span.text('db.response.status_code'), span.exceptionType];
  if (codes.some((code) => NEVER_CONNECTED.has(code))) return true;
  const message = span.failureText;
  const { system } = span;
  if (system === '')
    return (span.has('aws.s3.bucket') && codes.some((code) => AWS.has(code))) || NO_CONNECTION.test(message);
  if (codes.some((code) => rejects(system, code))) return true;
  return MESSAGE.test(message) || (system === 'redis' && REDIS.test(message));
}

const NO_CONNECTION = /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)\b|getaddrinfo/;

function rejects(system: string, code: string): boolean {
  if (code === '') return false;
  if (system === 'mysql' || system === 'mariadb') return MYSQL.has(code) || SQLSTATE.test(code);
  if (system === 'sqlite' || system === 'libsql') return SQLITE.test(code);
  if (system === 'aws.dynamodb') return AWS.has(code);
  return speaksSql(system) && SQLSTATE.test(code);
}
