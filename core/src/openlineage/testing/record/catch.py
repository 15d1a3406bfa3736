"""A server that takes what OpenLineage clients send, and keeps it as a golden.

Ids become counters, times are moved so that the first event of a golden happens at one and the same instant, and folders
of the machine become `/data`, so that renewing a golden shows what the producer changed and no more.
"""

import datetime
import gzip
import importlib.metadata
import json
import pathlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOLDENS = pathlib.Path(__file__).resolve().parent.parent / "goldens"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
FIRST = datetime.datetime(2026, 11, 22, 2, tzinfo=datetime.timezone.utc)
KEY = "vst_recorder_key"


class Caught:
    """`events` in the order of their arrival, `requests` with what was asked of the server beside them."""

    def __init__(self, refuse=0):
        self.events, self.requests, self.refuse = [], [], refuse
        caught = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                size = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(size) if size else self.chunks()
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                told = json.loads(body)
                asked = ("content-type", "content-encoding", "authorization", "transfer-encoding")
                headers = {name: self.headers[name] for name in asked if self.headers.get(name)}
                caught.requests.append({"path": self.path, "headers": headers})
                if caught.refuse > 0:
                    caught.refuse -= 1
                    self.send_response(503)
                    self.send_header("retry-after", "0")
                else:
                    caught.events += told if isinstance(told, list) else [told]
                    self.send_response(201)
                self.send_header("content-length", "0")
                self.end_headers()

            def chunks(self):
                body = b""
                while size := int(self.rfile.readline() or b"0", 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                return body

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def save(self, name, packages, folders=(), ports=None, drop=()):
        """`ports`: of servers that run for the recording, by the one that they would have; `drop`: facets of no interest."""
        self.server.shutdown()
        by = [f"{one} {importlib.metadata.version(one)}" if "==" not in one else one.replace("==", " ") for one in packages]
        text = json.dumps([without(event, drop) for event in self.events])
        for folder in sorted({str(one) for one in folders}, key=len, reverse=True):
            text = text.replace(folder, "/data")
        for port, usual in (ports or {}).items():
            text = text.replace(f":{port}", f":{usual}")
        text = re.sub(r"/(?:tmp|root|work|usr|home)/[\w./@+-]*", "/data/x", text)
        ids, firsts = {}, [e["eventTime"] for e in self.events]
        start = min(parsed(one) for one in firsts)
        text = UUID.sub(lambda found: counted(ids, found, start), text)
        text = INSTANT.sub(lambda found: moved(found[0], start), text)
        file = GOLDENS / f"{name}.json"
        before = json.loads(file.read_text()) if file.exists() else {"events": []}
        judged = {key(one["event"]): one["reads"] for one in before["events"]}
        events = [{"reads": judged.get(key(event)), "event": event} for event in distinct(json.loads(text))]
        requests = distinct([{**one, "headers": masked(one["headers"])} for one in self.requests])
        golden = {"recorded": {"by": by}, "requests": requests, "moves": before.get("moves"), "events": events}
        file.write_text(json.dumps(golden, indent=2) + "\n")
        print(f"{name}: {len(events)} events")


def without(value, names):
    if isinstance(value, dict):
        return {name: without(one, names) for name, one in value.items() if name not in names}
    return [without(one, names) for one in value] if isinstance(value, list) else value


def masked(headers):
    known = headers.get("authorization")
    return {**headers, "authorization": known.split(" ")[0]} if known else headers


def distinct(values):
    seen = {json.dumps(one, sort_keys=True): one for one in values}
    return list(seen.values())


def key(event):
    job, run = event.get("job", {}), event.get("run", {})
    return json.dumps([event.get("eventType"), job.get("name"), run.get("runId"), event["eventTime"]])


def counted(ids, found, start):
    """A version 7 id keeps the version, and its instant where that is another day's: Airflow makes it of the logical date."""
    number = ids.setdefault(found[0], len(ids) + 1)
    if found[1] != "7":
        return f"00000000-0000-{found[1]}000-8000-{number:012x}"
    ms = int(found[0][:8] + found[0][9:13], 16)
    if abs(ms / 1000 - start.timestamp()) < 86_400:
        ms = int(FIRST.timestamp() * 1000)
    return f"{ms:012x}"[:8] + "-" + f"{ms:012x}"[8:] + f"-7000-8000-{number:012x}"


def parsed(text):
    instant = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return instant if instant.tzinfo else instant.replace(tzinfo=datetime.timezone.utc)


def moved(text, start):
    """As far from the first instant as it was, in whole seconds, and written as it was written."""
    try:
        seconds = round((parsed(text) - start).total_seconds())
    except ValueError:
        return text
    if abs(seconds) > 86_400 * 300:
        return text
    instant = (FIRST + datetime.timedelta(seconds=seconds)).isoformat(sep=text[10])[:19]
    fraction = re.search(r"\.(\d+)", text)
    zone = re.search(r"(?:Z|[+-]\d\d:?\d\d)$", text)
    return instant + (f".{'0' * len(fraction[1])}" if fraction else "") + (zone[0] if zone else "")
