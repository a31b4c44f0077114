"""The local web server: publishes the issuer's documents, and shows the API's documentation with Swagger UI.

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
from functools import partial
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from swagger_ui_bundle import swagger_ui_path

from infra.local.http_handler import Handler
from infra.local.identity.issuer import LIFETIME_SECONDS, Issuer
from infra.local.identity.users import USERS
from infra.local.state import StateDirectory
from infra.state import ROOT

OPENAPI = ROOT / "functions" / "openapi.json"
PAGE = Path(__file__).with_name("docs.html")


def openapi_document(state: StateDirectory) -> dict[str, Any]:
    """The checked-in document, with the address of the running stack's API."""
    document: dict[str, Any] = json.loads(OPENAPI.read_text())
    current = state.read()
    if current and "API" in current.urls:
        document["servers"] = [{"url": current.urls["API"]}]
    return document


class Web(Handler):
    """Serves the documents of one issuer and the documentation of one stack: `partial(Web, issuer, state)`."""

    def __init__(self, issuer: Issuer, state: StateDirectory, *arguments: Any) -> None:
        self._issuer, self._state = issuer, state
        super().__init__(*arguments)

    def get(self) -> None:
        documents: dict[str, Callable[[], Any]] = {
            "/.well-known/openid-configuration": self._issuer.configuration,
            "/.well-known/jwks.json": self._issuer.jwks,
            "/users": lambda: [asdict(user) for user in USERS.values()],
            "/docs/openapi.json": lambda: openapi_document(self._state),
        }
        path = self.path.split("?")[0]
        if path in documents:
            self.answer_json(documents[path]())
        elif path in {"/", "/docs", "/docs/"}:
            self.answer(PAGE.read_bytes(), content_type="text/html; charset=utf-8")
        else:
            self._file(path)

    def post(self) -> None:
        body = self.body()
        if self.path != "/token":
            self._problem(HTTPStatus.NOT_FOUND, "There is nothing here.")
            return
        try:
            user = USERS[json.loads(body)["user"]]
        except (ValueError, KeyError, TypeError):
            choice = ", ".join(USERS)
            self._problem(HTTPStatus.BAD_REQUEST, f'Send {{"user": …}} with one of: {choice}.')
            return
        token = self._issuer.token(user)
        self.answer_json({"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_SECONDS})

    def _file(self, path: str) -> None:
        """A file of Swagger UI, by its name without folders."""
        name = path.removeprefix("/docs/")
        file = Path(str(swagger_ui_path)) / name
        if "/" in name or not file.is_file():
            self._problem(HTTPStatus.NOT_FOUND, "There is nothing here.")
            return
        content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self.answer(file.read_bytes(), content_type=content_type)

    def _problem(self, status: HTTPStatus, detail: str) -> None:
        self.answer_json({"title": status.phrase, "status": status, "detail": detail}, status=status)


def main() -> None:
    """Serve until SIGTERM, as a process of the stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    arguments = parser.parse_args()
    state = StateDirectory(arguments.state)
    issuer = Issuer.load(f"http://127.0.0.1:{arguments.port}", state.issuer_key)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("127.0.0.1", arguments.port), partial(Web, issuer, state)).serve_forever(0.1)


if __name__ == "__main__":
    main()
