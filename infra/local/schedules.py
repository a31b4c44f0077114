"""Triggers at once what a schedule triggers each minute, so that the demo and the tests need not wait."""

from __future__ import annotations

import json
from typing import Any

RECONCILE_QUEUE = "ddp-local-sending-reconcile"


def reconcile_now(sqs: Any) -> None:
    """Send the message of the schedule sending-reconcile; reconciling too often is harmless."""
    url = sqs.get_queue_url(QueueName=RECONCILE_QUEUE)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"type": "Reconcile"}))
