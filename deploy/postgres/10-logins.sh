#!/bin/sh
# Runs once, when the container's data folder is empty. Each process has a login of its own, which owns nothing and can
# switch to the role of its process alone (docs/access.md). The migrations grant to those roles, and make them where they
# are not there yet.
set -eu
psql --set ON_ERROR_STOP=1 --set app_password="$POSTGRES_APP_PASSWORD" \
  --set collector_password="$POSTGRES_COLLECTOR_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE vestige_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE ROLE vestige_collector NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE ROLE vestige LOGIN PASSWORD :'app_password' IN ROLE vestige_app;
CREATE ROLE collector LOGIN PASSWORD :'collector_password' IN ROLE vestige_collector;
SQL
