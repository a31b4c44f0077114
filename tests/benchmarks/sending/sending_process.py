"""One process of `sending`: the raw statements of its floor, or the stage, on a connection of its own."""

from __future__ import annotations

import importlib
import os
import time
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from ddp.channels import EMAIL, Channel
from ddp.queries import load_by_channel
from tests import lambdas  # noqa: F401  # the environment that functions read when imported

CHUNK = 500
# How many messages are in calls at once, and so have their results together: ten calls of 50, one wave of 32.
IN_CALLS = {"email": 500, "sms": 32}

SQL = load_by_channel(__file__.replace("_process", ""))


def by_hand(channel: Channel, url: str, channel_campaign_id: UUID, recipients: int) -> None:
    """Claims a chunk at a time, and marks as many as are in calls at once, with the worker's login and role.

    Each statement is its own transaction.
    """
    ledger, sql, marked = connection(url), SQL[channel.name], IN_CALLS[channel.name]
    for chunk_no in range(1, recipients // CHUNK + 1):
        values = {"channel_campaign_id": channel_campaign_id, "chunk_no": chunk_no}
        claimed = ledger.execute(sql.claim, values).fetchall()
        for start in range(0, len(claimed), marked):
            ids = [row["send_id"] for row in claimed[start : start + marked]]
            ledger.execute(sql.mark, {"ids": ids, "message_ids": ["m"] * len(ids)})


def stage(channel: Channel, url: str, call_seconds: float = 0.0) -> tuple[int, float]:
    """Send what is due. Returns how many messages were accepted, and the process's processor time in seconds.

    `call_seconds`: how long the provider takes to answer a call.
    """
    from functions.sending.dispatch import Run

    dispatcher = _dispatcher(channel, url, call_seconds)
    started = time.process_time()
    accepted = Run(dispatcher, deadline=time.monotonic() + 600).send_all()
    return accepted, time.process_time() - started


def stage_until_sent(channel: Channel, url: str, call_seconds: float) -> int:
    """Send until nothing is pending: where others hold all that is due, hints wake a worker again a little later."""
    accepted, is_over = 0, False
    while not is_over:
        found, _ = stage(channel, url, call_seconds)
        accepted += found
        if not found:
            time.sleep(0.1)
            (row,) = connection(url).execute(SQL[channel.name].is_over).fetchall()
            is_over = row["is_over"]
    return accepted


@cache
def connection(url: str) -> psycopg.Connection[dict[str, Any]]:
    """This process's connection, with the worker's role; each statement is its own transaction."""
    ledger = psycopg.connect(url, autocommit=True, prepare_threshold=None, row_factory=dict_row)
    ledger.execute("set role service_role")
    return ledger


@cache
def _dispatcher(channel: Channel, url: str, call_seconds: float) -> Any:
    os.environ["DATABASE_URL"] = url
    os.environ["POWERTOOLS_LOG_LEVEL"] = "ERROR"
    from functions.sending.dispatch import Dispatcher
    from tests.transports import NullTransport

    stage_of_channel = importlib.import_module(f"functions.{channel.name}.send")
    # Rendering is measured separately: here every recipient gets the same message.
    message = _message(channel)
    composer = type("Composer", (), {"compose": lambda *_: message})()
    return Dispatcher(
        channel=channel,
        quota_bucket=channel.name if channel is EMAIL else None,
        queue_url="",
        transport=NullTransport(longest_call=call_seconds),
        composer_of=lambda _plan, _variant: composer,
        in_flight=stage_of_channel.IN_FLIGHT,
    )


def _message(channel: Channel) -> Any:
    if channel is not EMAIL:
        return "Hello"  # the transport does not look at it
    from ddp.providers.email.base import Message, mailbox

    anyone = mailbox("1@example.com")
    return Message(sender=anyone, recipient=anyone, subject="s", html="h", text="t", tags={})
