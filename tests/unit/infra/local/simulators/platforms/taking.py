"""An application's web server, which takes the webhooks and callbacks of simulated platforms."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from infra.local.simulators.serving import Server


@dataclass
class Application:
    """An application's web server: what it got, and what it answers to a POST."""

    url: str = ""
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    verify_token: str = "token"


class _Takes(BaseHTTPRequestHandler):
    def __init__(self, application: Application, *arguments: Any) -> None:
        self._application = application
        super().__init__(*arguments)

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        is_right = query.get("hub.verify_token") == self._application.verify_token
        self._answer(200, query["hub.challenge"] if is_right else "no")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._application.got.append((self.path, dict(self.headers.items()), body))
        self._answer(
            self._application.status, json.dumps({"url": "https://a.example", "confirmation_code": "c"})
        )

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def taking() -> Iterator[Application]:
    found = Application()
    server = Server(("127.0.0.1", 0), partial(_Takes, found))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()
