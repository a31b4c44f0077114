"""The phone simulator's HTTP server: AWS End User Messaging at /, the phones' pages, and controls below /_phone."""

from __future__ import annotations

import argparse
import json
import logging
import re
import signal
import sys
import threading
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from infra.local.http_handler import Handler
from infra.local.navigation import navigation
from infra.local.simulators.faults import AFTER, Fault, FaultKind
from infra.local.simulators.phone import pages
from infra.local.simulators.phone.account.settings import Settings
from infra.local.simulators.phone.answers import NotAnswerable, receive
from infra.local.simulators.phone.api import CONTENT_TYPE, MAX_BODY, SmsError, read
from infra.local.simulators.phone.controls import CONTROLS
from infra.local.simulators.phone.phone import Phone
from infra.local.simulators.phone.store import Store
from infra.local.simulators.phone.topics import Topics
from infra.local.simulators.publisher import Publisher
from infra.local.simulators.serving import HangUp, Server, aws_client, control

SAFE_HEADERS = {
    "Content-Security-Policy": pages.POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
PHONE_PATH = re.compile(r"/phones/(\+[0-9]{1,19})")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class PhoneHandler(Handler):
    """The HTTP side of a phone simulator: `partial(PhoneHandler, phone, pages)`."""

    def __init__(self, phone: Phone, shown: pages.Pages, *arguments: Any) -> None:
        self._phone, self._pages = phone, shown
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
        except SmsError as error:
            self._sms_json(error.body(), error.status)

    post = get

    def _refusal(self) -> tuple[int, str] | None:
        """Status and message for a request whose body is not even read."""
        if int(self.headers.get("Content-Length") or 0) > MAX_BODY:
            return 413, f"A request may have {MAX_BODY} bytes."
        if not self.is_addressed_by_name():
            return 421, "The phone simulator answers as 127.0.0.1 and localhost only."
        return None

    def _route(self, body: bytes) -> None:
        address = urlsplit(self.path)
        path = unquote(address.path)
        if target := self.headers.get("X-Amz-Target"):
            self._sms(target, body)
        elif path.startswith("/_phone/"):
            self._json(*control(self, CONTROLS, self._phone, path.removeprefix("/_phone/"), body))
        elif path == "/answer" and self.command == "POST":
            self._answer(body)
        elif self.command != "GET":
            self._json({"message": "There is nothing here."}, 404)
        elif path == "/":
            self._list(parse_qs(address.query))
        else:
            match = PHONE_PATH.fullmatch(path)
            self._thread(match[1] if match else "")

    def _sms(self, target: str, body: bytes) -> None:
        if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256"):
            raise SmsError("MissingAuthenticationTokenException", "The request is not signed.")
        call, phone = read(target, body), self._phone
        fault = phone.faults.next(call.operation) if call.operation.startswith("Send") else None
        if fault and fault.kind not in AFTER:
            _fail_before(fault)
        answer = phone.answer(call)
        if fault:
            _fail_after(fault)
        self._sms_json(answer, 200)

    def _answer(self, body: bytes) -> None:
        """An answer of a phone: JSON from tests, a form from the page of its thread."""
        kind = self.headers.get_content_type()
        if kind == JSON:
            self._answer_json(body)
        elif kind == FORM and self.headers.get("Sec-Fetch-Site") == "same-origin":
            self._answer_form(body)
        else:
            # The browser says where a form comes from: a foreign page cannot answer.
            self._json({"message": "Send application/json, or the form of a phone's page."}, 415)

    def _answer_json(self, body: bytes) -> None:
        try:
            wanted = json.loads(body)
            sender, identity, text = (str(wanted[name]) for name in ("phone", "identity", "body"))
            received = receive(self._phone, sender=sender, identity=identity, body=text)
        except (ValueError, TypeError, KeyError) as error:
            self._json({"message": f"{type(error).__name__}: {error}"}, 400)
            return
        self._json(asdict(received))

    def _answer_form(self, body: bytes) -> None:
        form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        sender = form.get("phone", "")
        text = form.get("quick") or form.get("body", "")
        if not PHONE_PATH.fullmatch(f"/phones/{sender}") or not self._phone.store.thread(sender, limit=1):
            self._text(self._pages.missing_page(), status=404)
            return
        try:
            receive(self._phone, sender=sender, identity=form.get("identity", ""), body=text[: pages.LONGEST])
        except NotAnswerable as error:
            self._thread(sender, problem=str(error), status=409)
            return
        self.answer(b"", status=303, headers=SAFE_HEADERS | {"Location": f"/phones/{quote(sender)}"})

    def _list(self, query: dict[str, list[str]]) -> None:
        search, before = query.get("q", [""])[0], query.get("before", [""])[0]
        store = self._phone.store
        last = int(before) if before.isdecimal() and len(before) < 19 else None
        found = store.threads(search, before=last, limit=pages.PER_PAGE)
        self._text(self._pages.list_page(found, search, store.counts(), time.time()))

    def _thread(self, phone: str, *, problem: str = "", status: int = 200) -> None:
        messages = self._phone.store.thread(phone)
        if not messages:
            self._text(self._pages.missing_page(), status=404)
            return
        self._text(self._pages.thread_page(phone, messages, time.time(), problem), status=status)

    def _text(self, text: str, *, status: int = 200) -> None:
        self.answer(
            text.encode(), status=status, content_type="text/html; charset=utf-8", headers=SAFE_HEADERS
        )

    def _sms_json(self, value: Any, status: int) -> None:
        self.answer(
            json.dumps(value).encode(), status=status, content_type=CONTENT_TYPE, headers=SAFE_HEADERS
        )

    def _json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.answer_json(value, status=status, headers=SAFE_HEADERS | (headers or {}))


def _fail_before(fault: Fault) -> None:
    """Fail without accepting anything."""
    time.sleep(fault.seconds)
    if fault.kind in {FaultKind.THROTTLE, FaultKind.THROTTLE_ENTRIES}:
        raise SmsError("ThrottlingException", "Rate exceeded")
    if fault.kind is FaultKind.ERROR_BEFORE:
        raise SmsError("InternalServerException", "An internal error, on request.")
    raise HangUp


def _fail_after(fault: Fault) -> None:
    """Fail after the message was accepted, or only answer late."""
    time.sleep(fault.seconds)
    if fault.kind is FaultKind.ERROR_AFTER:
        raise SmsError("InternalServerException", "An internal error, on request.")
    if fault.kind is not FaultKind.SLOW:
        raise HangUp


def main() -> None:
    """Serve until SIGTERM, as a process of the stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--endpoint-url", required=True, help="the emulator, for topics (SNS)")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--portal-url", default="", help="the pages link there")
    parser.add_argument("--mailbox-url", default="", help="the pages link there")
    parser.add_argument("--platforms-url", default="", help="the pages link there")
    parser.add_argument("--configuration-set", required=True, help="its name; others do not exist")
    parser.add_argument("--opt-out-list", required=True, help="its name; others do not exist")
    parser.add_argument("--protect-configuration", required=True, help="its id; others do not exist")
    parser.add_argument("--countries", default="", help="that it allows, separated by spaces; all if empty")
    parser.add_argument("--events-topic", required=True, help="name of the topic of events, or a part of it")
    parser.add_argument(
        "--inbound-topic", required=True, help="name of the topic of answers, or a part of it"
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    arguments.directory.mkdir(parents=True, exist_ok=True)
    sns = aws_client("sns", arguments.endpoint_url)
    store = Store(arguments.directory / "phone.sqlite")
    topics = Topics(sns, events=arguments.events_topic, inbound=arguments.inbound_topic)
    publisher = Publisher(sns, topics, store)
    settings = Settings(
        configuration_set=arguments.configuration_set,
        opt_out_list=arguments.opt_out_list,
        protect=arguments.protect_configuration,
        countries=tuple(arguments.countries.split()),
    )
    phone = Phone(store=store, publisher=publisher, topics=topics, settings=settings)
    threading.Thread(target=publisher.run_for_ever, daemon=True).start()
    links = navigation(
        portal_url=arguments.portal_url,
        mailbox_url=arguments.mailbox_url,
        phones_url=f"http://127.0.0.1:{arguments.port}",
        platforms_url=arguments.platforms_url,
    )
    handler = partial(PhoneHandler, phone, pages.Pages(links=links))
    Server(("127.0.0.1", arguments.port), handler).serve_forever(0.1)


if __name__ == "__main__":
    main()
