"""Test sends: a sample of an e-mail campaign to the sender's own people, at most once, outside of the ledger."""

from __future__ import annotations

from uuid import UUID

from ddp import db, unsubscribe
from ddp.addresses import AddressError, email_hash, normalise_email
from ddp.errors import Invalid
from ddp.observability import logger
from ddp.outcomes import Outcome
from ddp.providers.email.base import Message
from ddp.providers.transport import Answer, Transport
from ddp.queries.email import test_sends as email_test_sends
from ddp.queries.email.test_sends import TestSend
from ddp.rendering import Renderer, prepare
from functions.email.letter import Letter, sender

_STATUSES = {Outcome.ACCEPTED: "sent", Outcome.UNKNOWN: "unknown"}


def send(email_test_send_id: UUID, transport: Transport) -> None:
    """Send the sample, unless somebody began it before: who dies in between leaves it unknown, never twice sent."""
    with db.transaction(role="service_role") as cursor:
        sample = email_test_sends.begin(cursor, email_test_send_id)
    if sample is None:
        logger.info("no such test send, or it was begun before")
        return
    try:
        message = _message(sample)
    except (Invalid, AddressError, ValueError) as error:
        _finish(sample, "failed", reason=str(error)[:500])
        return
    if message is None:
        _finish(sample, "suppressed", reason="This address is not to be written to.")
        return
    answer = transport.send([message])[0]
    _finish(sample, _STATUSES.get(answer.outcome, "failed"), answer, reason=answer.reason)


def _message(sample: TestSend) -> Message | None:
    """The sample as a message; None where its recipient is suppressed."""
    if not sample.may_send:
        raise Invalid(f"You may no longer send from {sample.sender}.", code="sender-not-verified")
    address = normalise_email(sample.recipient_email)
    address_hash = email_hash(address)
    with db.transaction(role="service_role") as cursor:
        if email_test_sends.is_suppressed(cursor, owner=sample.created_by_user_id, address_hash=address_hash):
            return None
    letter = Letter(
        renderer=Renderer(sample.subject, prepare(sample.html, sample.text)),
        sender=sender(sample.sender, sample.sender_name),
        attachments=(),
        tenant=sample.tenant,
    )
    token = unsubscribe.token(sample.created_by_user_id, address_hash, sample.email_test_send_id)
    return letter.compose(
        address=address,
        name=None,
        data=sample.template_data,
        url=unsubscribe.url(token),
        tags={"ddp_test": str(sample.email_test_send_id)},
    )


def _finish(sample: TestSend, status: str, answer: Answer | None = None, *, reason: str | None) -> None:
    with db.transaction(role="service_role") as cursor:
        email_test_sends.finish(
            cursor,
            sample.email_test_send_id,
            status=status,
            message_id=answer.message_id if answer else None,
            reason=None if status == "sent" else reason,
        )
