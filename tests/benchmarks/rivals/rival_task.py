"""What a task of every rival does, in the virtual environment `.venv-bench`."""

from __future__ import annotations

import os
from typing import Any

from ddp.providers.email.base import Message, mailbox
from ddp.queries import load
from tests.benchmarks.sending import sending_process
from tests.transports import NullTransport

SQL = load(__file__.replace("rival_task", "rivals"))
ANYONE = mailbox("1@example.com")
MESSAGE = Message(sender=ANYONE, recipient=ANYONE, subject="s", html="h", text="t", tags={})
TRANSPORT = NullTransport()


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
