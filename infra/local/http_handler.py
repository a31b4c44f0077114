"""The HTTP request handler that the servers of the local runtime share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """Calls `get` for a GET request and `post` for POST, PUT and DELETE; `self.command` names the method.

    Connections are kept alive, and requests are not logged.
    """

    protocol_version = "HTTP/1.1"
    # Without these two, headers and body leave in separate packets, and each call waits 40 ms for an ACK.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.get()

    def do_POST(self) -> None:
        self.post()

    do_PUT = do_DELETE = do_POST  # noqa: N815 (names in the base class)

    def get(self) -> None:
        """Answer a GET request."""
        self.answer(b"{}", status=404)

    def post(self) -> None:
        """Answer any other request."""
        self.answer(b"{}", status=404)

    def is_addressed_by_name(self) -> bool:
        """Whether the client asks for this machine by its own name.

        A foreign page that reaches this address through a name of its own (DNS rebinding) sends that name.
        """
        port = self.connection.getsockname()[1]
        return self.headers.get("Host") in {f"127.0.0.1:{port}", f"localhost:{port}"}

    def body(self) -> bytes:
        """The request's body; empty if there is none."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(
        self,
        body: bytes,
        *,
        status: int = 200,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in {"Content-Type": content_type, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_json(self, value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Send a value as JSON; what JSON has no type for (UUIDs) becomes text."""
        self.answer(json.dumps(value, default=str).encode(), status=status, headers=headers)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name in the base class)
        """Log nothing."""
