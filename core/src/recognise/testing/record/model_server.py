"""Answers like the APIs of OpenAI, Anthropic, Google, Mistral and Bedrock: each tool is called once, then there is a text."""

import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TEXT = "Jane Doe has one order."
MAIL = "jane@example.com"
VECTOR = [0.1, 0.2]


def pretend(host):
    """A host that answers from this machine, so that spans name the host that they would name in production."""
    real = socket.getaddrinfo

    def lookup(name, *rest, **more):
        asked = name.decode() if isinstance(name, bytes) else name
        return real("127.0.0.1" if asked == host else name, *rest, **more)

    socket.getaddrinfo = lookup
    return host


def start_model_server(host, port=58_171):
    """Serves on the loopback interface for as long as the process lives, and gives `http://{host}:{port}`."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://{pretend(host)}:{port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or "{}")
        path = self.path.split("?")[0]
        streams = asked.get("stream") is True or "stream" in path.lower()
        if path.endswith("/embeddings"):
            return self.json(embeddings(asked))
        if path.endswith("/responses"):
            answer = responses(asked)
            return self.events(response_events(answer)) if streams else self.json(answer)
        if path.endswith("/messages"):
            answer = anthropic(asked)
            return self.events(anthropic_events(answer)) if streams else self.json(answer)
        if ":" in path.rsplit("/", 1)[-1]:
            answer = gemini(asked, path)
            return self.events([(None, answer)]) if streams else self.json(answer)
        if path.endswith("/converse"):
            return self.json(converse(asked))
        if path.endswith("/chat/completions"):
            answer = completion(asked)
            return self.events(completion_events(answer), last="[DONE]") if streams else self.json(answer)
        return self.json({})

    def do_GET(self):
        self.json({"data": []})

    def json(self, answer):
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def events(self, events, last=None):
        lines = [(f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n" for name, data in events]
        body = ("".join(lines) + (f"data: {last}\n\n" if last else "")).encode()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def next_tool(offered, called):
    """The first tool that was not called yet; one that ends the work (`final_answer`) comes last."""
    left = [name for name in offered if name not in called]
    return next((name for name in left if name != "final_answer"), left[0] if left else None)


def arguments(name):
    return {"answer": TEXT} if name == "final_answer" else {"mail": MAIL}


def completion(asked):
    messages = asked.get("messages", [])
    offered = [tool["function"]["name"] for tool in asked.get("tools") or []]
    called = {call["function"]["name"] for m in messages for call in m.get("tool_calls") or []}
    # Some tell of their calls as text.
    said = json.dumps([m.get("content") for m in messages if m.get("role") == "assistant"])
    tool = next_tool(offered, called | {name for name in offered if f"'name': '{name}'" in said})
    message = {"role": "assistant", "content": None if tool else TEXT}
    if tool:
        call = {"name": tool, "arguments": json.dumps(arguments(tool))}
        message["tool_calls"] = [{"id": f"call_{len(called)}", "type": "function", "function": call}]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if tool else "stop", "logprobs": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_763_800_000,
        "model": f"{asked['model']}-2026-01-01",
        "choices": [choice],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
    }


def completion_events(answer):
    choice = answer["choices"][0]
    delta = dict(choice["message"])
    for at, call in enumerate(delta.get("tool_calls") or []):
        call["index"] = at
    head = {key: answer[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    yield None, head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    yield None, head | {"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]}
    yield None, head | {"choices": [], "usage": answer["usage"]}


def responses(asked):
    given = asked.get("input") if isinstance(asked.get("input"), list) else []
    called = {item["name"] for item in given if item.get("type") == "function_call"}
    # Some send only the result of the last call, and name the answer that asked for it.
    offered = [tool["name"] for tool in asked.get("tools") or [] if "name" in tool]
    tool = None if asked.get("previous_response_id") else next_tool(offered, called)
    if tool:
        call = {"name": tool, "arguments": json.dumps(arguments(tool)), "call_id": f"call_{len(called)}"}
        output = {"type": "function_call", "id": f"fc_{len(called)}", "status": "completed"} | call
    else:
        content = [{"type": "output_text", "text": TEXT, "annotations": []}]
        output = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content}
    return {
        "id": f"resp_{len(called)}",
        "object": "response",
        "created_at": 1_763_800_000,
        "status": "completed",
        "model": f"{asked['model']}-2026-01-01",
        "output": [output],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": asked.get("tools") or [],
        "usage": {
            "input_tokens": 9,
            "output_tokens": 3,
            "total_tokens": 12,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


def response_events(answer):
    for at, item in enumerate(answer["output"]):
        yield "response.output_item.added", event("output_item.added", at, output_index=at, item=item)
        yield "response.output_item.done", event("output_item.done", at, output_index=at, item=item)
    yield "response.completed", event("completed", 9, response=answer)


def event(name, number, **more):
    return {"type": f"response.{name}", "sequence_number": number} | more


def anthropic(asked):
    parts = [part for m in asked["messages"] if isinstance(m["content"], list) for part in m["content"]]
    called = {part["name"] for part in parts if part.get("type") == "tool_use"}
    tool = next_tool([tool["name"] for tool in asked.get("tools") or []], called)
    content = (
        {"type": "tool_use", "id": f"toolu_{len(called)}", "name": tool, "input": arguments(tool)}
        if tool
        else {"type": "text", "text": TEXT}
    )
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": asked["model"],
        "content": [content],
        "stop_reason": "tool_use" if tool else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 9, "output_tokens": 3},
    }


def anthropic_events(answer):
    content = answer["content"][0]
    yield "message_start", {"type": "message_start", "message": answer | {"content": []}}
    if content["type"] == "text":
        start, delta = content | {"text": ""}, {"type": "text_delta", "text": content["text"]}
    else:
        start = content | {"input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(content["input"])}
    yield "content_block_start", {"type": "content_block_start", "index": 0, "content_block": start}
    yield "content_block_delta", {"type": "content_block_delta", "index": 0, "delta": delta}
    yield "content_block_stop", {"type": "content_block_stop", "index": 0}
    end = {"stop_reason": answer["stop_reason"], "stop_sequence": None}
    yield "message_delta", {"type": "message_delta", "delta": end, "usage": {"output_tokens": 3}}
    yield "message_stop", {"type": "message_stop"}


def gemini(asked, path):
    if "mbed" in path.rsplit(":", 1)[-1]:
        return {"embeddings": [{"values": VECTOR}]}
    parts = [part for content in asked["contents"] for part in content.get("parts", [])]
    called = {part["functionCall"]["name"] for part in parts if "functionCall" in part}
    offered = [one["name"] for tool in asked.get("tools") or [] for one in tool.get("functionDeclarations", [])]
    tool = next_tool(offered, called)
    part = {"functionCall": {"name": tool, "args": arguments(tool)}} if tool else {"text": TEXT}
    return {
        "candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 3, "totalTokenCount": 12},
        "modelVersion": re.sub(r".*/models/([^:]+):.*", r"\1", path),
        "responseId": "resp_1",
    }


def converse(asked):
    parts = [part for m in asked["messages"] for part in m["content"]]
    called = {part["toolUse"]["name"] for part in parts if "toolUse" in part}
    offered = [tool["toolSpec"]["name"] for tool in (asked.get("toolConfig") or {}).get("tools", [])]
    tool = next_tool(offered, called)
    use = {"toolUse": {"toolUseId": f"tool_{len(called)}", "name": tool, "input": arguments(tool)}}
    return {
        "output": {"message": {"role": "assistant", "content": [use if tool else {"text": TEXT}]}},
        "stopReason": "tool_use" if tool else "end_turn",
        "usage": {"inputTokens": 9, "outputTokens": 3, "totalTokens": 12},
        "metrics": {"latencyMs": 1},
    }


def embeddings(asked):
    given = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
    data = [{"object": "embedding", "index": at, "embedding": VECTOR} for at, _ in enumerate(given)]
    return {"object": "list", "model": asked["model"], "data": data, "usage": {"prompt_tokens": 2, "total_tokens": 2}}
