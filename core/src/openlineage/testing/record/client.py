"""openlineage-python: every kind of event, every facet that we read, its transport with gzip, key, batch and retries.

Needs, in the Python that runs it: openlineage-python
"""

import datetime
import uuid

from catch import KEY, Caught
from openlineage.client import OpenLineageClient, facet_v2
from openlineage.client.event_v2 import (
    Dataset,
    DatasetEvent,
    InputDataset,
    Job,
    JobEvent,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
)
from openlineage.client.naming import dataset as naming
from openlineage.client.transport.http import HttpConfig, HttpTransport
from openlineage.client.uuid import generate_new_uuid

PRODUCER = "https://example.com/recorder"
AT = datetime.datetime.now(datetime.timezone.utc)


def at(seconds):
    return (AT + datetime.timedelta(seconds=seconds)).isoformat()


def main():
    caught = Caught(refuse=1)
    config = {
        "type": "http",
        "url": caught.url,
        "compression": "gzip",
        "auth": {"type": "api_key", "apiKey": KEY},
        "retry": {"total": 3, "backoff_factor": 0.01, "status_forcelist": [500, 502, 503, 504], "allowed_methods": ["POST"]},
    }
    client = OpenLineageClient(transport=HttpTransport(HttpConfig.from_dict(config)))
    for event in events():
        client.emit(event)
    client.close()
    caught.save("openlineage-python", ["openlineage-python"])


def table(of, name, facets=None):
    named = naming.Postgres("db.example.com", "5432", "shop", "public", name)
    return of(namespace=named.get_namespace(), name=named.get_name(), facets=facets or {})


def field(name, column, **transformation):
    dataset = table(Dataset, name)
    of = facet_v2.column_lineage_dataset
    told = [of.Transformation(**transformation)] if transformation else []
    return of.InputField(namespace=dataset.namespace, name=dataset.name, field=column, transformations=told)


