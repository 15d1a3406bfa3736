"""Airflow's provider: SQL operators over PostgreSQL in one run of a DAG, without scheduler; a task that fails; a logical
date of years ago, as in a backfill.

Needs, in the Python that runs it: apache-airflow apache-airflow-providers-openlineage apache-airflow-providers-postgres
apache-airflow-providers-common-sql; and PostgreSQL's package.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from catch import KEY, Caught
from servers import postgres

DAG = '''
import datetime
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG

def sql(task, text):
    return SQLExecuteQueryOperator(task_id=task, conn_id="shop", sql=text, autocommit=True)

with DAG("night", schedule=None, start_date=datetime.datetime(2024, 1, 1), tags=["crm"]):
    made = sql("make", "CREATE TABLE users (id int, mail text, team int); CREATE TABLE teams (id int, name text)")
    filled = sql("fill", "INSERT INTO users VALUES (1, 'jane@example.com', 1)")
    copied = sql("copy", "CREATE TABLE mails AS SELECT mail, name FROM users JOIN teams ON teams.id = users.team")
    wide = sql("wide", "CREATE TABLE wide AS SELECT u.mail, t.* FROM users u, teams t")
    emptied = sql("empty", "TRUNCATE TABLE mails")
    dropped = sql("drop", "DROP TABLE wide")
    failed = sql("fail", "INSERT INTO no_such_table SELECT mail FROM users")
    made >> filled >> copied >> wide >> emptied >> dropped >> failed
'''


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="airflow-"))
    (home / "dags").mkdir()
    (home / "dags" / "night.py").write_text(DAG)
    with postgres() as port:
        caught = Caught()
        transport = {"type": "http", "url": caught.url, "endpoint": "api/v1/lineage", "compression": "gzip"}
        auth = {"type": "api_key", "api_key": KEY}
        told = {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
            "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps({**transport, "auth": auth}),
            "AIRFLOW__OPENLINEAGE__NAMESPACE": "airflow",
            "AIRFLOW_CONN_SHOP": f"postgresql://desk:none@localhost:{port}/shop",
        }
        tools = pathlib.Path(sys.executable).parent
        env = {**os.environ, **told, "PATH": f"{tools}:{os.environ['PATH']}"}
        for command in (["db", "migrate"], ["dags", "reserialize"], ["dags", "test", "night", "2024-07-11"]):
            subprocess.run([tools / "airflow", *command], cwd=home, env=env, check=False)
        packages = ["apache-airflow", "apache-airflow-providers-openlineage", "apache-airflow-providers-postgres"]
        drop = ("errorMessage", "airflow", "debug", "unknownSourceAttribute", "airflowDagRun", "airflowState")
        caught.save("airflow", packages, [home], {port: 5432}, drop=drop)
    shutil.rmtree(home)


if __name__ == "__main__":
    main()
