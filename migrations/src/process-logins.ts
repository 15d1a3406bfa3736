/**
 * Gives each process a login of its own (docs/access.md). For psql as a superuser, after the first migration, with the
 * passwords as variables: `vestige migrate roles | psql --set api_password=… --set collector_password=… …`. May run again;
 * the passwords are then set anew.
 *
 * The owner, whom migrations run as, is a login too and is not made here: it owns the database.
 */
export const PROCESS_LOGINS = `\
-- The API and its workflow: DATABASE_URL of vestige api and vestige up.
SELECT 'CREATE ROLE vestige_api_login' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vestige_api_login') \\gexec
ALTER ROLE vestige_api_login LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'api_password';
GRANT vestige_app TO vestige_api_login;

-- DATABASE_URL of vestige collector: people's tokens and whom to refuse, no request and no key.
SELECT 'CREATE ROLE vestige_collector_login' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vestige_collector_login') \\gexec
ALTER ROLE vestige_collector_login LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'collector_password';
GRANT vestige_collector TO vestige_collector_login;

-- For whoever checks the log and its proofs in the database itself: reads, names nobody.
SELECT 'CREATE ROLE vestige_verifier_login' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vestige_verifier_login') \\gexec
ALTER ROLE vestige_verifier_login LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'verifier_password';
GRANT vestige_verifier TO vestige_verifier_login;

-- Workers have no login: vestige worker speaks to the API alone.
`;
