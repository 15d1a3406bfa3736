import { ClickHouseError } from '@clickhouse/client';
import { VestigeError } from '@vestige/core/errors';

/**
 * The one place where an error of ClickHouse or its driver turns into ours.
 *
 * The server quotes the query in the message of an error, bound values included, so a new error is made that carries
 * the server's code, the type that belongs to it, and no `cause`. The type comes from the tables below and not from the
 * driver, which searches the message for something in capitals and brackets: a client's text could be that.
 *
 * @throws VestigeError for a failure of the server or of the way to it; anything else (a bug, a VestigeError) as it came
 */
export function clickHouseFailure(error: unknown): never {
  if (error instanceof ClickHouseError) throw serverFailure(error);
  const reason = transportReason(error);
  if (reason === null) throw error;
  throw new VestigeError('store_unavailable', `ClickHouse: unreachable (${reason})`, { reason });
}

function serverFailure(error: ClickHouseError): VestigeError {
  const code = /^\d{1,5}$/.test(error.code) ? Number(error.code) : 0;
  const unavailable = UNAVAILABLE[code];
  if (unavailable !== undefined) {
    return new VestigeError('store_unavailable', `ClickHouse: cannot answer now (${unavailable}, ${code})`, {
      type: unavailable,
      code,
    });
  }
  const setup = SETUP[code];
  if (setup !== undefined) {
    return new VestigeError(
      'misconfigured',
      `ClickHouse: login, grant, setting or table missing (${setup}, ${code}); run the migrations`,
      { type: setup, code },
    );
  }
  const type = STATEMENT[code] ?? 'OTHER';
  return new VestigeError('internal', `ClickHouse: the statement failed (${type}, ${code})`, { type, code });
}

/** The same call may succeed later: time, memory, parts, disk, network, replicas, Keeper. Names as in `system.errors`. */
const UNAVAILABLE: Readonly<Record<number, string>> = {
  74: 'CANNOT_READ_FROM_FILE_DESCRIPTOR',
  75: 'CANNOT_WRITE_TO_FILE_DESCRIPTOR',
  76: 'CANNOT_OPEN_FILE',
  77: 'CANNOT_CLOSE_FILE',
  87: 'CANNOT_SEEK_THROUGH_FILE',
  88: 'CANNOT_TRUNCATE_FILE',
  95: 'CANNOT_READ_FROM_SOCKET',
  159: 'TIMEOUT_EXCEEDED',
  160: 'TOO_SLOW',
  173: 'CANNOT_ALLOCATE_MEMORY',
  198: 'DNS_ERROR',
  202: 'TOO_MANY_SIMULTANEOUS_QUERIES',
  203: 'NO_FREE_CONNECTION',
  204: 'CANNOT_FSYNC',
  209: 'SOCKET_TIMEOUT',
  210: 'NETWORK_ERROR',
  225: 'NO_ZOOKEEPER',
  236: 'ABORTED',
  241: 'MEMORY_LIMIT_EXCEEDED',
  242: 'TABLE_IS_READ_ONLY',
  243: 'NOT_ENOUGH_SPACE',
  252: 'TOO_MANY_PARTS',
  279: 'ALL_CONNECTION_TRIES_FAILED',
  285: 'TOO_FEW_LIVE_REPLICAS',
  286: 'UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE',
  289: 'REPLICA_IS_NOT_IN_QUORUM',
  319: 'UNKNOWN_STATUS_OF_INSERT',
  341: 'UNFINISHED',
  394: 'QUERY_WAS_CANCELLED',
  410: 'EXTERNAL_SERVER_IS_NOT_RESPONDING',
  415: 'ALL_REPLICAS_LOST',
  425: 'SYSTEM_ERROR',
  439: 'CANNOT_SCHEDULE_TASK',
  499: 'S3_ERROR',
  519: 'NO_REMOTE_SHARD_AVAILABLE',
  722: 'ASYNC_LOAD_WAIT_FAILED',
  735: 'QUERY_WAS_CANCELLED_BY_CLIENT',
  745: 'SERVER_OVERLOADED',
  999: 'KEEPER_EXCEPTION',
};

/** Nothing that a retry mends. */
const SETUP: Readonly<Record<number, string>> = {
  16: 'NO_SUCH_COLUMN_IN_TABLE',
  47: 'UNKNOWN_IDENTIFIER',
  60: 'UNKNOWN_TABLE',
  81: 'UNKNOWN_DATABASE',
  115: 'UNKNOWN_SETTING',
  164: 'READONLY',
  192: 'UNKNOWN_USER',
  193: 'WRONG_PASSWORD',
  194: 'REQUIRED_PASSWORD',
  291: 'DATABASE_ACCESS_DENIED',
  452: 'SETTING_CONSTRAINT_VIOLATION',
  497: 'ACCESS_DENIED',
  516: 'AUTHENTICATION_FAILED',
};

/** Of the statement itself, or of the rows that came with it: the same one fails again. */
const STATEMENT: Readonly<Record<number, string>> = {
  6: 'CANNOT_PARSE_TEXT',
  27: 'CANNOT_PARSE_INPUT_ASSERTION_FAILED',
  32: 'ATTEMPT_TO_READ_AFTER_EOF',
  33: 'CANNOT_READ_ALL_DATA',
  36: 'BAD_ARGUMENTS',
  44: 'ILLEGAL_COLUMN',
  53: 'TYPE_MISMATCH',
  62: 'SYNTAX_ERROR',
  69: 'ARGUMENT_OUT_OF_BOUND',
  70: 'CANNOT_CONVERT_TYPE',
  117: 'INCORRECT_DATA',
  128: 'TOO_LARGE_ARRAY_SIZE',
  131: 'TOO_LARGE_STRING_SIZE',
  158: 'TOO_MANY_ROWS',
  190: 'SIZES_OF_ARRAYS_DONT_MATCH',
  396: 'TOO_MANY_ROWS_OR_BYTES',
};

const ERRNO = /^(E(?!RR_)[A-Z]{3,}|HPE_[A-Z_]+|ERR_STREAM_PREMATURE_CLOSE)$/;

/** What a socket, a time limit or a proxy in between says; null for an error that is none of these. */
function transportReason(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return ERRNO.test(error.code) ? error.code : null;
  // The driver has no type of its own for a time-out, an abort, or an answer that is not ClickHouse's: bare errors.
  if (error.constructor !== Error) return null;
  return error.message === 'Timeout error.' ? 'TIMEOUT' : 'UNREADABLE_ANSWER';
}
