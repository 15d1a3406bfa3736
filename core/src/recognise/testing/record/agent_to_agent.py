"""Agents that call each other by the SDK of the protocol for Python: `python agent_to_agent.py a2a_python itself|http`.

`itself`: the SDK's own spans, which name classes and methods; `http`: also the HTTP under them, on both sides.
Needs: opentelemetry-sdk opentelemetry-instrumentation-httpx opentelemetry-instrumentation-asgi a2a-sdk[http-server,telemetry] uvicorn
"""

import asyncio
import importlib.metadata
import sys
import threading
import time

import httpx
import uvicorn
from opentelemetry import trace
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

from model_server import MAIL, pretend
from spans import provider, write

trace.set_tracer_provider(provider)
with_http = sys.argv[2] == "http"
if with_http:
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)

from a2a.client import ClientConfig, create_client
from a2a.helpers import new_task_from_user_message, new_text_message
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, GetTaskRequest, Part, SendMessageRequest, TaskState
from starlette.applications import Starlette

PORT = 58_153
URL = f"http://{pretend('agents.example.com')}:{PORT}"
CARD = AgentCard(
    name="billing",
    description="Answers questions about invoices",
    version="1.0.0",
    capabilities=AgentCapabilities(streaming=True),
    default_input_modes=["text/plain"],
    default_output_modes=["text/plain"],
    supported_interfaces=[AgentInterface(protocol_binding="JSONRPC", url=f"{URL}/a2a", protocol_version="1.0")],
)


class Billing(AgentExecutor):
    async def execute(self, context, event_queue):
        task = context.current_task or new_task_from_user_message(context.message)
        await event_queue.enqueue_event(task)
        updater = TaskUpdater(event_queue=event_queue, task_id=task.id, context_id=task.context_id)
        await updater.add_artifact(parts=[Part(text="Jane Doe owes nothing.")])
        await updater.update_status(state=TaskState.TASK_STATE_COMPLETED, message=new_text_message("Done, Jane Doe."))

    async def cancel(self, context, event_queue):
        raise NotImplementedError(f"Nothing to cancel for {MAIL}.")


def serve():
    handler = DefaultRequestHandler(agent_executor=Billing(), task_store=InMemoryTaskStore(), agent_card=CARD)
    app = Starlette(routes=[*create_agent_card_routes(CARD), *create_jsonrpc_routes(handler, "/a2a")])
    if with_http:
        app = OpenTelemetryMiddleware(app, exclude_spans=["receive", "send"], tracer_provider=provider)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=PORT, log_level="warning"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)


async def ask(streaming):
    # The SDK wants the role as a number of its protocol buffers.
    from a2a.types import Message, Role

    message = Message(message_id="m-1", role=Role.Value("ROLE_USER"), parts=[Part(text=f"What does {MAIL} owe?")])
    async with httpx.AsyncClient() as http:
        client = await create_client(CARD, ClientConfig(streaming=streaming, httpx_client=http))
        found = ""
        async for answer in client.send_message(SendMessageRequest(message=message)):
            found = answer.task.id or found
        await client.get_task(GetTaskRequest(id=found))


serve()
asyncio.run(ask(streaming=with_http))
packages = ["a2a-sdk"]
if with_http:
    packages += ["opentelemetry-instrumentation-httpx", "opentelemetry-instrumentation-asgi"]
write([f"{name} {importlib.metadata.version(name)}" for name in packages])
