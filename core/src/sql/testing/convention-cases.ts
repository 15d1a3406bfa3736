/** One test case of the semantic conventions, restated in our terms. */
export interface ConventionCase {
  readonly name: string;
  readonly statement: string;
  readonly system?: string;
  /** `db.query.text` that the convention expects, with white space squeezed and comments gone, as we keep it. */
  readonly sanitised: string;
  /** `db.query.summary`, as an instrumentation would send it. */
  readonly summary: string;
  /** What we read, as `shown` writes it. */
  readonly reading: string;
}

/**
 * The 24 SQL cases of the database conventions (open-telemetry/semantic-conventions,
 * `docs/non-normative/database-test-cases/db-sql-test-cases.json`, Apache-2.0), by their names there. White space is
 * ours: a comment or a line break is one blank. Summaries of structure (`CREATE TABLE …`) hold no flow.
 */
export const CONVENTION_CASES: readonly ConventionCase[] = [
  {
    name: 'numeric_literal_integers',
    statement: 'SELECT 12, -12, +12',
    sanitised: 'SELECT ?, ?, ?',
    summary: 'SELECT',
    reading: 'SELECT',
  },
  {
    name: 'numeric_literal_with_decimal_point',
    statement: 'SELECT 12.34, -12.34, +12.34, .01, -.01',
    sanitised: 'SELECT ?, ?, ?, ?, ?',
    summary: 'SELECT',
    reading: 'SELECT',
  },
  {
    name: 'numeric_literal_exponential',
    statement: 'SELECT 12.34e56, -12.34e56, +12.34e56',
    sanitised: 'SELECT ?, ?, ?',
    summary: 'SELECT',
    reading: 'SELECT',
  },
  {
    name: 'numeric_literal_negative_exponential',
    statement: 'SELECT 12.34e-56, -12.34e-56, +12.34e-56',
    sanitised: 'SELECT ?, ?, ?',
    summary: 'SELECT',
    reading: 'SELECT',
  },
  {
    name: 'arithmetic_on_numeric_literals',
    statement: 'SELECT 99+100',
    sanitised: 'SELECT ??',
    summary: 'SELECT',
    reading: 'SELECT',
  },
  {
    name: 'hex_literal',
    statement: 'SELECT 0xDEADBEEF, 0XdeadBEEF',
    sanitised: 'SELECT ?, ?',
    summary: 'SELECT',
    reading: 'SELECT',
  },
  {
    name: 'string_literal',
    statement: "SELECT 'hello'",
    sanitised: 'SELECT ?',
    summary: 'SELECT',
    reading: 'SELECT',
  },
  {
    name: 'string_literal_escaped_single_quote',
    statement: "SELECT 'My name''s not important'",
    sanitised: 'SELECT ?',
    summary: 'SELECT',
    reading: 'SELECT',
  },
  {
    name: 'string_with_embedded_newline',
    statement: "SELECT 'My name is \n not important'",
    sanitised: 'SELECT ?',
    summary: 'SELECT',
    reading: 'SELECT',
  },
  {
    name: 'numbers_in_identifiers',
    statement: 'SELECT c3po, r2d2 FROM covid19 WHERE n1h1=1234',
    sanitised: 'SELECT c3po, r2d2 FROM covid19 WHERE n1h1=?',
    summary: 'SELECT covid19',
    reading: 'SELECT r:covid19',
  },
  {
    name: 'periods_in_identifiers',
    statement: 'SELECT a FROM dbo.Table JOIN dbo.AnotherTable',
    sanitised: 'SELECT a FROM dbo.Table JOIN dbo.AnotherTable',
    summary: 'SELECT dbo.Table dbo.AnotherTable',
    reading: 'SELECT r:dbo.AnotherTable r:dbo.Table',
  },
  {
    name: 'insert_into',
    statement: 'INSERT INTO X VALUES(1, 23456, 123.456, 99+100)',
    sanitised: 'INSERT INTO X VALUES(?, ?, ?, ??)',
    summary: 'INSERT X',
    reading: 'INSERT w:X',
  },
  {
    name: 'uuid',
    statement: "SELECT { guid '01234567-89ab-cdef-0123-456789abcdef' }",
    sanitised: 'SELECT { guid ? }',
    summary: 'SELECT',
    reading: 'SELECT',
  },
  {
    name: 'in_clause',
    statement: "SELECT * FROM table WHERE value IN (123, 456, 'abc')",
    sanitised: 'SELECT * FROM table WHERE value IN (?, ?, ?)',
    summary: 'SELECT table',
    reading: 'SELECT r:table',
  },
  {
    name: 'comments',
    statement: 'SELECT column -- end of line comment\nFROM /* block \n comment */ table',
    sanitised: 'SELECT column FROM table',
    summary: 'SELECT table',
    reading: 'SELECT r:table',
  },
  {
    name: 'insert_into_select',
    statement:
      'INSERT INTO shipping_details\n(order_id,\naddress)\nSELECT order_id,\naddress\nFROM   orders\nWHERE  order_id = 1',
    sanitised:
      'INSERT INTO shipping_details (order_id, address) SELECT order_id, address FROM orders WHERE order_id = ?',
    summary: 'INSERT shipping_details SELECT orders',
    reading: 'INSERT r:orders w:shipping_details',
  },
  {
    name: 'select_nested_query',
    statement:
      'SELECT order_date\nFROM   (SELECT *\nFROM   orders o\nJOIN customers c\nON o.customer_id = c.customer_id)',
    sanitised: 'SELECT order_date FROM (SELECT * FROM orders o JOIN customers c ON o.customer_id = c.customer_id)',
    summary: 'SELECT SELECT orders customers',
    reading: 'SELECT r:customers r:orders',
  },
  {
    name: 'select_nested_query_case_preserved',
    statement:
      'SELEcT order_date\nFROM   (sELECT *\nFROM   orders o\nJOIN customers c\nON o.customer_id = c.customer_id)',
    sanitised: 'SELEcT order_date FROM (sELECT * FROM orders o JOIN customers c ON o.customer_id = c.customer_id)',
    summary: 'SELEcT sELECT orders customers',
    reading: 'SELECT r:customers r:orders',
  },
  {
    name: 'case_preserved',
    statement: 'SELEcT order_date\nFROM ORders',
    sanitised: 'SELEcT order_date FROM ORders',
    summary: 'SELEcT ORders',
    reading: 'SELECT r:ORders',
  },
  {
    name: 'cross_join',
    statement: 'SELECT * FROM Orders o CROSS JOIN OrderDetails od',
    sanitised: 'SELECT * FROM Orders o CROSS JOIN OrderDetails od',
    summary: 'SELECT Orders OrderDetails',
    reading: 'SELECT r:OrderDetails r:Orders',
  },
  {
    name: 'cross_join_comma_separated_syntax',
    statement: 'SELECT * FROM Orders o, OrderDetails od',
    sanitised: 'SELECT * FROM Orders o, OrderDetails od',
    summary: 'SELECT Orders OrderDetails',
    reading: 'SELECT r:OrderDetails r:Orders',
  },
  {
    name: 'create_table',
    statement: 'CREATE  TABLE MyTable (\n    ID NOT NULL IDENTITY(1,1) PRIMARY KEY\n)',
    sanitised: 'CREATE TABLE MyTable ( ID NOT NULL IDENTITY(?,?) PRIMARY KEY )',
    summary: 'CREATE TABLE MyTable',
    reading: 'CREATE',
  },
  {
    name: 'alter_table',
    statement: 'ALTER  TABLE MyTable ADD Name varchar(255)',
    sanitised: 'ALTER TABLE MyTable ADD Name varchar(?)',
    summary: 'ALTER TABLE MyTable',
    reading: 'ALTER',
  },
  {
    name: 'drop_table',
    statement: 'DROP  TABLE MyTable',
    sanitised: 'DROP TABLE MyTable',
    summary: 'DROP TABLE MyTable',
    reading: 'DROP d:MyTable',
  },
];

