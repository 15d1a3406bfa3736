"""Vector stores that run inside a Python process, under OpenLLMetry's instrumentations.

Needs, in the Python that runs it:
  opentelemetry-sdk opentelemetry-instrumentation-{chromadb,lancedb,milvus,qdrant} chromadb lancedb pymilvus milvus-lite qdrant-client
"""

import importlib.metadata
import os
import sys
import tempfile

from spans import provider, write

MAIL = "jane@example.com"


def chroma(provider):
    from opentelemetry.instrumentation.chromadb import ChromaInstrumentor

    ChromaInstrumentor().instrument(tracer_provider=provider)
    import chromadb

    people = chromadb.EphemeralClient().get_or_create_collection("people")
    people.add(ids=[MAIL], embeddings=[[0.1, 0.2]], documents=["Jane Doe"])
    people.query(query_embeddings=[[0.1, 0.2]], n_results=1)
    people.get(ids=[MAIL])
    people.update(ids=[MAIL], documents=["Jane"], embeddings=[[0.1, 0.3]])
    people.upsert(ids=[MAIL], embeddings=[[0.1, 0.2]])
    people.peek()
    people.delete(ids=[MAIL])
    return ["chromadb", "opentelemetry-instrumentation-chromadb"]


def lancedb(provider):
    from opentelemetry.instrumentation.lancedb import LanceInstrumentor

    LanceInstrumentor().instrument(tracer_provider=provider)
    import lancedb

    database = lancedb.connect(tempfile.mkdtemp())
    people = database.create_table("people", data=[{"vector": [0.1, 0.2], "mail": MAIL}])
    people.add([{"vector": [0.3, 0.2], "mail": "john@example.com"}])
    people.search([0.1, 0.2]).limit(1).to_list()
    people.delete(f"mail = '{MAIL}'")
    return ["lancedb", "opentelemetry-instrumentation-lancedb"]


def milvus(provider):
    from opentelemetry.instrumentation.milvus import MilvusInstrumentor

    MilvusInstrumentor().instrument(tracer_provider=provider)
    from pymilvus import MilvusClient

    client = MilvusClient(os.path.join(tempfile.mkdtemp(), "milvus.db"))
    row = {"id": 1, "vector": [0.1, 0.2], "mail": MAIL}
    client.create_collection(collection_name="people", dimension=2)
    client.insert(collection_name="people", data=[row])
    client.upsert(collection_name="people", data=[row])
    client.search(collection_name="people", data=[[0.1, 0.2]], limit=1)
    client.query(collection_name="people", filter=f"mail == '{MAIL}'")
    client.get(collection_name="people", ids=[1])
    client.delete(collection_name="people", ids=[1])
    return ["pymilvus", "milvus-lite", "opentelemetry-instrumentation-milvus"]


def qdrant(provider):
    from opentelemetry.instrumentation.qdrant import QdrantInstrumentor

    QdrantInstrumentor().instrument(tracer_provider=provider)
    from qdrant_client import QdrantClient, models

    client = QdrantClient(":memory:")
    size = models.VectorParams(size=2, distance=models.Distance.COSINE)
    client.create_collection("people", vectors_config=size)
    point = models.PointStruct(id=1, vector=[0.1, 0.2], payload={"mail": MAIL})
    client.upsert("people", points=[point])
    client.query_points("people", query=[0.1, 0.2], limit=1)
    client.scroll("people")
    client.set_payload("people", payload={"name": "Jane"}, points=[1])
    client.delete("people", points_selector=[1])
    return ["qdrant-client", "opentelemetry-instrumentation-qdrant"]


packages = globals()[sys.argv[1]](provider)
write([f"{name} {importlib.metadata.version(name)}" for name in packages])
