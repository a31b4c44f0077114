"""The local web server: the portal, the API's documentation, and the documents of the token issuer.

GET /, /docs/, /users, /.well-known/openid-configuration, /.well-known/jwks.json; POST /token with `{"user": "brand"}`.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from infra.local import control
from infra.local.http_handler import Handler
from infra.local.identity.issuer import LIFETIME_SECONDS, Issuer
from infra.local.identity.users import USERS
from infra.local.portal import documentation, portal
from infra.local.state import StateDirectory

_HERE = Path(__file__).parent
_JAVASCRIPT = "text/javascript; charset=utf-8"


class Web(Handler):
    """Serves one issuer and the pages of one stack: `partial(Web, issuer, state)`."""

    def __init__(self, issuer: Issuer, state: StateDirectory, *arguments: Any) -> None:
        self._issuer, self._state = issuer, state
        super().__init__(*arguments)

    def get(self) -> None:
        answers: dict[str, Callable[[], None]] = {
            "/": self._portal,
            "/portal.js": partial(self._file, _HERE / "portal.js"),
            "/docs/": self._documentation,
            "/docs/documentation.js": partial(self._file, _HERE / "documentation.js"),
            "/docs/scalar.js": partial(self._file, documentation.SCALAR),
            "/docs/openapi.json": lambda: self.answer_json(documentation.openapi_document(self._state)),
            "/users": lambda: self.answer_json([asdict(user) for user in USERS.values()]),
            "/.well-known/openid-configuration": lambda: self.answer_json(self._issuer.configuration()),
            "/.well-known/jwks.json": lambda: self.answer_json(self._issuer.jwks()),
        }
        path = self.path.split("?")[0]
        if not self.is_addressed_by_name():
            self._problem(HTTPStatus.MISDIRECTED_REQUEST, "This answers as 127.0.0.1 and localhost only.")
        elif path == "/docs":
            self.answer(b"", status=HTTPStatus.FOUND, headers={"Location": "/docs/"})
        elif answer := answers.get(path):
            answer()
        else:
            self._problem(HTTPStatus.NOT_FOUND, "There is nothing here.")

    def post(self) -> None:
        body = self.body()
        if self.path != "/token" or not self.is_addressed_by_name():
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

    def _portal(self) -> None:
        tokens = {key: self._issuer.token(user) for key, user in USERS.items()}
        self._page(portal.page_of(control.status(self._state), tokens, self._issuer.url), portal.HEADERS)

    def _documentation(self) -> None:
        api_url = control.status(self._state).urls.get("API", "")
        self._page(documentation.page_of(), documentation.headers(api_url))

    def _page(self, text: str, headers: dict[str, str]) -> None:
        self.answer(text.encode(), content_type="text/html; charset=utf-8", headers=headers)

    def _file(self, file: Path) -> None:
        self.answer(
            file.read_bytes(), content_type=_JAVASCRIPT, headers={"X-Content-Type-Options": "nosniff"}
        )

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
