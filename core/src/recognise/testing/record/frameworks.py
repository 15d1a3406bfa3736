"""Agent frameworks of Python, each under an instrumentation: `python frameworks.py crewai openinference`.

Every one does the same work: an agent `support` is asked what Jane ordered, calls the tool `find_orders` and answers.
Each needs a Python of its own with opentelemetry-sdk, opentelemetry-instrumentation-httpx and what PACKAGES names.
"""

import asyncio
import importlib
import importlib.metadata
import json
import os
import sys

from opentelemetry import trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

from model_server import MAIL, start_model_server
from spans import provider, write

# `agents.py` beside this would pass for the SDK of that name.
sys.path.pop(0)
trace.set_tracer_provider(provider)
# Nobody calls home from a recording.
os.environ |= {
    "AGNO_TELEMETRY": "false",
    "CREWAI_DISABLE_TELEMETRY": "true",
    "CREWAI_TRACING_ENABLED": "false",
    "HAYSTACK_TELEMETRY_ENABLED": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "true",
}
QUESTION = f"What did Jane Doe ({MAIL}) order?"
INSTRUCTIONS = "You help Jane Doe."


def find_orders(mail: str) -> str:
    """Finds a person's orders.

    Args:
        mail: The person's address.
    """
    return f"{mail}: a lamp for Jane Doe"


