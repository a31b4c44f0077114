"""The process: SES's API below /v2/email, the pages, and what tests use below /_mailbox.

GET /_mailbox/health, /_mailbox/counts, /_mailbox/settings; PUT /_mailbox/settings; POST and DELETE /_mailbox/faults;
POST /_mailbox/accepted with `{"sends": [tag, …]}`: how often each was accepted.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config

from infra.local.aws.emulator import CREDENTIALS, REGION
from infra.local.simulators.mailbox import pages
from infra.local.simulators.mailbox.account import Quota
from infra.local.simulators.mailbox.api import MAX_BODY, SesError, read
from infra.local.simulators.mailbox.faults import AFTER, Fault, FaultKind
from infra.local.simulators.mailbox.mailbox import Mailbox
from infra.local.simulators.mailbox.publisher import ConfigurationSets, Publisher
from infra.local.simulators.mailbox.store import Store

logger = logging.getLogger("mailbox")

MESSAGE_PATH = re.compile(r"/messages/(\d{1,18})(?:/(html|text|raw))?")


class _HangUp(Exception):
    """Close the connection without an answer."""


def handler_for(mailbox: Mailbox) -> type[BaseHTTPRequestHandler]:
    """The HTTP side of a mailbox."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet an answer: see infra/local/lambda_runtime/worker.py
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._handle()

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 (names in the base class)

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > MAX_BODY:
                self.close_connection = True
                self._json({"message": f"A request may have {MAX_BODY} bytes."}, 413)
                return
            body = self.rfile.read(length)
            port = self.connection.getsockname()[1]
            # Another name means that a page from elsewhere asks, through a name that it made point here.
            if self.headers.get("Host") not in {f"127.0.0.1:{port}", f"localhost:{port}"}:
                self._json({"message": "The mailbox answers as 127.0.0.1 and localhost only."}, 421)
                return
            address = urlsplit(self.path)
            try:
                if address.path.startswith("/v2/email/"):
                    self._ses(address.path, body)
                elif address.path.startswith("/_mailbox/"):
                    self._control(address.path.removeprefix("/_mailbox/"), body)
                else:
                    self._page(address.path, parse_qs(address.query))
            except _HangUp:
                self.close_connection = True
            except SesError as error:
                self._json({"message": error.message}, error.status, {"x-amzn-ErrorType": error.code})

        def _ses(self, path: str, body: bytes) -> None:
            if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256"):
                raise SesError("MissingAuthenticationTokenException", "The request is not signed.")
            call = read(self.command, path, body)
            fault = mailbox.faults.next(call.operation) if call.operation.startswith("Send") else None
            if fault and fault.kind not in AFTER:
                self._json(_before(mailbox, fault, call), 200)
                return
            answer = mailbox.answer(call)
            if fault:
                _after(fault)
            self._json(answer)

        def _control(self, name: str, body: bytes) -> None:
            # A page from elsewhere could send a form, but not with this type.
            if self.command != "GET" and self.headers.get_content_type() != "application/json":
                self._json({"message": "Send application/json."}, 415)
                return
            operation = CONTROLS.get((self.command, name))
            if operation is None:
                self._json({"message": "There is nothing here."}, 404)
                return
            try:
                self._json(operation(mailbox, json.loads(body or b"{}")))
            except (ValueError, TypeError, KeyError) as error:
                self._json({"message": f"{type(error).__name__}: {error}"}, 400)

        def _page(self, path: str, query: dict[str, list[str]]) -> None:
            if self.command != "GET":
                self._json({"message": "There is nothing here."}, 404)
                return
            if path == "/":
                search, before = query.get("q", [""])[0], query.get("before", [""])[0]
                found = mailbox.store.page(
                    search, before=int(before) if before.isdecimal() else None, limit=pages.PER_PAGE
                )
                self._html(pages.list_page(found, search, mailbox.store.counts()), pages.OWN_POLICY)
                return
            match = MESSAGE_PATH.fullmatch(path)
            message = mailbox.store.message(int(match[1])) if match else None
            if match is None or message is None:
                self._json({"message": "There is no such message, or it is no longer kept."}, 404)
            elif match[2] is None:
                self._html(pages.message_page(int(match[1]), message), pages.OWN_POLICY)
            elif match[2] == "html":
                self._html(message.html, pages.MESSAGE_POLICY)
            else:
                text = message.text if match[2] == "text" else message.source_text()
                self._answer(text.encode(), "text/plain; charset=utf-8", policy=pages.MESSAGE_POLICY)

        def _html(self, text: str, policy: str) -> None:
            self._answer(text.encode(), "text/html; charset=utf-8", policy=policy)

        def _json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
            self._answer(json.dumps(value).encode(), "application/json", status, headers)

        def _answer(
            self,
            body: bytes,
            content_type: str,
            status: int = 200,
            headers: dict[str, str] | None = None,
            policy: str = pages.OWN_POLICY,
        ) -> None:
            self.send_response(status)
            own = {
                "Content-Type": content_type,
                "Content-Length": str(len(body)),
                "Content-Security-Policy": policy,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store",
            }
            for name, value in {**own, **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name in the base class)
            pass

    return Handler


