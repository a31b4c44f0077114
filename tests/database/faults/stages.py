"""The stages of each channel around a scripted provider: handlers by the URL of their queue.

E-mail's are the real handlers. SMS has none yet: its stages are made of what channels share, with a planner and a
composer that know just enough about phone numbers.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from ddp.addresses import AddressError
from ddp.channels import EMAIL, SMS, Channel
from ddp.providers.transport import Transport
from ddp.queries.sending.plans import Plan
from ddp.queries.sending.sends import Claimed
from functions.sending.channels.planner import PreparedContent
from tests import lambdas

ACCOUNT = "https://sqs.eu-central-1.amazonaws.com/123456789012"
EVENTS = f"{ACCOUNT}/email-events"
RECONCILE = f"{ACCOUNT}/sending-reconcile"
EXPORTS = f"{ACCOUNT}/sending-export"

# Several calls per claim, without large plans.
CALL_SIZE = 2

CONTEXT: Any = lambdas.Context()

Handler = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """A channel's handlers, and the queues in front of its plan and send stages."""

    plan_url: str
    send_url: str
    handlers: Mapping[str, Handler]


def of(channel: Channel, transport: Transport[Any], monkeypatch: pytest.MonkeyPatch) -> Stages:
    """The stages of a channel, which send through `transport`, one call at a time: so that a seed decides the order."""
    return _email(transport, monkeypatch) if channel is EMAIL else _sms(transport)


def _email(transport: Transport[Any], monkeypatch: pytest.MonkeyPatch) -> Stages:
    from ddp import rendering
    from ddp.providers import email
    from functions.email import events, plan, send
    from functions.sending import reconcile

    prepare = rendering.prepare
    monkeypatch.setattr(rendering, "prepare", lambda *of: replace(prepare(*of), call_size=CALL_SIZE))
    monkeypatch.setattr(email, "configured", lambda: transport)
    monkeypatch.setattr(send, "IN_FLIGHT", 1)
    monkeypatch.setattr(send, "dispatcher", send.dispatcher.__wrapped__)
    plan_url = plan.planning.plan_queue_url
    handlers: dict[str, Any] = {
        plan_url: plan.handler,
        send.QUEUE_URL: send.handler,
        EVENTS: events.handler,
        RECONCILE: reconcile.handler,
    }
    return Stages(
        plan_url=plan_url,
        send_url=send.QUEUE_URL,
        handlers={url: partial(handler, context=CONTEXT) for url, handler in handlers.items()},
    )


def _sms(transport: Transport[Any]) -> Stages:
    from ddp import queues
    from functions.sending.dispatch import Dispatcher
    from functions.sending.planning import Planning
    from functions.sending.reconciler import Reconciler

    plan_url, send_url = f"{ACCOUNT}/sms-plan", f"{ACCOUNT}/sms-send"
    planning = Planning(planner=PhonePlanner(), plan_queue_url=plan_url, send_queue_url=send_url)
    dispatcher = Dispatcher(
        channel=SMS,
        bucket=SMS.name,
        queue_url=send_url,
        transport=transport,
        composer_of=lambda _: PhoneComposer(),
        in_flight=1,
    )
    reconciler = Reconciler(
        channel=SMS,
        plan_queue_url=plan_url,
        send_queue_url=send_url,
        export_queue_url=EXPORTS,
        price_per_thousand=None,
    )
    work: dict[str, Any] = {
        plan_url: partial(planning.process, context=CONTEXT),
        send_url: partial(_send, dispatcher),
        RECONCILE: partial(_reconcile, reconciler),
    }
    process: Any = queues.process
    return Stages(
        plan_url=plan_url,
        send_url=send_url,
        handlers={url: partial(process, context=CONTEXT, work=of_record) for url, of_record in work.items()},
    )


def _send(dispatcher: Any, record: SQSRecord) -> None:
    from functions.sending.messages import SendChunk, parse

    chunk = parse(record.body)
    assert isinstance(chunk, SendChunk)
    dispatcher.send_due(chunk, deadline=time.monotonic() + 30)


def _reconcile(reconciler: Any, _: SQSRecord) -> None:
    reconciler.repair()
    reconciler.tell()


class PhonePlanner:
    """Implements functions.sending.channels.planner.Planner: takes numbers as they are given."""

    channel = SMS

    def normalise(self, address: str) -> str:
        if not address.startswith("+"):
            raise AddressError("empty")
        return address

    def hash(self, address: str) -> bytes:
        return hashlib.sha256(address.encode()).digest()

    def prepare(self, plan: Plan) -> PreparedContent:
        return PreparedContent(html=None, text=plan.content, call_size=CALL_SIZE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneMessage:
    """A text message: as much of it as the provider looks at."""

    address: str
    tags: Mapping[str, str]


class PhoneComposer:
    """Implements functions.sending.channels.composer.Composer."""

    def compose(self, recipient: Claimed) -> PhoneMessage:
        tags = {"ddp_send": str(recipient.send_id), "ddp_attempt": str(recipient.attempt)}
        return PhoneMessage(address=recipient.address, tags=tags)
