"""The local web server: what the issuer publishes, and the API's documentation rendered by Swagger UI.

GET /.well-known/openid-configuration, /.well-known/jwks.json, /users, /docs/; POST /token with `{"user": "brand"}`.
"""

from __future__ import annotations

import argparse
import json
import mimetypes
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from swagger_ui_bundle import swagger_ui_path

from infra.local.identity.issuer import LIFETIME_SECONDS, Issuer
from infra.local.identity.users import USERS
from infra.local.state import StateDirectory

OPENAPI = Path(__file__).parents[3] / "functions" / "openapi.json"
PAGE = Path(__file__).with_name("docs.html")


def openapi_document(state: StateDirectory) -> dict[str, Any]:
    """The checked-in document, pointed at the API of the running stack."""
    if not OPENAPI.exists():
        return {
            "openapi": "3.1.0",
            "info": {"title": "Run `ddp openapi --write` first", "version": "0"},
            "paths": {},
        }
    document: dict[str, Any] = json.loads(OPENAPI.read_text())
    current = state.read()
    if current and "API" in current.urls:
        document["servers"] = [{"url": current.urls["API"]}]
    return document


def handler_for(issuer: Issuer, state: StateDirectory) -> type[BaseHTTPRequestHandler]:
    """Serves one issuer and the documentation of one stack."""

    class Web(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            documents: dict[str, Callable[[], Any]] = {
                "/.well-known/openid-configuration": issuer.configuration,
                "/.well-known/jwks.json": issuer.jwks,
                "/users": lambda: [asdict(user) for user in USERS.values()],
                "/docs/openapi.json": lambda: openapi_document(state),
            }
            path = self.path.split("?")[0]
            if path in documents:
                self._json(documents[path]())
            elif path in {"/", "/docs", "/docs/"}:
                self._answer(PAGE.read_bytes(), "text/html; charset=utf-8")
            else:
                self._file(path)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path != "/token":
                self._problem(HTTPStatus.NOT_FOUND, "There is nothing here.")
                return
            try:
                user = USERS[json.loads(body)["user"]]
            except (ValueError, KeyError, TypeError):
                choice = ", ".join(USERS)
                self._problem(HTTPStatus.BAD_REQUEST, f'Send {{"user": …}} with one of: {choice}.')
                return
            token = issuer.token(user)
            self._json({"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_SECONDS})

        def _file(self, path: str) -> None:
            """One of Swagger UI's own files, by its bare name."""
            name = path.removeprefix("/docs/")
            file = Path(str(swagger_ui_path)) / name
            if "/" in name or not file.is_file():
                self._problem(HTTPStatus.NOT_FOUND, "There is nothing here.")
                return
            self._answer(file.read_bytes(), mimetypes.guess_type(name)[0] or "application/octet-stream")

        def _json(self, value: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
            self._answer(json.dumps(value, default=str).encode(), "application/json", status)

        def _problem(self, status: HTTPStatus, detail: str) -> None:
            self._json({"title": status.phrase, "status": status, "detail": detail}, status)

        def _answer(self, body: bytes, content_type: str, status: HTTPStatus = HTTPStatus.OK) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Web


def main() -> None:
    """The process that `ddp local up` starts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    arguments = parser.parse_args()
    state = StateDirectory(arguments.state)
    issuer = Issuer.load(f"http://127.0.0.1:{arguments.port}", state.issuer_key)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("127.0.0.1", arguments.port), handler_for(issuer, state)).serve_forever(0.1)


if __name__ == "__main__":
    main()