def _before(mailbox: Mailbox, fault: Fault, call: Any) -> dict[str, Any]:
    """What goes wrong with nothing accepted."""
    time.sleep(fault.seconds)
    if fault.kind is FaultKind.THROTTLE_ENTRIES and call.operation == "SendBulkEmail":
        return mailbox.throttled(call)
    if fault.kind in {FaultKind.THROTTLE, FaultKind.THROTTLE_ENTRIES}:
        raise SesError("TooManyRequestsException", "Maximum sending rate exceeded.")
    if fault.kind is FaultKind.ERROR_BEFORE:
        raise SesError("InternalServiceErrorException", "An internal error, on request.")
    raise _HangUp


def _after(fault: Fault) -> None:
    """What goes wrong though all is accepted."""
    time.sleep(fault.seconds)
    if fault.kind is FaultKind.ERROR_AFTER:
        raise SesError("InternalServiceErrorException", "An internal error, on request.")
    if fault.kind is not FaultKind.SLOW:
        raise _HangUp


def _settings(mailbox: Mailbox, _: Any = None) -> dict[str, Any]:
    quota = {"per_second": mailbox.quota.per_second, "per_day": mailbox.quota.per_day}
    return {"behaviour": asdict(mailbox.behaviour), "quota": quota}


def _change_settings(mailbox: Mailbox, wanted: dict[str, Any]) -> dict[str, Any]:
    mailbox.behaviour = replace(mailbox.behaviour, **wanted.get("behaviour", {}))
    if unknown := set(wanted.get("quota", {})) - {"per_second", "per_day"}:
        raise KeyError(min(unknown))
    for name, value in wanted.get("quota", {}).items():
        setattr(mailbox.quota, name, float(value))
    return _settings(mailbox)


def _add_fault(mailbox: Mailbox, wanted: dict[str, Any]) -> dict[str, Any]:
    known = {field.name for field in fields(Fault)}
    if unknown := set(wanted) - known:
        raise KeyError(min(unknown))
    mailbox.faults.add(Fault(**{**wanted, "kind": FaultKind(wanted["kind"])}))
    return {}


def _clear_faults(mailbox: Mailbox, _: Any) -> dict[str, Any]:
    mailbox.faults.clear()
    return {}


def _counts(mailbox: Mailbox, _: Any) -> dict[str, Any]:
    publisher = mailbox.publisher
    return {
        **mailbox.store.counts(),
        "events_published": publisher.published,
        "events_waiting": publisher.waiting,
    }


CONTROLS: dict[tuple[str, str], Callable[[Mailbox, Any], dict[str, Any]]] = {
    ("GET", "health"): lambda _, __: {},
    ("GET", "counts"): _counts,
    ("GET", "settings"): _settings,
    ("PUT", "settings"): _change_settings,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "accepted"): lambda mailbox, wanted: mailbox.store.accepted(wanted["sends"]),
}


class Server(ThreadingHTTPServer):
    """One thread a connection."""

    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of ours: senders are killed in the middle of a call here."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def main() -> None:
    """The process that `ddp local up` starts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--endpoint-url", required=True, help="of the emulator: its SES (configuration sets) and SNS"
    )
    parser.add_argument("--directory", type=Path, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    arguments.directory.mkdir(parents=True, exist_ok=True)
    publisher = Publisher(_client("sns", arguments.endpoint_url))
    mailbox = Mailbox(
        store=Store(arguments.directory / "mailbox.sqlite"),
        sets=ConfigurationSets(_client("sesv2", arguments.endpoint_url)),
        publisher=publisher,
        quota=Quota(),
    )
    threading.Thread(target=publisher.run_for_ever, daemon=True).start()
    Server(("127.0.0.1", arguments.port), handler_for(mailbox)).serve_forever(0.1)


def _client(service: str, endpoint_url: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]  # a name that is not a literal
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(proxies={}),
    )


if __name__ == "__main__":
    main()
