import { ConnectorError } from '../kit.ts';

/** An error of the driver by its code; its message quotes values and is dropped. */
export function mysqlFailure(error: unknown): ConnectorError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
  switch (code) {
    case 'ER_NO_SUCH_TABLE':
    case 'ER_BAD_DB_ERROR':
      return new ConnectorError('permanent', 'missing_table', 'mysql: a mapped table does not exist.');
    case 'ER_BAD_FIELD_ERROR':
      return new ConnectorError('permanent', 'missing_column', 'mysql: a mapped column does not exist.');
    case 'ER_ACCESS_DENIED_ERROR':
    case 'ER_DBACCESS_DENIED_ERROR':
    case 'ER_TABLEACCESS_DENIED_ERROR':
    case 'ER_COLUMNACCESS_DENIED_ERROR':
    case 'ER_SPECIFIC_ACCESS_DENIED_ERROR':
    case 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION':
      return new ConnectorError('permanent', 'permission_denied', `mysql: this credential may not do that (${code}).`);
    case 'ER_OPTION_PREVENTS_STATEMENT':
      return new ConnectorError('permanent', 'replica', 'mysql: this server is read only, as a replica is.');
    case 'ER_ROW_IS_REFERENCED':
    case 'ER_ROW_IS_REFERENCED_2': {
      const text = 'mysql: rows of an unmapped table point at these rows; map it with `via`.';
      return new ConnectorError('needs_human', 'referenced_elsewhere', text);
    }
  }
  if (RETRYABLE.has(code) || /^(ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|EHOST|PROTOCOL_)/.test(code)) {
    return new ConnectorError('retryable', 'unreachable', `mysql: not reachable or busy (${code}).`);
  }
  return new ConnectorError('permanent', 'store_refused', `mysql: the statement was refused (${code}).`);
}

/** The same call may succeed later. */
const RETRYABLE: ReadonlySet<string> = new Set([
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_DEADLOCK',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_SERVER_SHUTDOWN',
  'ER_QUERY_INTERRUPTED',
  'ER_STATEMENT_TIMEOUT',
  'ER_DISK_FULL',
]);
