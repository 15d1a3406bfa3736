"""A server of our own that answers every request with JSON: what a client's span says does not depend on it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def answer_json(port, answer, status=lambda method, path: 200):
    """Serves `answer(path)` on the loopback interface for as long as the process lives, and gives the port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            self.rfile.read(int(self.headers.get("content-length") or 0))
            code = status(self.command, self.path)
            body = b"" if code == 204 else json.dumps(answer(self.path)).encode()
            self.send_response(code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return port
