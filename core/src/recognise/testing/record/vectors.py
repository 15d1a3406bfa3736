"""Vector stores that run inside a Python process, under OpenLLMetry's instrumentations.

Needs, in the Python that runs it:
  opentelemetry-sdk opentelemetry-instrumentation-{chromadb,lancedb,milvus,qdrant,weaviate}
  chromadb lancedb pymilvus milvus-lite qdrant-client weaviate-client

Weaviate does not run in a process of Python: it is answered by small servers here.
"""

import concurrent.futures
import importlib.metadata
import os
import sys
import tempfile
import uuid

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


def weaviate(provider):
    from opentelemetry.instrumentation.weaviate import WeaviateInstrumentor

    WeaviateInstrumentor().instrument(tracer_provider=provider)
    import grpc
    import weaviate
    from answers import answer_json
    from weaviate.proto.v1.v6300.v1 import search_get_pb2, weaviate_pb2_grpc

    class Found(weaviate_pb2_grpc.WeaviateServicer):
        def Search(self, request, context):
            return search_get_pb2.SearchReply()

    answer = lambda path: {"version": "1.30.0", "class": "People", "id": str(uuid.uuid4())}
    # A deleted object has no content, a deleted collection is just fine.
    status = lambda method, path: 204 if method == "DELETE" and "/objects/" in path else 200
    port = answer_json(58_131, answer, status)
    server = grpc.server(concurrent.futures.ThreadPoolExecutor())
    weaviate_pb2_grpc.add_WeaviateServicer_to_server(Found(), server)
    server.add_insecure_port("127.0.0.1:58132")
    server.start()
    client = weaviate.connect_to_local(host="127.0.0.1", port=port, grpc_port=58_132, skip_init_checks=True)
    person = str(uuid.uuid5(uuid.NAMESPACE_DNS, MAIL))
    people = client.collections.get("People")
    people.data.insert({"mail": MAIL}, uuid=person, vector=[0.1, 0.2])
    people.data.update(person, properties={"name": "Jane"})
    people.data.replace(person, properties={"name": "Jane Doe"})
    people.query.fetch_object_by_id(person)
    people.query.fetch_objects(limit=1)
    people.query.near_vector([0.1, 0.2], limit=1)
    people.data.delete_by_id(person)
    client.collections.delete("People")
    client.close()
    return ["weaviate-client", "opentelemetry-instrumentation-weaviate"]


packages = globals()[sys.argv[1]](provider)
write([f"{name} {importlib.metadata.version(name)}" for name in packages])
