"""Made-up claimed recipients."""

from __future__ import annotations

from uuid import UUID

from ddp.queries.sending.sends import Claimed
from functions.sending.calls import Call

CALLS = [UUID(int=number) for number in range(1, 10)]
PLAN = UUID(int=100)


def claimed(number: int, call: UUID = CALLS[0], plan: UUID = PLAN) -> Claimed:
    """Recipient `number` of a call, with the address `<number>@example.com`."""
    return Claimed(
        send_call_id=call,
        send_plan_id=plan,
        sender_user_id=UUID(int=200),
        send_id=UUID(int=1000 + number),
        attempt=1,
        address=f"{number}@example.com",
        name=None,
        address_hash=bytes(32),
        template_data={},
        bucket="email",
        hold=None,
        details=None,
    )


def call(number: int, plan: UUID = PLAN) -> Call:
    """A call of one recipient."""
    return Call(send_call_id=CALLS[number], recipients=[claimed(number, CALLS[number], plan)])