def events():
    of = facet_v2
    fields = of.schema_dataset.SchemaDatasetFacetFields
    parent = of.parent_run.ParentRunFacet(
        run=of.parent_run.Run(runId=str(generate_new_uuid())),
        job=of.parent_run.Job(namespace="nightly", name="everything"),
        root=of.parent_run.Root(
            run=of.parent_run.RootRun(runId=str(generate_new_uuid())),
            job=of.parent_run.RootJob(namespace="scheduler", name="night"),
        ),
    )
    run = Run(
        runId=str(generate_new_uuid()),
        facets={
            "nominalTime": of.nominal_time_run.NominalTimeRunFacet(nominalStartTime=at(-3600), nominalEndTime=at(0)),
            "parent": parent,
            "tags": of.tags_run.TagsRunFacet(tags=[of.tags_run.TagsRunFacetFields("team", "crm", "USER")]),
        },
    )
    job = Job(
        namespace="nightly",
        name="copy",
        facets={
            "jobType": of.job_type_job.JobTypeJobFacet(processingType="BATCH", integration="NONE", jobType="JOB"),
            "ownership": of.ownership_job.OwnershipJobFacet(owners=[of.ownership_job.Owner(name="jane@example.com")]),
            "sql": of.sql_job.SQLJobFacet(query="INSERT INTO mails SELECT mail FROM users WHERE mail <> 'jane@example.com'"),
        },
    )
    users = table(
        InputDataset,
        "users",
        {
            "schema": of.schema_dataset.SchemaDatasetFacet(fields=[fields(name="mail", type="text"), fields(name="id")]),
            "tags": of.tags_dataset.TagsDatasetFacet(
                tags=[of.tags_dataset.TagsDatasetFacetFields("classification", "PII", "CONFIG", "mail")]
            ),
            "symlinks": of.symlinks_dataset.SymlinksDatasetFacet(
                identifiers=[of.symlinks_dataset.Identifier("hive://meta.example.com:9083", "crm.users", "TABLE")]
            ),
            "ownership": of.ownership_dataset.OwnershipDatasetFacet(owners=[of.ownership_dataset.Owner(name="jane@example.com")]),
        },
    )
    change = of.lifecycle_state_change_dataset
    column = of.column_lineage_dataset
    mails = table(
        OutputDataset,
        "mails",
        {
            "schema": of.schema_dataset.SchemaDatasetFacet(fields=[fields(name="mail"), fields(name="hash")]),
            "lifecycleStateChange": change.LifecycleStateChangeDatasetFacet(change.LifecycleStateChange.OVERWRITE),
            "columnLineage": column.ColumnLineageDatasetFacet(
                fields={
                    "mail": column.Fields(inputFields=[field("users", "mail", type="DIRECT", subtype="IDENTITY")]),
                    "hash": column.Fields(
                        inputFields=[field("users", "id", type="DIRECT", subtype="TRANSFORMATION", masking=True)]
                    ),
                },
                dataset=[field("orders", "user_id", type="INDIRECT", subtype="JOIN")],
            ),
        },
    )
    orders = table(InputDataset, "orders")
    yield RunEvent(eventType=RunState.START, eventTime=at(0), run=run, job=job, producer=PRODUCER, inputs=[users, orders])
    yield RunEvent(eventType=RunState.RUNNING, eventTime=at(1), run=run, job=job, producer=PRODUCER)
    yield RunEvent(
        eventType=RunState.COMPLETE,
        eventTime=at(2),
        run=run,
        job=job,
        producer=PRODUCER,
        inputs=[users, orders],
        outputs=[mails],
    )
    yield RunEvent(eventType=RunState.OTHER, eventTime=at(3), run=run, job=job, producer=PRODUCER)

    emptying = Run(runId=str(uuid.uuid4()))
    emptied = table(
        OutputDataset, "mails", {"lifecycleStateChange": change.LifecycleStateChangeDatasetFacet(change.LifecycleStateChange.TRUNCATE)}
    )
    clear = Job(namespace="nightly", name="clear")
    for second, state in ((4, RunState.START), (5, RunState.FAIL)):
        yield RunEvent(eventType=state, eventTime=at(second), run=emptying, job=clear, producer=PRODUCER, outputs=[emptied])
    aborted = Run(runId=str(uuid.uuid4()))
    yield RunEvent(eventType=RunState.ABORT, eventTime=at(6), run=aborted, job=clear, producer=PRODUCER, outputs=[emptied])

    renamed = change.LifecycleStateChangeDatasetFacet(
        change.LifecycleStateChange.RENAME,
        previousIdentifier=change.PreviousIdentifier(name="shop.public.mails", namespace="postgres://db.example.com:5432"),
    )
    yield DatasetEvent(eventTime=at(7), producer=PRODUCER, dataset=table(Dataset, "mails_old", {"lifecycleStateChange": renamed}))
    dropped = change.LifecycleStateChangeDatasetFacet(change.LifecycleStateChange.DROP)
    yield DatasetEvent(eventTime=at(8), producer=PRODUCER, dataset=table(Dataset, "mails_old", {"lifecycleStateChange": dropped}))
    yield JobEvent(eventTime=at(9), producer=PRODUCER, job=job, inputs=[users], outputs=[mails])

    # The same store by each of the client's own names.
    named = [
        naming.Athena("eu-west-1", "AwsDataCatalog", "crm", "users"),
        naming.AWSGlue("eu-west-1", "123456789012", "crm", "users"),
        naming.AzureCosmosDB("desk.documents.azure.com", "shop", "people"),
        naming.BigQuery("proj", "crm", "users"),
        naming.Cassandra("db", "9042", "crm", "users"),
        naming.DB2("db", "50000", "SHOP", "CRM", "USERS"),
        naming.HDFS("name", "8020", "/data/users"),
        naming.Hive("meta", "9083", "crm", "users"),
        naming.Kafka("broker", "9092", "orders"),
        naming.LocalFileSystem("/data/users.csv"),
        naming.MySQL("db", "3306", "shop", "users"),
        naming.Oracle("db", "1521", "XE", "HR", "EMPLOYEES"),
        naming.Redshift("lake", "eu-west-1", "5439", "dev", "crm", "users"),
        naming.Snowflake("acme", "analytics", "SHOP", "CRM", "USERS"),
        naming.Teradata("db", "1025", "shop", "users"),
        naming.Trino("db", "8080", "hive", "crm", "users"),
        naming.ABFSS("lake", "acme", "users"),
        naming.WASBS("lake", "acme", "users"),
        naming.GCS("lake", "users"),
        naming.S3("lake", "users"),
        naming.PubSubNaming(naming.PubSubResourceType.TOPIC, "p", "orders"),
    ]
    inputs = [InputDataset(namespace=one.get_namespace(), name=one.get_name()) for one in named]
    everywhere = Job(namespace="nightly", name="everywhere")
    yield RunEvent(
        eventType=RunState.COMPLETE, eventTime=at(10), run=Run(str(generate_new_uuid())), job=everywhere, producer=PRODUCER, inputs=inputs
    )


if __name__ == "__main__":
    main()
