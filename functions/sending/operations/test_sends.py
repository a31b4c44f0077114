"""Test sends: messages of a draft to addresses that its sender names, each sent at most once, outside the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from ddp import db
from ddp.addresses import AddressError
from ddp.channels import Channel
from ddp.errors import CallerError
from ddp.observability import logger
from ddp.outcomes import Outcome
from ddp.providers.transport import Answer, Transport
from ddp.queries import leases
from ddp.queries.messages import test_sends
from ddp.queries.messages.test_sends import TestSend

Message = TypeVar("Message")

_STATUSES = {Outcome.ACCEPTED: "sent", Outcome.UNKNOWN: "unknown"}


def send(
    channel: Channel,
    test_send_id: UUID,
    transport: Transport[Message],
    message_of: Callable[[TestSend], Message | None],
) -> None:
    """Make a test send, unless it was begun before: a crash in between leaves it unknown, never sent twice.

    `message_of` returns None for a suppressed recipient. If it raises CallerError, AddressError or ValueError, the test
    send fails with that sentence.
    """
    with db.transaction(role="service_role") as cursor:
        test = test_sends.begin(cursor, channel, test_send_id)
    if test is None:
        logger.info("there is no such test send, or it was begun before")
        return
    with leases.kept(lambda cursor: test_sends.renew(cursor, channel, test_send_id)):
        _send(channel, test, transport, message_of)


def is_suppressed(channel: Channel, test: TestSend, address_hash: bytes) -> bool:
    """Whether the recipient is suppressed, for this sender or for everyone."""
    with db.transaction(role="service_role") as cursor:
        return test_sends.is_suppressed(
            cursor, channel, owner=test.created_by_user_id, address_hash=address_hash
        )


def _send(
    channel: Channel,
    test: TestSend,
    transport: Transport[Message],
    message_of: Callable[[TestSend], Message | None],
) -> None:
    try:
        message = message_of(test)
    except (CallerError, AddressError, ValueError) as error:
        _finish(channel, test, "failed", reason=str(error)[:500])
        return
    if message is None:
        _finish(channel, test, "suppressed", reason="This recipient is suppressed.")
        return
    answer = transport.send([message])[0]
    _finish(channel, test, _STATUSES.get(answer.outcome, "failed"), answer, reason=answer.reason)


def _finish(
    channel: Channel, test: TestSend, status: str, answer: Answer | None = None, *, reason: str | None
) -> None:
    with db.transaction(role="service_role") as cursor:
        test_sends.finish(
            cursor,
            channel,
            test.test_send_id,
            status=status,
            message_id=answer.message_id if answer else None,
            reason=None if status == "sent" else reason,
        )
