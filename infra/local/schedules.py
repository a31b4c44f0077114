"""Triggers at once what schedules trigger each minute, so that the demo and the tests need not wait."""

from __future__ import annotations

import json
from typing import Any

RECONCILE_QUEUES = (
    "ddp-local-sending-reconcile",
    "ddp-local-uploads-reconcile",
    "ddp-local-catalogue-reconcile",
)


def reconcile_now(sqs: Any) -> None:
    """Send the messages of the schedules that reconcile; reconciling too often is harmless."""
    for name in RECONCILE_QUEUES:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"type": "Reconcile"}))