def openai_url():
    url = f"{start_model_server('api.openai.com')}/v1"
    os.environ |= {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": url, "OPENAI_API_BASE": url}
    return url


def openai_agents():
    openai_url()
    from agents import Agent, Runner, function_tool, trace as agents_trace

    billing = Agent(name="billing", model="gpt-5", instructions=INSTRUCTIONS)
    support = Agent(
        name="support", model="gpt-5", instructions=INSTRUCTIONS, tools=[function_tool(find_orders)], handoffs=[billing]
    )
    with agents_trace("answer", group_id="thread-7"):
        Runner.run_sync(support, QUESTION)


def langgraph():
    openai_url()
    from langchain.agents import create_agent
    from langchain_openai import ChatOpenAI

    support = create_agent(ChatOpenAI(model="gpt-5"), [find_orders], system_prompt=INSTRUCTIONS, name="support")
    support.invoke({"messages": [("user", QUESTION)]}, {"configurable": {"thread_id": "thread-7"}})


def google_adk():
    os.environ |= {"GOOGLE_API_KEY": "none", "GOOGLE_GEMINI_BASE_URL": start_model_server("generativelanguage.googleapis.com")}
    from google.adk.agents import Agent
    from google.adk.runners import InMemoryRunner
    from google.genai import types

    support = Agent(name="support", model="gemini-3-pro", instruction=INSTRUCTIONS, tools=[find_orders])
    runner = InMemoryRunner(agent=support, app_name="desk")

    async def work():
        session = await runner.session_service.create_session(app_name="desk", user_id=MAIL)
        message = types.Content(role="user", parts=[types.Part(text=QUESTION)])
        async for _ in runner.run_async(user_id=MAIL, session_id=session.id, new_message=message):
            pass

    asyncio.run(work())


def crewai():
    openai_url()
    from crewai import LLM, Agent, Crew, Task
    from crewai.tools import tool

    support = Agent(
        role="support", goal="Help Jane Doe", backstory=INSTRUCTIONS, tools=[tool(find_orders)], llm=LLM(model="gpt-5")
    )
    task = Task(description=QUESTION, expected_output="what Jane Doe ordered", agent=support, name="answer")
    Crew(name="desk", agents=[support], tasks=[task]).kickoff()


def llama_index():
    openai_url()
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.agent.workflow import FunctionAgent
    from llama_index.embeddings.openai import OpenAIEmbedding
    from llama_index.llms.openai import OpenAI

    model = OpenAI(model="gpt-4o", max_retries=0)
    support = FunctionAgent(name="support", tools=[find_orders], llm=model, system_prompt=INSTRUCTIONS, streaming=False)

    async def work():
        await support.run(QUESTION)

    asyncio.run(work())
    index = VectorStoreIndex.from_documents([Document(text="Jane Doe: a lamp")], embed_model=OpenAIEmbedding())
    index.as_query_engine(llm=model).query(QUESTION)


def haystack():
    openai_url()
    from haystack.components.agents import Agent
    from haystack.components.generators.chat import OpenAIChatGenerator
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
    from haystack import Document, Pipeline
    from haystack.dataclasses import ChatMessage
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack.tools import create_tool_from_function

    tools = [create_tool_from_function(find_orders)]
    support = Agent(chat_generator=OpenAIChatGenerator(model="gpt-5"), tools=tools, system_prompt=INSTRUCTIONS)
    people = InMemoryDocumentStore()
    people.write_documents([Document(content="Jane Doe: a lamp")])
    desk = Pipeline()
    desk.add_component("people", InMemoryBM25Retriever(people))
    desk.add_component("support", support)
    desk.run({"people": {"query": QUESTION}, "support": {"messages": [ChatMessage.from_user(QUESTION)]}})


def strands():
    openai_url()
    from strands import Agent, tool
    from strands.models.openai import OpenAIModel

    support = Agent(name="support", model=OpenAIModel(model_id="gpt-5"), tools=[tool(find_orders)], system_prompt=INSTRUCTIONS)
    support(QUESTION)


def smolagents():
    url = openai_url()
    from smolagents import OpenAIModel, ToolCallingAgent, tool

    model = OpenAIModel(model_id="gpt-5", api_base=url, api_key="none")
    ToolCallingAgent(name="support", description=INSTRUCTIONS, tools=[tool(find_orders)], model=model).run(QUESTION)


def agno():
    openai_url()
    from agno.agent import Agent
    from agno.models.openai import OpenAIChat

    support = Agent(name="support", model=OpenAIChat(id="gpt-5"), tools=[find_orders], instructions=INSTRUCTIONS)
    support.run(QUESTION, session_id="thread-7", user_id=MAIL)


def agent_framework():
    openai_url()
    from agent_framework import Agent
    from agent_framework.observability import enable_instrumentation
    from agent_framework.openai import OpenAIChatClient

    enable_instrumentation(enable_sensitive_data=True)
    support = Agent(OpenAIChatClient(model="gpt-5"), INSTRUCTIONS, name="support", tools=[find_orders])
    asyncio.run(support.run(QUESTION))


def semantic_kernel():
    openai_url()
    os.environ |= {
        "SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS": "true",
        "SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS_SENSITIVE": "true",
    }
    from semantic_kernel.agents import ChatCompletionAgent
    from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
    from semantic_kernel.functions import kernel_function

    class Desk:
        @kernel_function
        def find_orders(self, mail: str) -> str:
            return find_orders(mail)

    model = OpenAIChatCompletion(ai_model_id="gpt-5")
    support = ChatCompletionAgent(name="support", service=model, instructions=INSTRUCTIONS, plugins=[Desk()])
    asyncio.run(support.get_response(QUESTION))


def autogen():
    openai_url()
    from autogen_agentchat.agents import AssistantAgent
    from autogen_agentchat.teams import RoundRobinGroupChat
    from autogen_ext.models.openai import OpenAIChatCompletionClient

    model = OpenAIChatCompletionClient(model="gpt-4o")
    support = AssistantAgent("support", model_client=model, tools=[find_orders], system_message=INSTRUCTIONS)
    asyncio.run(RoundRobinGroupChat([support], max_turns=1).run(task=QUESTION))


def anthropic():
    from anthropic import Anthropic

    client = Anthropic(api_key="none", base_url=start_model_server("api.anthropic.com"))
    asked = {"model": "claude-opus-5", "max_tokens": 99, "messages": [{"role": "user", "content": QUESTION}]}
    client.messages.create(**asked, system=INSTRUCTIONS)
    with client.messages.stream(**asked) as stream:
        stream.get_final_message()


def mistral():
    url = start_model_server("api.mistral.ai")
    try:
        from mistralai import Mistral
    except ImportError:
        from mistralai.client import Mistral

    client = Mistral(api_key="none", server_url=url)
    client.chat.complete(model="mistral-large", messages=[{"role": "user", "content": QUESTION}])


def google_genai():
    from google import genai

    url = start_model_server("generativelanguage.googleapis.com")
    client = genai.Client(api_key="none", http_options={"base_url": url})
    client.models.generate_content(model="gemini-3-pro", contents=QUESTION)
    client.models.embed_content(model="gemini-embedding-2", contents=QUESTION)


def litellm():
    openai_url()
    import litellm as library

    library.completion(model="openai/gpt-5", messages=[{"role": "user", "content": QUESTION}], user=MAIL)
    library.embedding(model="openai/text-embedding-4", input=[QUESTION])


def bedrock():
    import boto3

    url = start_model_server("bedrock-runtime.eu-central-1.amazonaws.com")
    session = boto3.Session("none", "none", region_name="eu-central-1")
    client = session.client("bedrock-runtime", endpoint_url=url)
    question = [{"role": "user", "content": [{"text": QUESTION}]}]
    client.converse(modelId="anthropic.claude-opus-5", messages=question, system=[{"text": INSTRUCTIONS}])


def claude_agent():
    from claude_agent_sdk import ClaudeAgentOptions, query

    async def work():
        options = ClaudeAgentOptions(model="claude-opus-5", system_prompt=INSTRUCTIONS)
        async for _ in query(prompt=QUESTION, options=options, transport=Claude()):
            pass

    asyncio.run(work())


class Claude:
    """What the SDK's own program says while it works: it is that program which calls the model."""

    def __init__(self):
        self.waiting = asyncio.Queue()

    async def connect(self):
        pass

    async def write(self, data):
        asked = json.loads(data)
        if asked.get("type") == "control_request":
            answer = {"subtype": "success", "request_id": asked["request_id"], "response": {}}
            await self.waiting.put({"type": "control_response", "response": answer})
        elif asked.get("type") == "user":
            for message in self.run():
                await self.waiting.put(message)

    def run(self):
        head = {"session_id": "thread-7", "uuid": "u", "parent_tool_use_id": None}
        use = {"type": "tool_use", "id": "toolu_1", "name": "find_orders", "input": {"mail": MAIL}}
        result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "Jane Doe: a lamp"}
        text = {"type": "text", "text": "Jane Doe has one order."}
        said = {"model": "claude-opus-5", "id": "m", "role": "assistant", "usage": {"input_tokens": 9, "output_tokens": 3}}
        yield head | {"type": "system", "subtype": "init", "model": "claude-opus-5", "tools": [], "cwd": "/desk"}
        yield head | {"type": "assistant", "message": said | {"content": [use]}}
        yield head | {"type": "user", "message": {"role": "user", "content": [result]}}
        yield head | {"type": "assistant", "message": said | {"content": [text]}}
        numbers = {"duration_ms": 5, "duration_api_ms": 4, "num_turns": 2, "total_cost_usd": 0.01}
        yield head | numbers | {"type": "result", "subtype": "success", "is_error": False, "result": text["text"], "usage": said["usage"]}

    async def read_messages(self):
        while True:
            message = await self.waiting.get()
            yield message
            if message["type"] == "result":
                return

    async def end_input(self):
        pass

    async def close(self):
        pass

    def is_ready(self):
        return True


