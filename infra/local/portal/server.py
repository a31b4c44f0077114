"""The local web server: the portal, the API's documentation, and the documents of the token issuer.

GET /, /docs/, /example/, /calendar/, /report/, /users, /.well-known/openid-configuration, /.well-known/jwks.json;
POST /token with `{"user": "brand"}`.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from urllib3.exceptions import HTTPError

from infra.cli.api_client import ApiError, Client
from infra.local import control
from infra.local.http_handler import Handler
from infra.local.identity.issuer import LIFETIME_SECONDS, Issuer
from infra.local.identity.users import USERS
from infra.local.navigation import navigation
from infra.local.portal import calendar, documentation, example, figures, portal
from infra.local.state import StateDirectory
from infra.node import NodeError

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
            "/example/": self._example,
            "/calendar/": self._calendar,
            "/report/": self._report,
            "/users": lambda: self.answer_json([asdict(user) for user in USERS.values()]),
            "/.well-known/openid-configuration": lambda: self.answer_json(self._issuer.configuration()),
            "/.well-known/jwks.json": lambda: self.answer_json(self._issuer.jwks()),
        }
        path = self.path.split("?")[0]
        if not self.is_addressed_by_name():
            self._problem(HTTPStatus.MISDIRECTED_REQUEST, "This answers as 127.0.0.1 and localhost only.")
        elif path in {"/docs", "/example", "/calendar", "/report"}:
            self.answer(b"", status=HTTPStatus.FOUND, headers={"Location": f"{path}/"})
        elif answer := answers.get(path):
            answer()
        elif path.startswith("/example/"):
            self._module(path)
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
        status = control.status(self._state)
        as_of = figures.as_of(status.urls["Database"]) if status.is_ready else None
        page = portal.page_of(status, tokens, self._issuer.url, report=self._state.demo_report, as_of=as_of)
        self._page(page, portal.HEADERS)

    def _report(self) -> None:
        """The demo's report. Each run of the demo writes another one."""
        try:
            self._page(self._state.demo_report.read_text(), figures.HEADERS)
        except FileNotFoundError:
            self._problem(HTTPStatus.NOT_FOUND, "There is no report yet: make demo writes one.")

    def _documentation(self) -> None:
        api_url = control.status(self._state).urls.get("API", "")
        self._page(documentation.page_of(), documentation.headers(api_url))

    def _example(self) -> None:
        urls = control.status(self._state).urls
        api_url = urls.get("API", "")
        self._page(example.page_of(api_url, self._links(urls)), example.headers(api_url))

    def _calendar(self) -> None:
        """Asks the API as the user whose calendar it is."""
        status = control.status(self._state)
        asked = calendar.Asked.of(self.path.partition("?")[2], datetime.now().astimezone().date())
        posts: list[calendar.Post] | ApiError | None = None
        if status.is_ready:
            client = Client(api_url=status.urls["API"], token=self._issuer.token(USERS[asked.user]))
            try:
                posts = calendar.posts_of(client, asked.monday)
            except ApiError as error:
                posts = error
            except HTTPError:
                posts = ApiError("The API does not answer: reload this page in a moment.")
        self._page(calendar.page_of(asked, posts, self._links(status.urls)), calendar.HEADERS)

    def _links(self, urls: Mapping[str, str]) -> dict[str, str]:
        return navigation(
            portal_url=self._issuer.url,
            mailbox_url=urls.get("Mailbox", ""),
            phones_url=urls.get("Phones", ""),
            platforms_url=urls.get("Platforms", ""),
        )

    def _module(self, path: str) -> None:
        """A module of the example. It is compiled when somebody first asks: that takes a few seconds."""
        try:
            module = example.modules().get(path)
        except NodeError as error:
            self._problem(HTTPStatus.SERVICE_UNAVAILABLE, f"The example could not be compiled: {error}")
            return
        if module:
            self._file(module)
        else:
            self._problem(HTTPStatus.NOT_FOUND, "There is nothing here.")

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
