"""One process of `send_email`: the raw statements of its floor, or the stage, on a connection of its own."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from ddp.channels import EMAIL
from ddp.queries import load
from tests import lambdas  # noqa: F401  # the environment that functions read when imported

CHUNK = 500

SQL = load(__file__.replace("_process", ""))


def by_hand(url: str, email_campaign_id: UUID, recipients: int) -> None:
    """Two statements per chunk, each its own transaction, with the worker's login and role."""
    ledger = connection(url)
    for chunk_no in range(1, recipients // CHUNK + 1):
        values = {"email_campaign_id": email_campaign_id, "chunk_no": chunk_no}
        claimed = ledger.execute(SQL.claim, values).fetchall()
        ids = [row["email_send_id"] for row in claimed]
        ledger.execute(SQL.mark, {"ids": ids, "message_ids": ["m"] * len(ids)})


def stage(url: str) -> tuple[int, float]:
    """Send what is due. Returns how many messages were accepted, and the process's processor time in seconds."""
    from functions.sending.dispatch import Run

    dispatcher = _dispatcher(url)
    started = time.process_time()
    accepted = Run(dispatcher, deadline=time.monotonic() + 600).send_all()
    return accepted, time.process_time() - started


@cache
def connection(url: str) -> psycopg.Connection[dict[str, Any]]:
    """This process's connection, with the worker's role; each statement is its own transaction."""
    ledger = psycopg.connect(url, autocommit=True, prepare_threshold=None, row_factory=dict_row)
    ledger.execute("set role service_role")
    return ledger


@cache
def _dispatcher(url: str) -> Any:
    os.environ["DATABASE_URL"] = url
    os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"
    from ddp.providers.email.base import Message, mailbox
    from functions.email.send import IN_FLIGHT
    from functions.sending.dispatch import Dispatcher
    from tests.transports import NullTransport

    anyone = mailbox("1@example.com")
    message = Message(sender=anyone, recipient=anyone, subject="s", html="h", text="t", tags={})
    # Rendering is measured separately: here every recipient gets the same message.
    composer = type("Composer", (), {"compose": lambda *_: message})()
    return Dispatcher(
        channel=EMAIL,
        bucket=EMAIL.name,
        queue_url="",
        transport=NullTransport(),
        composer_of=lambda _: composer,
        in_flight=IN_FLIGHT,
    )
