"""From claimed recipients to provider calls and back: no recipient is lost, and each gets its own result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf

import pytest

from ddp.errors import Invalid
from ddp.outcomes import Outcome
from ddp.providers.transport import Answer, Quota
from ddp.queries.sending.sends import Claimed, Result
from ddp.rendering import TooSlow
from functions.sending import calls
from functions.sending.calls import Call, ComposedCall, Composition
from functions.sending.channels.composer import TOO_SLOW
from tests.unit.functions.sending.claims import CALLS, claimed

NOW = datetime(2026, 10, 12, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Composer:
    """The message is the recipient's address, unless `refuse` raises the reason why there is none."""

    refuse: Callable[[Claimed], None]

    def compose(self, recipient: Claimed) -> str:
        self.refuse(recipient)
        return recipient.address


@dataclass(frozen=True, slots=True)
class Transport:
    """One call takes `fits` messages. It cannot make calls."""

    fits: int = 50
    longest_call: float = 1.0

    def fitting(self, messages: Sequence[str]) -> int:
        assert messages, "a transport is asked about at least one message"
        return min(len(messages), self.fits)

    def send(self, messages: Sequence[str]) -> list[Answer]:
        raise NotImplementedError

    def quota(self) -> Quota | None:
        raise NotImplementedError


def call_of(count: int) -> Call:
    return Call(send_call_id=CALLS[0], recipients=[claimed(number) for number in range(count)])


def compose(
    call: Call, *, refuse: Callable[[Claimed], None] = lambda _: None, fits: int = 50
) -> ComposedCall[str]:
    composition: Composition[str] = Composition(call=call)
    composition.go_on(Composer(refuse), until=inf)
    return composition.finish(Transport(fits))


def raising(error: Exception, *numbers: int) -> Callable[[Claimed], None]:
    """Raise for these recipients."""

    def refuse(recipient: Claimed) -> None:
        if recipient.address in {f"{number}@example.com" for number in numbers}:
            raise error

    return refuse


def outcomes(results: Sequence[Result]) -> list[tuple[int, Outcome, str | None]]:
    return [(result.send_id.int - 1000, result.outcome, result.code) for result in results]


def test_calls_are_grouped_whatever_the_order_of_the_claim() -> None:
    first, second = CALLS[:2]
    mixed = [claimed(1, second), claimed(2, first), claimed(3, second), claimed(4, first), claimed(5, second)]
    grouped = calls.group(mixed)
    assert [(call.send_call_id, [r.address[0] for r in call.recipients]) for call in grouped] == [
        (second, ["1", "3", "5"]),
        (first, ["2", "4"]),
    ]


def test_nothing_claimed_makes_no_call() -> None:
    assert calls.group([]) == []


def test_each_recipient_gets_the_message_composed_for_it() -> None:
    composed = compose(call_of(3))
    assert list(composed.messages) == [recipient.address for recipient in composed.outgoing]
    assert (list(composed.outgoing), list(composed.settled)) == (list(call_of(3).recipients), [])


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (
            Invalid("Line 2: unknown filter.", code="template-invalid"),
            "template-invalid",
            "Line 2: unknown filter.",
        ),
        (ValueError("a header with a line break"), "message-invalid", "a header with a line break"),
    ],
)
def test_a_message_that_cannot_be_composed_fails_alone(error: Exception, code: str, reason: str) -> None:
    composed = compose(call_of(3), refuse=raising(error, 1))
    assert [recipient.address for recipient in composed.outgoing] == ["0@example.com", "2@example.com"]
    (failed,) = composed.settled
    assert outcomes([failed]) == [(1, Outcome.FAILED, code)]
    assert failed.reason == reason


def test_a_call_of_which_nothing_can_be_composed_has_no_messages() -> None:
    composed = compose(call_of(2), refuse=raising(ValueError("x"), 0, 1))
    assert (list(composed.messages), list(composed.outgoing), len(composed.settled)) == ([], [], 2)


def test_what_does_not_fit_goes_back_at_once_and_only_that() -> None:
    composed = compose(call_of(5), refuse=raising(ValueError("x"), 0), fits=2)
    assert [recipient.address for recipient in composed.outgoing] == ["1@example.com", "2@example.com"]
    assert len(composed.messages) == 2
    assert outcomes(composed.settled) == [
        (0, Outcome.FAILED, "message-invalid"),
        (3, Outcome.RETRY, None),
        (4, Outcome.RETRY, None),
    ]
    assert all(result.retry_at is None for result in composed.settled)


def test_results_are_those_of_all_recipients_and_answers_stay_with_theirs() -> None:
    composed = compose(call_of(5), refuse=raising(ValueError("x"), 1), fits=3)
    answers = [
        Answer(outcome=Outcome.ACCEPTED, message_id="m-0"),
        Answer(outcome=Outcome.UNKNOWN, code="ReadTimeoutError"),
        Answer(outcome=Outcome.RETRY, code="throttled", later=120),
    ]
    results = {result.send_id.int - 1000: result for result in calls.results(composed, answers, NOW)}
    assert {number: result.outcome for number, result in results.items()} == {
        0: Outcome.ACCEPTED,
        1: Outcome.FAILED,
        2: Outcome.UNKNOWN,
        3: Outcome.RETRY,
        4: Outcome.RETRY,
    }
    assert results[0].message_id == "m-0"
    assert (results[3].retry_at, results[4].retry_at) == (NOW + timedelta(minutes=2), None)


def test_a_missing_answer_is_never_taken_for_the_next_ones() -> None:
    with pytest.raises(ValueError, match="shorter"):
        calls.results(compose(call_of(2)), [Answer(outcome=Outcome.ACCEPTED, message_id="m")], NOW)


def test_codes_and_reasons_are_as_the_database_stores_them() -> None:
    answer = Answer(outcome=Outcome.FAILED, code="c" * 60, reason="a\0b")
    (result,) = calls.results(compose(call_of(1)), [answer], NOW)
    assert (result.code, result.reason) == ("c" * 50, "ab")


def test_a_call_that_was_not_made_gives_all_back_who_have_not_failed() -> None:
    composed = compose(call_of(3), refuse=raising(ValueError("x"), 1))
    assert outcomes(calls.returned(composed)) == [
        (1, Outcome.FAILED, "message-invalid"),
        (0, Outcome.RETRY, None),
        (2, Outcome.RETRY, None),
    ]


def test_composing_stops_between_messages_and_goes_on_where_it_stopped() -> None:
    composition: Composition[str] = Composition(call=call_of(3))
    for number in (1, 2, 3):
        composition.go_on(
            Composer(lambda _: None), until=0
        )  # the time is over, and one message is always made
        assert (composition.composed, composition.is_whole) == (number, number == 3)
    composed = composition.finish(Transport())
    assert list(composed.messages) == [f"{number}@example.com" for number in range(3)]


def test_a_call_that_is_half_composed_gives_everyone_back_but_who_failed() -> None:
    composition: Composition[str] = Composition(call=call_of(3))
    composition.go_on(Composer(raising(Invalid("Too slow.", code=TOO_SLOW), 0)), until=0)
    composition.go_on(Composer(lambda _: None), until=0)
    assert outcomes(composition.given_back()) == [
        (0, Outcome.FAILED, TOO_SLOW),
        (1, Outcome.RETRY, None),
        (2, Outcome.RETRY, None),
    ]
    assert composition.slow == ["Too slow."]


def test_rendering_and_sending_have_one_word_for_content_that_is_too_slow() -> None:
    assert TooSlow.default_code == TOO_SLOW
