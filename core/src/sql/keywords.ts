/** Word sets of the SQL reader. Sets, because the reader asks them once per word. */
export function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

/** A parenthesis that opens with one of these holds a query, not arguments. */
export const QUERY_STARTS = words('SELECT WITH VALUES TABLE FROM');

/** Statements that move data, as the body of a CTE or after another statement without a semicolon. */
export const DATA_VERBS = words('SELECT INSERT REPLACE UPSERT UPDATE DELETE MERGE VALUES TABLE');

/** Statements that change rows; `FROM (DELETE FROM users OUTPUT deleted.id) d` (SQL Server) are the rows of one. */
export const CHANGES = words('INSERT UPDATE DELETE MERGE');

/** After one of these a list of tables is over. */
export const LIST_ENDS = words(
  'WHERE PREWHERE GROUP HAVING ORDER LIMIT OFFSET WINDOW QUALIFY UNION INTERSECT EXCEPT MINUS VALUES SELECT CONNECT SETTINGS FORMAT DO WHEN',
);

/** Words that cannot be an alias: what may follow a table in some dialect. */
export const NOT_ALIAS: ReadonlySet<string> = new Set([
  ...LIST_ENDS,
  ...words(
    'AS JOIN INNER LEFT RIGHT FULL CROSS NATURAL OUTER STRAIGHT_JOIN APPLY LATERAL SEMI ANTI ASOF GLOBAL ARRAY ON USING SET FROM INTO FETCH FOR RETURNING OUTPUT TABLESAMPLE SAMPLE FINAL PARTITION FORCE USE IGNORE INDEXED NOT WITH PIVOT UNPIVOT OPTION START DEFAULT OVERRIDING INSERT UPDATE DELETE MERGE TRUNCATE DROP EXEC EXECUTE GO BEGIN END IF ELSE TO CASCADE RESTRICT RESTART CONTINUE PURGE ALLOW TTL',
  ),
]);

/** Table hints of SQL Server in their old form, `FROM t (NOLOCK)`: the parenthesis is no argument list. */
export const OLD_HINTS = words('NOLOCK READUNCOMMITTED UPDLOCK HOLDLOCK ROWLOCK TABLOCK TABLOCKX READPAST INDEX');

/** Statements that move no data of their own. */
export const NO_DATA = words(
  'COMMIT ROLLBACK SAVEPOINT RELEASE START ABORT LISTEN UNLISTEN NOTIFY VACUUM ANALYSE PRAGMA ATTACH DETACH LOCK UNLOCK DISCARD DEALLOCATE PREPARE CHECKPOINT REINDEX CLUSTER GRANT REVOKE DENY COMMENT RESET KILL FLUSH OPTIMIZE SYSTEM INSTALL SHOW CLOSE MOVE GO HELP SECURITY CHECK REPAIR WAITFOR THROW APPLY REASSIGN BREAK CONTINUE LEAVE',
);

/** Frames that lead to another statement without a semicolon: T-SQL blocks, cursors, settings. */
export const CONTROL = words('BEGIN END SET USE IF ELSE WHILE PRINT DECLARE RETURN LOCKING');

/** T-SQL: after these another statement may follow as well. */
export const TSQL_CONTROL = words(
  'COMMIT ROLLBACK SAVE OPEN CLOSE DEALLOCATE WAITFOR THROW RAISERROR BREAK CONTINUE GO CHECKPOINT GOTO REVERT',
);

/** Between two queries that make one. */
export const SET_OPERATORS = words('UNION INTERSECT EXCEPT MINUS');

/** What BEGIN may open besides a statement; anything else is a call inside a procedural block. */
export const AFTER_BEGIN = words(
  'TRAN TRANSACTION WORK TRY CATCH DEFERRED IMMEDIATE EXCLUSIVE CONCURRENT ISOLATION READ NOT BATCH UNLOGGED COUNTER DISTRIBUTED ATOMIC',
);

/** A statement that touches data or structure begins with one of these. */
export const STATEMENT_WORDS: ReadonlySet<string> = new Set([
  ...DATA_VERBS,
  ...words('WITH TRUNCATE DROP CREATE ALTER EXEC EXECUTE CALL'),
]);

/** In FROM, a statement about a table and not a table: `FROM (DESCRIBE t)`, `FROM (PIVOT t ON …)` (DuckDB). */
export const NOT_SOURCES = words('DESCRIBE DESC SUMMARIZE SHOW PIVOT UNPIVOT EXPLAIN CALL');

/** Words between a verb and its table. */
export const INSERT_FILLERS = words(
  'INTO OVERWRITE TABLE LOW_PRIORITY HIGH_PRIORITY DELAYED IGNORE OR REPLACE ROLLBACK ABORT FAIL ALL FIRST ONLY',
);

/** Words of {@link NOT_ALIAS} that people do use as table names. */
export const MAY_NAME_TABLE = words(
  'SAMPLE FINAL FORMAT SETTINGS START OPTION PARTITION WINDOW ARRAY GLOBAL ANTI SEMI END ALLOW CONTINUE INDEXED OFFSET TTL USE IGNORE FORCE GO RESTART FETCH OUTPUT PURGE ASOF',
);
