"""A phone simulator with its HTTP server, a boto3 client for it, and SNS as a list."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config

from infra.local.simulators.phone.account.settings import Settings
from infra.local.simulators.phone.client import PhoneClient
from infra.local.simulators.phone.events import Behaviour
from infra.local.simulators.phone.pages import Pages
from infra.local.simulators.phone.phone import Phone
from infra.local.simulators.phone.server import PhoneHandler
from infra.local.simulators.phone.store import Store
from infra.local.simulators.phone.topics import Topics
from infra.local.simulators.publisher import Publisher
from infra.local.simulators.serving import Server

PREFIX = "arn:aws:sns:us-east-1:000000000000:"
SWISS, FRENCH, AMERICAN = "+41781234567", "+33612345678", "+12015550123"
ZULU, BRITISH = "+27711234567", "+447400123456"


class Sns:
    """SNS with the topics of events and answers: keeps what is published to each."""

    def __init__(self) -> None:
        self.published: dict[str, list[dict[str, Any]]] = {"events": [], "inbound": []}

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_topics"
        names = ("stack-SmsEventsTopic-A1", "stack-SmsInboundTopic-B2", "stack-Other-C3")
        page = {"Topics": [{"TopicArn": PREFIX + name} for name in names]}
        return type("Pages", (), {"paginate": lambda _: [page]})()

    def publish_batch(
        self,
        TopicArn: str,  # noqa: N803
        PublishBatchRequestEntries: list[dict[str, Any]],  # noqa: N803
    ) -> dict[str, Any]:
        which = {"stack-SmsEventsTopic-A1": "events", "stack-SmsInboundTopic-B2": "inbound"}
        published = self.published[which[TopicArn.removeprefix(PREFIX)]]
        published += [json.loads(entry["Message"]) for entry in PublishBatchRequestEntries]
        return {}


@dataclass
class Clock:
    now: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Running:
    phone: Phone
    sns: Sns
    url: str
    clock: Clock
    controls: PhoneClient = field(init=False)
    sms: Any = field(init=False)

    def __post_init__(self) -> None:
        self.controls = PhoneClient(url=self.url)
        self.sms = self.client()

    def client(self, **config: Any) -> Any:
        return boto3.client(
            "pinpoint-sms-voice-v2",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(
                **{"retries": {"total_max_attempts": 1}, "read_timeout": 2, "proxies": {}, **config}
            ),
        )

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        return urllib3.request("GET", self.url + path, headers=headers, retries=False)

    def publish(self) -> list[dict[str, Any]]:
        """Publish everything, due or not; returns the events."""
        self.phone.publisher._now = lambda: float("inf")
        self.phone.publisher.publish_due()
        return self.sns.published["events"]

    def send(self, to: str = FRENCH, body: str = "Hello", **options: Any) -> str:
        request = {
            "DestinationPhoneNumber": to,
            "OriginationIdentity": "36111",
            "MessageBody": body,
            "MessageType": "PROMOTIONAL",
            "ConfigurationSetName": "known",
            "Context": {"ddp_send": "s-1", "ddp_attempt": "1"},
            **options,
        }
        request = {name: value for name, value in request.items() if value is not None}
        return str(self.sms.send_text_message(**request)["MessageId"])


QUIET = Behaviour(
    outcomes={"DELIVERED": 1},
    queued=0,
    pending=0,
    sent=0,
    successful_first=0,
    duplicate=0,
    deliver_seconds=0,
    disorder_seconds=0,
)


@contextmanager
def serving(directory: Path) -> Iterator[Running]:
    """A running phone simulator whose phones get everything, and report it once."""
    sns, clock = Sns(), Clock()
    store = Store(directory / "phone.sqlite")
    topics = Topics(sns, events="SmsEventsTopic", inbound="SmsInboundTopic")
    publisher = Publisher(sns, topics, store, now=lambda: 0.0)
    settings = Settings(configuration_set="known", opt_out_list="list", protect="protect-1")
    phone = Phone(store=store, publisher=publisher, topics=topics, settings=settings, clock=clock)
    phone.behaviour = QUIET
    server = Server(("127.0.0.1", 0), partial(PhoneHandler, phone, Pages()))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Running(phone=phone, sns=sns, url=f"http://127.0.0.1:{server.server_port}", clock=clock)
    server.shutdown()
    server.server_close()
    store.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with serving(tmp_path) as phone:
        yield phone
