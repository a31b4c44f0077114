"""Test sends of SMS: what functions/sending/operations/test_sends.py sends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from ddp import db
from ddp.addresses import phone_hash
from ddp.channels import SMS
from ddp.errors import Conflict, Forbidden
from ddp.providers.sms.base import Message
from ddp.providers.transport import Transport
from ddp.queries.messages.test_sends import TestSend
from ddp.queries.sms import drafts
from ddp.queries.sms.plans import Origin
from ddp.rendering import variables_of
from functions.sending.operations import test_sends
from functions.sms.phones import countries, numbers
from functions.sms.texts import content, short_links, text

# A test that arrives later than this helps nobody.
LIFETIME: Final = timedelta(minutes=10)


def send(test_send_id: UUID, transport: Transport[Message]) -> None:
    """Make a test send, unless it was begun before."""
    test_sends.send(SMS, test_send_id, transport, message_of)


def message_of(test: TestSend) -> Message | None:
    """The message of a test send; None if its recipient is suppressed. Its price counts from now on.

    Raises Invalid (also country-not-enabled), Conflict (no identity, no price, over the month's budget), Forbidden.
    """
    draft = test.draft
    if not test.may_send:
        raise Forbidden(
            "You may no longer send transactional SMS: ask an administrator, or make the draft promotional.",
            code="transactional-not-allowed",
        )
    number = numbers.read(test.recipient)
    if test_sends.is_suppressed(SMS, test, phone_hash(number.e164)):
        return None
    origin = _origin(UUID(draft["sms_campaign_id"]), number.country)
    body, parts = _text(test, number.e164, origin)
    price = parts * origin.price_per_part
    _reserve(test, parts, price)
    return Message(
        recipient=number.e164,
        body=body,
        origin=origin.provider_arn or origin.identity,
        message_type=draft["message_type"],
        max_price=price,
        expires_at=datetime.now(UTC) + LIFETIME,
        tags={"ddp_test": str(test.test_send_id)},
        country_parameters=content.country_parameters(origin, draft["dlt_template_id"]),
    )


def _origin(sms_campaign_id: UUID, country: str) -> Origin:
    if country not in countries.ENABLED:
        raise countries.refusal("country-not-enabled", country)
    with db.transaction(role="service_role") as cursor:
        origin = drafts.test_origin(cursor, sms_campaign_id, country)
    if origin is None:
        raise Conflict(
            f"No sender or no price is set up for this country ({country}): ask an administrator.",
            code="no-sender",
        )
    return origin


def _text(test: TestSend, number: str, origin: Origin) -> tuple[str, int]:
    """The text and its parts."""
    rendered = content.prepared(test.draft["sms_content"]).text_for(
        variables_of(test.template_data, test.sender_profile, test.slots),
        name=None,
        phone=number,
        opt_out=origin.opt_out,
        appends=test.draft["message_type"] == "promotional",
    )
    # The code of the links is made up: they lead nowhere.
    body = short_links.exchange(rendered, short_links.CODE)
    return body, content.measured(body, max_parts=text.MOST_CHARACTERS).parts


def _reserve(test: TestSend, parts: int, price: Decimal) -> None:
    with db.transaction(role="service_role") as cursor:
        if not drafts.reserve_test(cursor, test.test_send_id, parts=parts, price=price):
            raise Conflict(
                f"It costs ${price.normalize():f}, more than is left of your SMS budget this month: ask an"
                " administrator to raise it, or wait until next month.",
                code="over-budget",
            )
