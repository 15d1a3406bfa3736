"""Clients of services that trace themselves, answered by small servers here.

Needs, in the Python that runs it:
  opentelemetry-sdk azure-cosmos azure-core-tracing-opentelemetry a2a-sdk[telemetry]
"""

import asyncio
import importlib.metadata
import socket
import sys

from answers import answer_json
from opentelemetry import trace
from spans import provider, write

MAIL = "jane@example.com"


def pretend(host):
    """A host that answers from this machine, so that spans name the host that they would name in production."""
    real = socket.getaddrinfo
    socket.getaddrinfo = lambda name, *rest, **more: real("127.0.0.1" if name == host else name, *rest, **more)
    return host


def cosmos():
    from azure.core.settings import settings

    settings.tracing_implementation = "opentelemetry"
    trace.set_tracer_provider(provider)
    from azure.cosmos import CosmosClient

    account = {
        "writableLocations": [],
        "readableLocations": [],
        "consistencyPolicy": {"defaultConsistencyLevel": "Session"},
        "enableMultipleWriteLocations": False,
        "_rid": "a",
        "id": "4711",
        "mail": MAIL,
        "Documents": [{"id": "4711", "mail": MAIL}],
        "_count": 1,
        "partitionKey": {"paths": ["/id"], "kind": "Hash", "version": 2},
        "PartitionKeyRanges": [{"id": "0", "minInclusive": "", "maxExclusive": "FF"}],
    }
    port = answer_json(58_141, lambda path: account, status=lambda method, path: 204 if method == "DELETE" else 200)
    client = CosmosClient(f"http://{pretend('desk.documents.azure.com')}:{port}", credential="bm9uZQ==", enable_endpoint_discovery=False)
    people = client.get_database_client("shop").get_container_client("people")
    person = {"id": "4711", "mail": MAIL}
    people.create_item(person)
    people.upsert_item(person)
    people.read_item("4711", partition_key="4711")
    list(people.query_items(f"SELECT * FROM c WHERE c.mail = '{MAIL}'", partition_key="4711"))
    people.replace_item("4711", person)
    people.patch_item("4711", partition_key="4711", patch_operations=[{"op": "remove", "path": "/mail"}])
    people.delete_item("4711", partition_key="4711")
    client.get_database_client("shop").delete_container("people")
    return ["azure-cosmos", "azure-core-tracing-opentelemetry"]


packages = globals()[sys.argv[1]]()
write([f"{name} {importlib.metadata.version(name)}" for name in packages])
