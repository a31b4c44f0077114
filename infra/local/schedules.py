"""Triggers at once what schedules trigger, so that the demo and the tests need not wait."""

from __future__ import annotations

import json
from typing import Any

# Queues, and the type of the message that their schedules send.
EACH_MINUTE = {
    "ddp-local-sending-reconcile": "Reconcile",
    "ddp-local-sms-opt-outs": "MirrorOptOuts",
    "ddp-local-uploads-reconcile": "Reconcile",
    "ddp-local-catalogue-reconcile": "Reconcile",
    "ddp-local-analytics-refresh": "Refresh",
    "ddp-local-social-due": "ScanDue",
    "ddp-local-social-reconcile": "Reconcile",
    "ddp-local-social-poll": "PollPosts",
}
EACH_HOUR = {
    "ddp-local-maintenance-cleanup": "CleanUp",
    "ddp-local-maintenance-reconcile": "Reconcile",
}
# Queues that a ping shows to have a worker, each minute.
PINGED = (
    "ddp-local-uploads-object-created",
    "ddp-local-catalogue-import-products",
    "ddp-local-email-plan",
    "ddp-local-email-send",
    "ddp-local-email-events",
    "ddp-local-sms-plan",
    "ddp-local-sms-send",
    "ddp-local-sms-events",
    "ddp-local-sms-inbound",
    "ddp-local-social-publish",
    "ddp-local-social-event",
    "ddp-local-sending-export",
)
EACH_FIVE_MINUTES = {"ddp-local-social-tokens": "RenewTokens"}


def make_up(sqs: Any) -> None:
    """Send what schedules would have sent while the stack was off: GET /health soon is right again."""
    _send(sqs, EACH_MINUTE | EACH_FIVE_MINUTES | EACH_HOUR | dict.fromkeys(PINGED, "Ping"))


def reconcile_now(sqs: Any) -> None:
    """Send what is sent each minute; too often is harmless."""
    _send(sqs, EACH_MINUTE)


def clean_up_now(sqs: Any) -> None:
    """Send what is sent each hour; too often is harmless."""
    _send(sqs, EACH_HOUR)


def _send(sqs: Any, messages: dict[str, str]) -> None:
    for name, kind in messages.items():
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"type": kind}))
