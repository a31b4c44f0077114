"""A mailbox with its HTTP server, a boto3 client of SES v2 for it, and SNS as a list."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import boto3
import pytest
import urllib3
from botocore.config import Config

from infra.local.simulators.mailbox.events import Behaviour
from infra.local.simulators.mailbox.mailbox import Mailbox
from infra.local.simulators.mailbox.pages import Pages
from infra.local.simulators.mailbox.server import MailboxHandler, Server
from infra.local.simulators.mailbox.store import Store
from infra.local.simulators.publisher import Destination, Publisher
from infra.local.simulators.quota import Quota

TOPIC = "arn:aws:sns:us-east-1:000000000000:events"
ALL_KINDS = frozenset(
    [
        "SEND",
        "REJECT",
        "BOUNCE",
        "COMPLAINT",
        "DELIVERY",
        "OPEN",
        "CLICK",
        "RENDERING_FAILURE",
        "DELIVERY_DELAY",
    ]
)


class Topics:
    """SNS: keeps published messages; refuses the first `refusals` entries once."""

    def __init__(self) -> None:
        self.events: list[dict] = []
        self.refusals = 0

    def publish_batch(self, TopicArn, PublishBatchRequestEntries):  # noqa: N803
        assert TopicArn == TOPIC
        assert len(PublishBatchRequestEntries) <= 10
        refused = PublishBatchRequestEntries[: self.refusals]
        self.refusals = 0
        self.events += [json.loads(entry["Message"]) for entry in PublishBatchRequestEntries[len(refused) :]]
        return {"Failed": [{"Id": entry["Id"]} for entry in refused]}


class Sets:
    """One configuration set, `known`."""

    def destinations(self, name):
        return [Destination(topic=TOPIC, kinds=ALL_KINDS)] if name == "known" else None

    def forget(self, name):
        pass


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Running:
    mailbox: Mailbox
    topics: Topics
    url: str
    clock: Clock
    ses: object = field(init=False)

    def __post_init__(self):
        self.ses = boto3.client(
            "sesv2",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=2, proxies={}),
        )

    def verify(self, *identities):
        for identity in identities:
            self.ses.create_email_identity(EmailIdentity=identity)

    def control(self, method, name, body=None):
        return urllib3.request(method, f"{self.url}/_mailbox/{name}", json=body, retries=False)

    def get(self, path, **headers):
        return urllib3.request("GET", self.url + path, headers=headers, retries=False)

    def publish(self):
        """Publish all events, due or not."""
        self.mailbox.publisher._now = lambda: float("inf")
        self.mailbox.publisher.publish_due()
        return self.topics.events


@contextmanager
def serving(directory):
    """A running mailbox whose recipients only get their messages."""
    topics, clock = Topics(), Clock()
    store = Store(directory / "mailbox.sqlite")
    sets = Sets()
    publisher = Publisher(topics, sets, store, now=lambda: 0.0)
    mailbox = Mailbox(store=store, sets=sets, publisher=publisher, quota=Quota(clock=clock))
    mailbox.behaviour = Behaviour(duplicate=0, open=0, click=0, machine_open=0, delay=0)
    server = Server(("127.0.0.1", 0), partial(MailboxHandler, mailbox, Pages()))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Running(mailbox=mailbox, topics=topics, url=f"http://127.0.0.1:{server.server_port}", clock=clock)
    server.shutdown()
    server.server_close()
    store.close()


@pytest.fixture
def running(tmp_path):
    with serving(tmp_path) as mailbox:
        yield mailbox


@pytest.fixture
def box(running):
    """A mailbox with a verified sender."""
    running.verify("brand.example")
    return running


def entry(address, send="s-1", attempt="1", **data):
    return {
        "Destination": {"ToAddresses": [address]},
        "ReplacementTags": [{"Name": "ddp_send", "Value": send}, {"Name": "ddp_attempt", "Value": attempt}],
        "ReplacementHeaders": [{"Name": "List-Unsubscribe", "Value": f"<https://x.example/{send}>"}],
        "ReplacementEmailContent": {
            "ReplacementTemplate": {
                "ReplacementTemplateData": json.dumps({"s": "Hi", "h": "<b>Hi</b>", "t": "Hi", **data})
            }
        },
    }


def bulk(box, entries, **options):
    content = {"Subject": "{{s}}", "Html": "{{h}}", "Text": "{{t}}"}
    return box.ses.send_bulk_email(
        **{
            "FromEmailAddress": "Brand <news@brand.example>",
            "ConfigurationSetName": "known",
            "DefaultContent": {"Template": {"TemplateContent": content, "TemplateData": "{}"}},
            "BulkEmailEntries": entries,
            **options,
        }
    )["BulkEmailEntryResults"]


def send(box, to="anna@shop.example", **options):
    simple = {"Subject": {"Data": "Hello"}, "Body": {"Html": {"Data": "<p>Hello"}, "Text": {"Data": "Hello"}}}
    return box.ses.send_email(
        **{
            "FromEmailAddress": "news@brand.example",
            "Destination": {"ToAddresses": [to]},
            "ConfigurationSetName": "known",
            "Content": {"Simple": simple},
            **options,
        }
    )["MessageId"]
