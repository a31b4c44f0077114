"""Which call is composed next, and when content counts as slow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from uuid import UUID

import pytest

from ddp.errors import Invalid
from ddp.queries.sending.sends import Claimed
from functions.sending.calls import Call
from functions.sending.composing.worklist import MEASURED, SLOW_SECONDS, WINDOW, Pace, Worklist
from tests.transports import NullTransport
from tests.unit.functions.sending.claims import CALLS, PLAN, claimed

SLOW, FAST = UUID(int=201), UUID(int=202)


@dataclass(slots=True)
class Clock:
    """Processor time, which passes while messages are composed."""

    now: float = 0.0
    order: list[UUID] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def composer_of(self, plan: UUID, variant: int | None) -> Clock:
        if plan == UUID(int=0):
            raise Invalid("The content was never prepared.")
        return self

    def compose(self, recipient: Claimed) -> str:
        self.now += 0.1 if recipient.sender_user_id == SLOW else 0.001
        self.order.append(recipient.sender_user_id)
        return recipient.address


def call(number: int, sender: UUID, count: int, plan: UUID = PLAN) -> Call:
    """A call of `count` recipients."""
    recipients = [claimed(n, CALLS[number], plan)._replace(sender_user_id=sender) for n in range(count)]
    return Call(send_call_id=CALLS[number], recipients=recipients)


def worklist(clock: Clock, *calls: Call) -> Worklist[str]:
    transport: object = NullTransport()
    listed: Worklist[str] = Worklist(clock.composer_of, transport, clock=clock)  # type: ignore[arg-type]
    listed.add(calls)
    return listed


def drain(listed: Worklist[str], until: float) -> None:
    while listed.calls:
        listed.go_on(listed.next(), until=until)


def test_slow_content_delays_others_by_one_message() -> None:
    clock = Clock()
    drain(worklist(clock, call(0, SLOW, 5), call(1, FAST, 30), call(2, FAST, 30)), until=0)
    assert clock.order == [SLOW, *[FAST] * 60, *[SLOW] * 4]


def test_equal_senders_take_turns_by_the_call() -> None:
    clock = Clock()
    other = UUID(int=203)
    drain(worklist(clock, *(call(n, (FAST, other)[n // 2], 10) for n in range(4))), until=inf)
    assert clock.order == [*[FAST] * 10, *[other] * 10, *[FAST] * 10, *[other] * 10]


def test_a_call_leaves_the_list_when_it_is_whole() -> None:
    listed = worklist(Clock(), call(0, FAST, 2))
    assert listed.go_on(listed.next(), until=0) is None
    composed = listed.go_on(listed.next(), until=0)
    assert composed is not None
    assert (len(composed.messages), listed.calls) == (2, [])


def test_a_plan_of_which_no_message_can_be_made_says_why() -> None:
    listed = worklist(Clock(), call(0, FAST, 2, plan=UUID(int=0)))
    with pytest.raises(Invalid, match="never prepared"):
        listed.go_on(listed.next(), until=0)
    assert len(listed.calls) == 1


def test_calls_are_taken_out_by_sender() -> None:
    listed = worklist(Clock(), call(0, SLOW, 1), call(1, FAST, 1))
    taken = listed.take_out(lambda each: each.sender_user_id == SLOW)
    assert [each.call.send_call_id for each in taken] == [CALLS[0]]
    assert [each.send_call_id for each in listed.calls] == [CALLS[1]]


@pytest.mark.parametrize(
    ("add", "is_slow"),
    [
        (lambda pace: pace.add(MEASURED - 1, 10.0), False),  # one hiccup of the machine proves nothing
        (lambda pace: pace.add(MEASURED, MEASURED * SLOW_SECONDS * 1.1), True),
        (lambda pace: pace.add(MEASURED, MEASURED * SLOW_SECONDS * 0.9), False),
        (lambda pace: [pace.add(WINDOW, 0.1) for _ in range(100)] and pace.add(WINDOW, 5.0), True),
    ],
    ids=["too few", "slow", "not slow", "slow after thousands of fast ones"],
)
def test_content_is_slow_by_its_latest_messages(add: Callable[[Pace], object], is_slow: bool) -> None:
    pace = Pace()
    add(pace)
    assert pace.is_slow is is_slow
