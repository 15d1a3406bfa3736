#!/bin/sh
# Runs once, when the container's data folder is empty. The application logs in as `vestige`, which owns nothing; the
# role vestige_app is what migration 0001 grants to, and makes where it is not there yet.
set -eu
psql --set ON_ERROR_STOP=1 --set app_password="$POSTGRES_APP_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE vestige_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE ROLE vestige LOGIN PASSWORD :'app_password' IN ROLE vestige_app;
SQL
