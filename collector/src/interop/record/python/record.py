"""The common scenario (../README.md) through the OpenTelemetry SDK for Python, configured by OTEL_EXPORTER_OTLP_*."""

import json
import os

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

if os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

TOKEN = "ps1.k1.AAAAAAAAAAAAAAAAAAAAAA"

resource = Resource.create({"service.name": "checkout", "service.namespace": "shop", "service.version": "1.0"})
provider = TracerProvider(resource=resource)
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("interop", "1.2.3")


def start(name, kind, parent, attributes, links=()):
    context = None if parent is None else trace.set_span_in_context(parent)
    return tracer.start_span(name, context=context, kind=kind, attributes=attributes, links=links)


order = start(
    "POST /orders ✓",
    SpanKind.SERVER,
    None,
    {"http.request.method": "POST", "http.route": "/orders", "http.response.status_code": 200},
)
agent = start(
    "invoke_agent clerk",
    SpanKind.INTERNAL,
    order,
    {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "clerk"},
)
start(
    "chat gpt-5",
    SpanKind.CLIENT,
    agent,
    {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.stream": True,
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.response.finish_reasons": ["stop", "length"],
        "gen_ai.input.messages": "a prompt that must not be kept",
        "server.address": "api.openai.com",
        "server.port": 443,
    },
).end()
agent.end()
start(
    "SELECT shop",
    SpanKind.CLIENT,
    order,
    {
        "db.system.name": "postgresql",
        "db.namespace": "shop",
        "db.query.text": "SELECT id, total FROM orders WHERE customer_id = 48213",
        "server.address": "db.internal",
        "server.port": 5432,
        "vestige.subject.tokens": [TOKEN],
        "vestige.purpose": "essential.service",
        "": "a key without a name",
    },
).end()
send = start(
    "send receipts",
    SpanKind.PRODUCER,
    order,
    {
        "messaging.system": "kafka",
        "messaging.operation.type": "send",
        "messaging.destination.name": "receipts",
        "messaging.kafka.offset": 9007199254740993,
        "server.address": "kafka.internal",
        "server.port": 9092,
    },
)
send.end()
order.end()
process = start(
    "process receipts",
    SpanKind.CONSUMER,
    None,
    {
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.destination.name": "receipts",
        "server.address": "kafka.internal",
        "server.port": 9092,
    },
    [Link(send.get_span_context(), {"vestige.subject.tokens": [TOKEN]})],
)
process.add_event("exception", {"exception.type": "Refused", "exception.message": "must not be kept"})
process.set_status(Status(StatusCode.ERROR, "must not be kept"))
process.end()

provider.force_flush()
provider.shutdown()
ids = (span.get_span_context().trace_id for span in (order, process))
print(json.dumps(dict(zip(("order", "process"), (format(id, "032x") for id in ids)))))
