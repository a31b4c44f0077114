"""The mailbox's HTTP server: SES's API below /v2/email, its pages, and controls for tests below /_mailbox."""

from __future__ import annotations

import argparse
import logging
import re
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from infra.local.http_handler import Handler
from infra.local.navigation import navigation
from infra.local.simulators.faults import AFTER, Fault, FaultKind
from infra.local.simulators.mailbox import pages
from infra.local.simulators.mailbox.api import MAX_BODY, Call, SesError, read
from infra.local.simulators.mailbox.configuration_sets import ConfigurationSets
from infra.local.simulators.mailbox.controls import CONTROLS
from infra.local.simulators.mailbox.mailbox import Mailbox
from infra.local.simulators.mailbox.store import Store
from infra.local.simulators.publisher import Publisher
from infra.local.simulators.quota import Quota
from infra.local.simulators.serving import HangUp, Server, aws_client, control

logger = logging.getLogger("mailbox")

# On every answer; pages add their Content-Security-Policy.
SAFE_HEADERS = {
    "Content-Security-Policy": pages.OWN_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
MESSAGE_PATH = re.compile(r"/messages/(\d{1,18})(?:/(html|text|raw))?")


class MailboxHandler(Handler):
    """The HTTP side of a mailbox: `partial(MailboxHandler, mailbox, pages)`."""

    def __init__(self, mailbox: Mailbox, shown: pages.Pages, *arguments: Any) -> None:
        self._mailbox, self._pages = mailbox, shown
        super().__init__(*arguments)

    def get(self) -> None:
        if refusal := self._refusal():
            status, message = refusal
            # The body is unread, so no other request can follow on this connection; the header tells the client.
            self._json({"message": message}, status, {"Connection": "close"})
            return
        try:
            self._route(self.body())
        except HangUp:
            self.close_connection = True
        except SesError as error:
            self._json({"message": error.message}, error.status, {"x-amzn-ErrorType": error.code})

    post = get

    def _refusal(self) -> tuple[int, str] | None:
        """Status and message for a request whose body is not even read."""
        if int(self.headers.get("Content-Length") or 0) > MAX_BODY:
            return 413, f"A request may have {MAX_BODY} bytes."
        if not self.is_addressed_by_name():
            return 421, "The mailbox answers as 127.0.0.1 and localhost only."
        return None

    def _route(self, body: bytes) -> None:
        address = urlsplit(self.path)
        if address.path.startswith("/v2/email/"):
            self._ses(address.path, body)
        elif address.path.startswith("/_mailbox/"):
            self._json(*control(self, CONTROLS, self._mailbox, address.path.removeprefix("/_mailbox/"), body))
        elif self.command != "GET":
            self._not_found("There is nothing here.")
        elif address.path == "/":
            self._list(parse_qs(address.query))
        else:
            self._message(address.path)

    def _ses(self, path: str, body: bytes) -> None:
        if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256"):
            raise SesError("MissingAuthenticationTokenException", "The request is not signed.")
        call, mailbox = read(self.command, path, body), self._mailbox
        fault = mailbox.faults.next(call.operation) if call.operation.startswith("Send") else None
        if fault and fault.kind not in AFTER:
            self._json(_fail_before(mailbox, fault, call))
            return
        answer = mailbox.answer(call)
        if fault:
            _fail_after(fault)
        self._json(answer)

    def _list(self, query: dict[str, list[str]]) -> None:
        search, before = query.get("q", [""])[0], query.get("before", [""])[0]
        store = self._mailbox.store
        last = int(before) if before.isdecimal() else None
        found = store.page(search, before=last, limit=pages.PER_PAGE)
        self._text(self._pages.list_page(found, search, store.counts()), "html", pages.OWN_POLICY)

    def _message(self, path: str) -> None:
        match = MESSAGE_PATH.fullmatch(path)
        message = self._mailbox.store.message(int(match[1])) if match else None
        if match is None or message is None:
            self._text(self._pages.missing_page(), "html", pages.OWN_POLICY, status=404)
        elif match[2] is None:
            self._text(self._pages.message_page(int(match[1]), message), "html", pages.OWN_POLICY)
        elif match[2] == "html":
            self._text(message.html, "html", pages.MESSAGE_POLICY)
        else:
            text = message.text if match[2] == "text" else message.source_text()
            self._text(text, "plain", pages.MESSAGE_POLICY)

    def _text(self, text: str, kind: str, policy: str, *, status: int = 200) -> None:
        headers = SAFE_HEADERS | {"Content-Security-Policy": policy}
        content_type = f"text/{kind}; charset=utf-8"
        self.answer(text.encode(), status=status, content_type=content_type, headers=headers)

    def _not_found(self, message: str) -> None:
        self._json({"message": message}, 404)

    def _json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.answer_json(value, status=status, headers=SAFE_HEADERS | (headers or {}))


def _fail_before(mailbox: Mailbox, fault: Fault, call: Call) -> dict[str, Any]:
    """Fail without accepting anything; or answer that no entry was accepted."""
    time.sleep(fault.seconds)
    if fault.kind is FaultKind.THROTTLE_ENTRIES and call.operation == "SendBulkEmail":
        return mailbox.throttled(call)
    if fault.kind in {FaultKind.THROTTLE, FaultKind.THROTTLE_ENTRIES}:
        raise SesError("TooManyRequestsException", "Maximum sending rate exceeded.")
    if fault.kind is FaultKind.ERROR_BEFORE:
        raise SesError("InternalServiceErrorException", "An internal error, on request.")
    raise HangUp


def _fail_after(fault: Fault) -> None:
    """Fail after everything was accepted, or only answer late."""
    time.sleep(fault.seconds)
    if fault.kind is FaultKind.ERROR_AFTER:
        raise SesError("InternalServiceErrorException", "An internal error, on request.")
    if fault.kind is not FaultKind.SLOW:
        raise HangUp


def main() -> None:
    """Serve until SIGTERM, as a process of the stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--endpoint-url", required=True, help="the emulator, for configuration sets (SES) and topics (SNS)"
    )
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--portal-url", default="", help="the pages link there")
    parser.add_argument("--phones-url", default="", help="the pages link there")
    parser.add_argument("--platforms-url", default="", help="the pages link there")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    arguments.directory.mkdir(parents=True, exist_ok=True)
    store = Store(arguments.directory / "mailbox.sqlite")
    sets = ConfigurationSets(aws_client("sesv2", arguments.endpoint_url))
    publisher = Publisher(aws_client("sns", arguments.endpoint_url), sets, store)
    mailbox = Mailbox(store=store, sets=sets, publisher=publisher, quota=Quota())
    threading.Thread(target=publisher.run_for_ever, daemon=True).start()
    links = navigation(
        portal_url=arguments.portal_url,
        mailbox_url=f"http://127.0.0.1:{arguments.port}",
        phones_url=arguments.phones_url,
        platforms_url=arguments.platforms_url,
    )
    handler = partial(MailboxHandler, mailbox, pages.Pages(links=links))
    Server(("127.0.0.1", arguments.port), handler).serve_forever(0.1)


if __name__ == "__main__":
    main()
