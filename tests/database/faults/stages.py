"""The stages of each channel around a scripted provider: the real handlers, by the URL of their queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from ddp.channels import EMAIL, Channel
from ddp.providers.transport import Transport
from tests import lambdas

ACCOUNT = "https://sqs.eu-central-1.amazonaws.com/123456789012"
EVENTS = f"{ACCOUNT}/events"
RECONCILE = f"{ACCOUNT}/sending-reconcile"

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
    return _email(transport, monkeypatch) if channel is EMAIL else _sms(transport, monkeypatch)


def _email(transport: Transport[Any], monkeypatch: pytest.MonkeyPatch) -> Stages:
    from ddp import rendering
    from ddp.providers import email
    from functions.email import events, plan, send

    prepare = rendering.prepare
    monkeypatch.setattr(rendering, "prepare", lambda *of: replace(prepare(*of), call_size=CALL_SIZE))
    monkeypatch.setattr(email, "configured", lambda: transport)
    monkeypatch.setattr(send, "IN_FLIGHT", 1)
    return _stages(plan, send, events, monkeypatch)


def _sms(transport: Transport[Any], monkeypatch: pytest.MonkeyPatch) -> Stages:
    from ddp.providers import sms
    from functions.sms import events, plan, planner, send

    monkeypatch.setattr(planner, "WAVE", CALL_SIZE)
    monkeypatch.setattr(sms, "configured", lambda: transport)
    return _stages(plan, send, events, monkeypatch)


def _stages(plan: Any, send: Any, events: Any, monkeypatch: pytest.MonkeyPatch) -> Stages:
    from functions.sending import reconcile

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
