"""The send stage of SMS with a transport that sends nothing, in one process and in four, and composing messages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from ddp.channels import SMS
from tests.benchmarks.measure import Row
from tests.benchmarks.sending import sending

MESSAGES = 5_000
TEXT = (
    "Dear {{ name }}, your order {{ order_number }} waits for you in {{ city | upcase }}: "
    '{{ "https://shop.example/orders" | short_link }}'
)


def rows() -> Iterator[Row]:
    """Seconds per message: composing, and the stage without it (floor: bare SQL)."""
    yield _composing()
    yield from sending.rows(SMS)


def _composing() -> Row:
    """A text of one part with three variables and a short link."""
    from ddp.queries.sending.sends import Claimed
    from ddp.queries.sms.plans import Origin, SmsPlan
    from functions.sms.texts.content import Content, prepared
    from tests import lambdas  # noqa: F401  # the environment that functions read when imported

    identifier = uuid4()
    plan = SmsPlan(
        send_plan_id=identifier, content=TEXT, message_type="promotional", dlt_template_id=None, default_country=None,
        max_parts=4, consent="declared", transliterates=False, recipients_masked=False, tracks_conversions=False,
        sender_profile=None, slots=None,
    )  # fmt: skip
    origin = Origin(
        country="US", identity="72645", kind="short_code", bucket="sms:72645", provider_arn=None,
        price_per_part=Decimal("0.00883"), opt_out="Reply STOP", dlt_entity_id=None,
    )  # fmt: skip
    content = Content(plan=plan, prepared=prepared(TEXT), origins={"US": origin})
    expires_at = (datetime.now(UTC) + timedelta(hours=1)).timestamp()
    recipient = Claimed(
        send_call_id=identifier, send_plan_id=identifier, sender_user_id=identifier, send_id=identifier, attempt=1,
        address="+12025550101", name="Ann", address_hash=b"", bucket="sms:72645", hold=None,
        details={
            "country": "US", "link_code": "a" * 10, "price": "0.01766", "parts": 2, "expires_at": expires_at
        },
        template_data={"order_number": "1042", "city": "London"},
    )  # fmt: skip
    start = time.perf_counter()
    for _ in range(MESSAGES):
        message = content.compose(recipient)
    seconds = (time.perf_counter() - start) / MESSAGES
    return Row(
        what=f"compose a text of {len(message.body)} characters ({1 / seconds:,.0f} per second)",
        measured=seconds,
    )
