"""Agent frameworks of Python that trace themselves: FastMCP (in the MCP convention) and Pydantic AI (in the GenAI one).

Needs, in the Python that runs it: opentelemetry-sdk fastmcp pydantic-ai-slim
"""

import asyncio
import importlib.metadata
import sys

from opentelemetry import trace

from spans import provider, write

trace.set_tracer_provider(provider)
MAIL = "jane@example.com"


def fastmcp():
    from fastmcp import Client, FastMCP

    shop = FastMCP("shop")

    @shop.tool
    def find_orders(mail: str) -> str:
        return f"{mail}: a lamp"

    @shop.resource("postgres://db.internal/shop/people")
    def people() -> str:
        return "Jane Doe"

    @shop.prompt
    def greet(name: str) -> str:
        return f"Greet {name}"

    async def work():
        async with Client(shop) as client:
            await client.list_tools()
            await client.call_tool("find_orders", {"mail": MAIL})
            await client.read_resource("postgres://db.internal/shop/people")
            await client.get_prompt("greet", {"name": "Jane Doe"})
            await client.call_tool("find_orders", {}, raise_on_error=False)

    asyncio.run(work())
    return ["fastmcp"]


def pydantic_ai():
    from pydantic_ai import Agent
    from pydantic_ai.models.test import TestModel

    Agent.instrument_all()
    agent = Agent(TestModel(), name="support", instructions="You help Jane Doe.")

    @agent.tool_plain
    def find_orders(mail: str) -> str:
        return f"{mail}: a lamp"

    agent.run_sync(f"What did {MAIL} order?")
    return ["pydantic-ai-slim"]


packages = globals()[sys.argv[1]]()
write([f"{name} {importlib.metadata.version(name)}" for name in packages])
