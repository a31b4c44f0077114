"""An API with canned answers, which the commands under test call."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Api:
    """Canned answers by (method, path); those in a list are given one after the other."""

    def __init__(self) -> None:
        self.answers: dict = {}
        self.asked: list = []
        self.url = ""

    def handler(api):  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = self.path.removeprefix("/s3") if self.path.startswith("/s3") else self.path
                api.asked.append((self.command, path, body, self.headers.get("Authorization")))
                answer = api.answers.get(
                    (self.command, path), (404, {"detail": "There is nothing at this path."})
                )
                status, found = answer.pop(0) if isinstance(answer, list) else answer
                content = json.dumps(found).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

            def log_message(self, *_):
                pass

        return Handler


@pytest.fixture
def api(monkeypatch):
    api = Api()
    server = ThreadingHTTPServer(("127.0.0.1", 0), api.handler())
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    api.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("DDP_API_URL", api.url)
    monkeypatch.setenv("DDP_TOKEN", "t-1")
    monkeypatch.setattr("time.sleep", lambda _: None)
    yield api
    server.shutdown()
    server.server_close()
