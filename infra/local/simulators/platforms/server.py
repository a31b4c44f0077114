"""The platforms' HTTP server: /graph.facebook.com/… and the other hosts, the feeds, and controls below /_platforms."""

from __future__ import annotations

import argparse
import logging
import re
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from infra.local.http_handler import Handler
from infra.local.navigation import navigation
from infra.local.simulators.platforms import feeds, pages
from infra.local.simulators.platforms.calls import MAX_BODY, Answer, Call, PlatformError
from infra.local.simulators.platforms.controls import CONTROLS, counts
from infra.local.simulators.platforms.media import type_of
from infra.local.simulators.platforms.simulator import simulator
from infra.local.simulators.platforms.webhooks.controls import run_for_ever
from infra.local.simulators.platforms.world import PLATFORMS, World
from infra.local.simulators.serving import HangUp, Server, control

SAFE_HEADERS = {
    "Content-Security-Policy": pages.POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_HOST = re.compile(r"/([a-z0-9-]+(?:\.[a-z0-9-]+)+)(/.*)")
_FEED = re.compile(r"/feeds/(" + "|".join(PLATFORMS) + ")")
_MEDIA = re.compile(r"/_media/([0-9a-f]{24})")
# A refused upload is read to its end up to this length; else the connection is closed.
DRAINED = 1 << 20


class PlatformsHandler(Handler):
    """The HTTP side of the platforms: `partial(PlatformsHandler, world)`."""

    def __init__(self, world: World, *arguments: Any) -> None:
        self._world = world
        super().__init__(*arguments)

    def get(self) -> None:
        if not self.is_addressed_by_name():
            self.close_connection = True
            self._json({"message": "The platforms answer as 127.0.0.1 and localhost only."}, 421)
            return
        address = urlsplit(self.path)
        path = unquote(address.path)
        if host := _HOST.fullmatch(path):
            self._platform(host[1], host[2], dict(parse_qsl(address.query, keep_blank_values=True)))
        elif path.startswith("/_platforms/"):
            self._control(path.removeprefix("/_platforms/"))
        elif path == "/" and self.command == "GET":
            self._front()
        elif (feed := _FEED.fullmatch(path)) and self.command == "GET":
            shown = feeds.feed(self._world, feed[1], limit=pages.PER_PAGE)
            self._text(pages.feed_page(self._world.links, feed[1], shown))
        elif media := _MEDIA.fullmatch(path):
            self._media(media[1])
        else:
            self._text(pages.missing_page(self._world.links), status=404)

    post = get

    def _platform(self, host: str, path: str, query: dict[str, str]) -> None:
        call = Call(
            method=self.command,
            host=host,
            path=path,
            query=query,
            headers={name.lower(): value for name, value in self.headers.items()},
            size=int(self.headers.get("Content-Length") or 0),
            read=self._read,
        )
        try:
            answer = self._world.answer(call)
        except HangUp:
            self.close_connection = True
            return
        except PlatformError as error:
            answer = error.answer
        if call.left > DRAINED:
            self.close_connection = True
        else:
            call.drain()
        self._answer(answer)

    def _read(self, length: int) -> bytes:
        """The next bytes of the body; none if the caller is gone."""
        try:
            return self.rfile.read(length)
        except ConnectionError:
            return b""

    def _answer(self, answer: Answer) -> None:
        kind = (
            "text/html; charset=utf-8"
            if isinstance(answer.body, bytes)
            else "application/json; charset=UTF-8"
        )
        headers = SAFE_HEADERS | {"Content-Type": kind} | dict(answer.headers)
        if self.close_connection:
            headers["Connection"] = "close"
        self.answer(answer.content(), status=answer.status, headers=headers)

    def _control(self, name: str) -> None:
        body = self.body() if int(self.headers.get("Content-Length") or 0) <= MAX_BODY else b""
        self._json(*control(self, CONTROLS, self._world, name, body))

    def _front(self) -> None:
        shown = {platform: feeds.feed(self._world, platform, limit=pages.ON_FRONT) for platform in PLATFORMS}
        self._text(pages.front_page(self._world.links, shown, counts(self._world)))

    def _media(self, file: str) -> None:
        path = self._world.media.path(file)
        if not path.is_file():
            self._json({"message": "There is nothing here."}, 404)
            return
        content = path.read_bytes()
        self.answer(content, content_type=type_of(content[:16]), headers=SAFE_HEADERS)

    def _text(self, text: str, *, status: int = 200) -> None:
        self.answer(
            text.encode(), status=status, content_type="text/html; charset=utf-8", headers=SAFE_HEADERS
        )

    def _json(self, value: Any, status: int = 200) -> None:
        self.answer_json(value, status=status, headers=SAFE_HEADERS)


def main() -> None:
    """Serve until SIGTERM, as a process of the stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--portal-url", default="", help="the pages link there")
    parser.add_argument("--mailbox-url", default="", help="the pages link there")
    parser.add_argument("--phones-url", default="", help="the pages link there")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    arguments.directory.mkdir(parents=True, exist_ok=True)
    world = simulator(arguments.directory)
    world.links = navigation(
        portal_url=arguments.portal_url,
        mailbox_url=arguments.mailbox_url,
        phones_url=arguments.phones_url,
        platforms_url=f"http://127.0.0.1:{arguments.port}",
    )
    run_for_ever(world)
    Server(("127.0.0.1", arguments.port), partial(PlatformsHandler, world)).serve_forever(0.1)


if __name__ == "__main__":
    main()
