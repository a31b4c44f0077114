"""Test sends: messages of a draft to addresses that its sender names, each sent at most once, outside the ledger."""

from __future__ import annotations

from uuid import UUID

from ddp import db, unsubscribe
from ddp.addresses import AddressError, email_hash, normalise_email
from ddp.errors import Invalid
from ddp.observability import logger
from ddp.outcomes import Outcome
from ddp.providers.email.base import Message
from ddp.providers.transport import Answer, Transport
from ddp.queries import leases
from ddp.queries.email import test_sends
from ddp.queries.email.test_sends import TestSend
from ddp.rendering import Renderer, prepare
from functions.email.letter import Letter, sender_mailbox

_STATUSES = {Outcome.ACCEPTED: "sent", Outcome.UNKNOWN: "unknown"}


def send(test_send_id: UUID, transport: Transport[Message]) -> None:
    """Make a test send, unless it was begun before: a crash in between leaves it unknown, never sent twice."""
    with db.transaction(role="service_role") as cursor:
        test = test_sends.begin(cursor, test_send_id)
    if test is None:
        logger.info("there is no such test send, or it was begun before")
        return
    with leases.kept(lambda cursor: test_sends.renew(cursor, test_send_id)):
        _send(test, transport)


def _send(test: TestSend, transport: Transport[Message]) -> None:
    try:
        message = _message(test)
    except (Invalid, AddressError, ValueError) as error:
        _finish(test, "failed", reason=str(error)[:500])
        return
    if message is None:
        _finish(test, "suppressed", reason="This address is suppressed.")
        return
    answer = transport.send([message])[0]
    _finish(test, _STATUSES.get(answer.outcome, "failed"), answer, reason=answer.reason)


def _message(test: TestSend) -> Message | None:
    """The message of a test send; None if its recipient is suppressed."""
    if not test.may_send:
        raise Invalid(f"You may no longer send from {test.sender}.", code="sender-not-verified")
    address = normalise_email(test.recipient_email)
    address_hash = email_hash(address)
    with db.transaction(role="service_role") as cursor:
        if test_sends.is_suppressed(cursor, owner=test.created_by_user_id, address_hash=address_hash):
            return None
    letter = Letter(
        renderer=Renderer(test.subject, prepare(test.html, test.text)),
        sender=sender_mailbox(test.sender, test.sender_name),
        attachments=(),
    )
    return letter.write(
        address=address,
        name=None,
        data=test.template_data,
        url=unsubscribe.url(unsubscribe.TEST),
        tags={"ddp_test": str(test.email_test_send_id)},
    )


def _finish(test: TestSend, status: str, answer: Answer | None = None, *, reason: str | None) -> None:
    with db.transaction(role="service_role") as cursor:
        test_sends.finish(
            cursor,
            test.email_test_send_id,
            status=status,
            message_id=answer.message_id if answer else None,
            reason=None if status == "sent" else reason,
        )
