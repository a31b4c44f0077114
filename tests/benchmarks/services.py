"""A small HTTP server that stands in for S3, SQS and Secrets Manager: emulators keep files in memory."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@contextmanager
def services(file: Path) -> Iterator[str]:
    """The endpoint of services that have this one file, take every message, and know one secret."""
    services = ThreadingHTTPServer(("127.0.0.1", 0), type("Services", (_Services,), {"file": file}))
    thread = threading.Thread(target=services.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{services.server_port}"
    finally:
        services.shutdown()
        services.server_close()


class _Services(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; with Nagle's algorithm the second would wait 40 ms.
    disable_nagle_algorithm = True
    file: Path

    def do_HEAD(self) -> None:
        self._answer(200, b"", length=self.file.stat().st_size)

    def do_GET(self) -> None:
        first, last = map(int, re.findall(r"\d+", self.headers["Range"]))
        with self.file.open("rb") as content:
            content.seek(first)
            self._answer(206, content.read(last - first + 1))

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "SecretId" in request:
            answer: dict[str, Any] = {"SecretString": json.dumps({"key": "k" * 64})}
        else:
            entries = [
                {"Id": e["Id"], "MessageId": e["Id"], "MD5OfMessageBody": ""} for e in request["Entries"]
            ]
            for entry, sent in zip(entries, request["Entries"], strict=True):
                body = sent["MessageBody"].encode()
                entry["MD5OfMessageBody"] = hashlib.md5(body, usedforsecurity=False).hexdigest()
            answer = {"Successful": entries, "Failed": []}
        self._answer(200, json.dumps(answer).encode())

    def _answer(self, status: int, body: bytes, *, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
