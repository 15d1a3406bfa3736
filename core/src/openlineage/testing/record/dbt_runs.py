"""dbt-ol over DuckDB and PostgreSQL: models by ref and source, an incremental one, a snapshot, tests, one that fails.

Needs, in the Python that runs it: openlineage-dbt dbt-core==1.9.* dbt-duckdb<1.10 dbt-postgres<1.10; for the latter
PostgreSQL's package.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from catch import KEY, Caught
from servers import postgres

FILES = {
    "dbt_project.yml": "name: desk\nversion: '1.0.0'\nprofile: desk\nmodels:\n  desk: {+materialized: table}\n",
    "seeds/raw_users.csv": "id,mail,country\n1,jane@example.com,FR\n2,john@example.com,DE\n",
    "seeds/raw_orders.csv": "id,user_id,total\n1,1,9.5\n2,2,3.0\n",
    "models/sources.yml": "version: 2\nsources:\n  - name: crm\n    schema: \"{{ target.schema }}\"\n    tables: [{name: raw_users}, {name: raw_orders}]\n"
    "models:\n  - name: users\n    description: people\n    columns: [{name: mail, tests: [not_null]}]\n    config: {tags: [pii]}\n    meta: {owner: jane@example.com}\n",
    "models/users.sql": "select id, mail, country from {{ source('crm', 'raw_users') }}",
    # What a parser of SQL cannot see through: `*`, and the usual chain of common table expressions.
    "models/wide.sql": "select u.mail, o.* from {{ ref('users') }} u join {{ source('crm', 'raw_orders') }} o on o.user_id = u.id",
    "models/chain.sql": "with source as (select * from {{ ref('users') }}), named as (select mail as address from source) select * from named",
    "models/counted.sql": "select country, count(*) as people from {{ ref('users') }} group by 1",
    "models/slow.sql": "{{ config(materialized='incremental', unique_key='id') }} select id, mail from {{ ref('users') }}",
    "models/broken.sql": "select mail / 0 as x, no_such_column from {{ ref('users') }}",
    "snapshots/kept.sql": "{% snapshot kept %}{{ config(target_schema=target.schema, unique_key='id', strategy='check', check_cols=['mail']) }}"
    "select * from {{ ref('users') }}{% endsnapshot %}",
}


def main(adapter):
    if adapter == "duckdb":
        return record(adapter, lambda folder: f"type: duckdb\n      path: {folder}/warehouse.duckdb\n      schema: main", {})
    with postgres() as port:
        at = f"host: localhost\n      port: {port}\n      user: desk\n      password: none\n      dbname: shop"
        return record(adapter, lambda _: f"type: postgres\n      {at}\n      schema: public", {port: 5432})


def record(adapter, target, ports):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dbt-"))
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "profiles.yml").write_text(f"desk:\n  target: dev\n  outputs:\n    dev:\n      {target(folder)}\n")
    caught = Caught()
    told = {
        "OPENLINEAGE_URL": caught.url,
        "OPENLINEAGE_API_KEY": KEY,
        "OPENLINEAGE_NAMESPACE": "nightly",
        "DBT_PROFILES_DIR": str(folder),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    tools = pathlib.Path(sys.executable).parent
    env = {**os.environ, **told, "PATH": f"{tools}:{os.environ['PATH']}"}
    for command in (["dbt", "seed"], ["dbt-ol", "run"], ["dbt-ol", "snapshot"], ["dbt-ol", "test"]):
        subprocess.run([tools / command[0], *command[1:]], cwd=folder, env=env, check=False)
    packages = ["openlineage-dbt", "openlineage-python", "openlineage-sql", "dbt-core", f"dbt-{adapter}"]
    caught.save(f"dbt-{adapter}", packages, [folder], ports, drop=("errorMessage",))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1])