# What a framework is to be installed with, its own name first.
PACKAGES = {
    "openai_agents": ["openai-agents"],
    "langgraph": ["langgraph", "langchain", "langchain-openai"],
    "google_adk": ["google-adk"],
    "crewai": ["crewai"],
    "llama_index": ["llama-index-core", "llama-index-llms-openai", "llama-index-embeddings-openai"],
    "haystack": ["haystack-ai"],
    "strands": ["strands-agents", "openai"],
    "smolagents": ["smolagents", "openai"],
    "agno": ["agno", "openai"],
    "agent_framework": ["agent-framework-core", "agent-framework-openai"],
    "semantic_kernel": ["semantic-kernel"],
    "autogen": ["autogen-agentchat", "autogen-ext", "openai", "tiktoken"],
    "anthropic": ["anthropic"],
    "mistral": ["mistralai"],
    "google_genai": ["google-genai"],
    "litellm": ["litellm"],
    "bedrock": ["boto3"],
    "claude_agent": ["claude-agent-sdk"],
}

# Package, module and class of each; a framework that traces itself has none.
INSTRUMENTORS = {
    "openinference": {
        "openai_agents": ("openai-agents", "openai_agents:OpenAIAgentsInstrumentor"),
        "openai_agents_client": ("openai", "openai:OpenAIInstrumentor"),
        "langgraph": ("langchain", "langchain:LangChainInstrumentor"),
        "crewai": ("crewai", "crewai:CrewAIInstrumentor"),
        "llama_index": ("llama-index", "llama_index:LlamaIndexInstrumentor"),
        "haystack": ("haystack", "haystack:HaystackInstrumentor"),
        "smolagents": ("smolagents", "smolagents:SmolagentsInstrumentor"),
        "agno": ("agno", "agno:AgnoInstrumentor"),
        "anthropic": ("anthropic", "anthropic:AnthropicInstrumentor"),
        "mistral": ("mistralai", "mistralai:MistralAIInstrumentor"),
        "litellm": ("litellm", "litellm:LiteLLMInstrumentor"),
        "claude_agent": ("claude-agent-sdk", "claude_agent_sdk:ClaudeAgentSDKInstrumentor"),
    },
    "traceloop": {
        "openai_agents": ("openai-agents", "openai_agents:OpenAIAgentsInstrumentor"),
        "langgraph": ("langchain", "langchain:LangchainInstrumentor"),
        "crewai": ("crewai", "crewai:CrewAIInstrumentor"),
        "llama_index": ("llamaindex", "llamaindex:LlamaIndexInstrumentor"),
        "anthropic": ("anthropic", "anthropic:AnthropicInstrumentor"),
    },
    "otel": {
        "openai_agents": ("genai-openai-agents", "genai.openai_agents:OpenAIAgentsInstrumentor"),
        "openai_agents_client": ("genai-openai", "genai.openai:OpenAIInstrumentor"),
        "langgraph": ("genai-langchain", "genai.langchain:LangChainInstrumentor"),
        "anthropic": ("genai-anthropic", "genai.anthropic:AnthropicInstrumentor"),
        "google_genai": ("google-genai", "google_genai:GoogleGenAiSdkInstrumentor"),
        "bedrock": ("botocore", "botocore:BotocoreInstrumentor"),
    },
    "itself": {},
    # The same in a version of before, installed for it (`google-adk==1.14.1`).
    "old": {},
}

# Of packages; modules of all but OpenInference lie in `opentelemetry`.
PREFIX = {"openinference": "openinference", "traceloop": "opentelemetry", "otel": "opentelemetry"}


def instrument(framework, convention):
    """Starts the instrumentations of a framework and of the model's client under it, and gives their packages."""
    found = [INSTRUMENTORS[convention][one] for one in (framework, f"{framework}_client") if one in INSTRUMENTORS[convention]]
    return [start(convention, package, *place.split(":")) for package, place in found]


def start(convention, package, module, name):
    root = "openinference" if convention == "openinference" else "opentelemetry"
    instrumentor = getattr(importlib.import_module(f"{root}.instrumentation.{module}"), name)
    instrumentor().instrument(tracer_provider=provider)
    return f"{PREFIX[convention]}-instrumentation-{package}"


if __name__ == "__main__":
    framework, convention = sys.argv[1:3]
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    packages = [PACKAGES[framework][0], *instrument(framework, convention)]
    # What comes before an agent's own spans in production; it is not kept.
    with trace.get_tracer("recorder").start_as_current_span("request"):
        globals()[framework]()
    write([f"{name} {importlib.metadata.version(name)}" for name in packages])
