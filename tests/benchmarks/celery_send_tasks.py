"""Celery's side of `celery_send`, for the virtual environment `.venv-bench`: the task, and a program that queues tasks.

The program reads JSON from its standard input: for each task, the ids of its recipients.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from celery import Celery  # type: ignore[import-not-found]

from ddp.providers.email.base import Message, mailbox
from ddp.queries import load
from tests.benchmarks import sending_process
from tests.transports import NullTransport

SQL = load(__file__.replace("_tasks", ""))
ANYONE = mailbox("1@example.com")
MESSAGE = Message(sender=ANYONE, recipient=ANYONE, subject="s", html="h", text="t", tags={})
TRANSPORT = NullTransport()

app = Celery("bench", broker=os.environ["BENCH_BROKER"])
# Acknowledged late: a task that is lost with its worker comes again, as a message of SQS does.
app.conf.update(task_acks_late=True, task_ignore_result=True)


@app.task  # type: ignore[untyped-decorator]
def send(ids: list[str]) -> None:
    """Claim the recipients that are still pending, send to them, and mark them: two transactions."""
    ledger = sending_process.connection(os.environ["DATABASE_URL"])
    claimed: list[dict[str, Any]] = ledger.execute(SQL.claim, {"ids": ids}).fetchall()
    answers = TRANSPORT.send([MESSAGE for _ in claimed])
    sent = {
        "ids": [row["email_send_id"] for row in claimed],
        "message_ids": [answer.message_id for answer in answers],
    }
    ledger.execute(sending_process.SQL["email"].mark, sent)


if __name__ == "__main__":
    for ids in json.load(sys.stdin):
        app.send_task("tests.benchmarks.celery_send_tasks.send", [ids])
