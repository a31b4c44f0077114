"""Test sends of e-mail: what functions/sending/operations/test_sends.py sends."""

from __future__ import annotations

from uuid import UUID

from ddp.addresses import email_hash, normalise_email
from ddp.channels import EMAIL
from ddp.errors import Invalid
from ddp.links import unsubscribe
from ddp.providers.email.base import Message
from ddp.providers.transport import Transport
from ddp.queries.messages.test_sends import TestSend
from ddp.rendering import Renderer, prepare
from functions.email.letter import Letter, reply_mailbox, sender_mailbox
from functions.sending.operations import test_sends


def send(test_send_id: UUID, transport: Transport[Message]) -> None:
    """Make a test send, unless it was begun before."""
    test_sends.send(EMAIL, test_send_id, transport, message_of)


def message_of(test: TestSend) -> Message | None:
    """The message of a test send; None if its recipient is suppressed. Raises Invalid, AddressError, ValueError."""
    draft = test.draft
    if not test.may_send:
        raise Invalid(
            f"You may no longer send from {draft['sender_email']}: verify it, or its domain, again.",
            code="sender-not-verified",
        )
    address = normalise_email(test.recipient)
    if test_sends.is_suppressed(EMAIL, test, email_hash(address)):
        return None
    letter = Letter(
        renderer=Renderer(
            draft["email_subject"],
            prepare(draft["email_content"], draft["text_content"]),
            postal_address=test.sender_profile.get("postal_address", ""),
        ),
        sender=sender_mailbox(draft["sender_email"], draft["sender_name"]),
        attachments=(),
        sender_profile=test.sender_profile,
        slots=test.slots,
        reply_to=reply_mailbox(draft["reply_to"]),
    )
    return letter.write(
        address=address,
        name=None,
        data=test.template_data,
        url=unsubscribe.url(unsubscribe.TEST),
        tags={"ddp_test": str(test.test_send_id)},
    )