/** Cases that the same file got later, where ours could have gone wrong. */
export const LATER_CASES: readonly ConventionCase[] = [
  {
    name: 'keyword_prefix_for_target',
    statement: 'SELECT * FROM SelectedData',
    sanitised: 'SELECT * FROM SelectedData',
    summary: 'SELECT SelectedData',
    reading: 'SELECT r:SelectedData',
  },
  {
    name: 'create_view_with_select',
    statement: 'CREATE VIEW ActiveUsers AS SELECT * FROM Users WHERE IsActive = 1;',
    sanitised: 'CREATE VIEW ActiveUsers AS SELECT * FROM Users WHERE IsActive = ?;',
    summary: 'CREATE VIEW ActiveUsers',
    reading: 'CREATE',
  },
  {
    name: 'create_procedure_with_params',
    statement: 'CREATE PROCEDURE GetUserById @UserId INT AS SELECT * FROM Users WHERE Id = @UserId;',
    sanitised: 'CREATE PROCEDURE GetUserById @UserId INT AS SELECT * FROM Users WHERE Id = @UserId;',
    summary: 'CREATE PROCEDURE GetUserById',
    reading: 'CREATE',
  },
  {
    name: 'create_trigger_on_table',
    statement:
      'CREATE TRIGGER trg_UpdateTimestamp ON Orders AFTER UPDATE AS BEGIN UPDATE Orders SET UpdatedAt = GETDATE() WHERE Id IN (SELECT Id FROM inserted); END;',
    sanitised:
      'CREATE TRIGGER trg_UpdateTimestamp ON Orders AFTER UPDATE AS BEGIN UPDATE Orders SET UpdatedAt = GETDATE() WHERE Id IN (SELECT Id FROM inserted); END;',
    summary: 'CREATE TRIGGER trg_UpdateTimestamp',
    reading: 'CREATE',
  },
  {
    name: 'alter_trigger',
    statement:
      "ALTER TRIGGER trg_AfterInsert ON Employees AFTER INSERT AS BEGIN INSERT INTO AuditLog (EmployeeId, Action) SELECT Id, 'INSERT' FROM inserted; END;",
    sanitised:
      'ALTER TRIGGER trg_AfterInsert ON Employees AFTER INSERT AS BEGIN INSERT INTO AuditLog (EmployeeId, Action) SELECT Id, ? FROM inserted; END;',
    summary: 'ALTER TRIGGER trg_AfterInsert',
    reading: 'ALTER',
  },
  {
    name: 'select_with_union_and_order_by',
    statement: 'SELECT Id, Name FROM Customers UNION SELECT Id, Name FROM Suppliers ORDER BY Name;',
    sanitised: 'SELECT Id, Name FROM Customers UNION SELECT Id, Name FROM Suppliers ORDER BY Name;',
    summary: 'SELECT Customers Suppliers',
    reading: 'SELECT r:Customers r:Suppliers',
  },
  {
    name: 'exec_sp_rename_table_tsql',
    statement: "EXEC sp_rename 'OldTable', 'NewTable';",
    system: 'microsoft.sql_server',
    sanitised: 'EXEC sp_rename ?, ?;',
    summary: 'EXEC sp_rename',
    reading: 'EXEC ?',
  },
  {
    name: 'create_user',
    statement: "CREATE USER johndoe WITH PASSWORD = 'password';",
    sanitised: 'CREATE USER johndoe WITH PASSWORD = ?;',
    summary: 'CREATE USER johndoe',
    reading: 'CREATE',
  },
  {
    name: 'update_set_parenthesized_constant',
    statement: 'UPDATE T SET A = (999);',
    sanitised: 'UPDATE T SET A = (?);',
    summary: 'UPDATE',
    reading: 'UPDATE w:T',
  },
  {
    name: 'valid_top_with_parentheses',
    statement: 'SELECT TOP (10) * FROM Employees',
    system: 'microsoft.sql_server',
    sanitised: 'SELECT TOP (?) * FROM Employees',
    summary: 'SELECT Employees',
    reading: 'SELECT r:Employees',
  },
  {
    name: 'in_clause_starting_with_negative_literal',
    statement: "SELECT * FROM table WHERE value IN (-123, .456, 'abc', 0.12, 1e10)",
    sanitised: 'SELECT * FROM table WHERE value IN (?, ?, ?, ?, ?)',
    summary: 'SELECT table',
    reading: 'SELECT r:table',
  },
  {
    name: 'malformed_in_clause',
    statement: "SELECT * FROM table WHERE value IN ('abc', 0xAB, .456,",
    sanitised: 'SELECT * FROM table WHERE value IN (?, ?, ?,',
    summary: 'SELECT table',
    reading: 'SELECT r:table ?',
  },
  {
    name: 'malformed_alter_table_example_two',
    statement: "ALTER  TABLE MyTable 'mypassword' ADD 123 Name varchar(255)",
    sanitised: 'ALTER TABLE MyTable ? ADD ? Name varchar(?)',
    summary: 'ALTER TABLE MyTable',
    reading: 'ALTER',
  },
];
