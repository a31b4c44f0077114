"""Recording results: whatever the database does, none is lost and none is recorded twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from ddp import db
from ddp.channels import EMAIL
from ddp.errors import Unavailable
from ddp.outcomes import Outcome
from ddp.queries.sending import rates, sends
from ddp.queries.sending.sends import Result
from functions.sending.recorder import Recorder
from tests.unit.functions.sending.claims import CALLS, PLAN, call


@dataclass(slots=True)
class Database:
    """Takes results or raises `error`; keeps the results of committed transactions."""

    error: Callable[[], Exception | None] = lambda: None
    taken: list[tuple[list[UUID], list[UUID]]] = field(default_factory=list)
    slowed: list[str] = field(default_factory=list)
    transactions: int = 0


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    database = Database()
    open_now: list[Callable[[], None]] = []

    @contextmanager
    def transaction(**_: Any) -> Iterator[None]:
        database.transactions += 1
        open_now.clear()
        yield
        for commit in open_now:
            commit()

    def record(_: object, __: object, calls: Sequence[UUID], results: Sequence[Result]) -> dict[str, int]:
        if error := database.error():
            raise error
        taken = list(calls), [result.send_id for result in results]
        open_now.append(lambda: database.taken.append(taken))
        return {"recorded": len(results), "accepted": 0, "fenced": 0, "sent_twice": 0}

    def slow_down(_: object, bucket: str) -> None:
        open_now.append(lambda: database.slowed.append(bucket))

    monkeypatch.setattr(db, "transaction", transaction)
    monkeypatch.setattr(sends, "record", record)
    monkeypatch.setattr(rates, "slow_down", slow_down)
    return database


def result(number: int) -> Result:
    return Result(send_id=UUID(int=number), attempt=1, outcome=Outcome.ACCEPTED, message_id="m")


def test_several_calls_go_into_one_statement_and_only_once(database: Database) -> None:
    recorder = Recorder(EMAIL)
    recorder.add(call(0), [result(1), result(2)])
    recorder.add(call(1), [result(3)])
    recorder.record()
    recorder.record()
    assert database.taken == [(CALLS[:2], [UUID(int=1), UUID(int=2), UUID(int=3)])]
    assert database.transactions == 1, "nothing to record asks the database nothing"


@pytest.mark.parametrize("error", [Unavailable("away"), RuntimeError("odd")])
def test_results_that_the_database_refuses_go_with_the_next_ones(
    database: Database, error: Exception
) -> None:
    recorder = Recorder(EMAIL)
    errors = iter([error, None])
    database.error = lambda: next(errors)
    recorder.add(call(0), [result(1)])
    recorder.slow_down("email")
    recorder.record()
    assert (database.taken, database.slowed) == ([], [])
    recorder.add(call(1), [result(2)])
    recorder.record()
    assert database.taken == [(CALLS[:2], [UUID(int=1), UUID(int=2)])]
    assert database.slowed == ["email"]


def test_recording_says_which_plans_it_was_about(database: Database) -> None:
    recorder = Recorder(EMAIL)
    errors = iter([Unavailable("away"), None])
    database.error = lambda: next(errors)
    recorder.add(call(0), [result(1)])
    assert recorder.record() == set()
    recorder.add(call(1, plan=UUID(int=101)), [result(2)])
    assert recorder.record() == {PLAN, UUID(int=101)}
    assert recorder.record() == set()


def shared(_: str) -> bool:
    """The work may share its transaction."""
    return False


def test_work_that_turns_out_to_be_alone_leaves_the_results_for_later(database: Database) -> None:
    recorder = Recorder(EMAIL)
    recorder.add(call(0), [result(1)])
    assert recorder.record_with(lambda _: "held", is_alone=lambda done: done == "held") == "held"
    assert (database.taken, database.transactions) == ([], 1)
    assert recorder.record() == {PLAN}
    assert len(database.taken) == 1


def test_other_work_shares_the_transaction_of_the_results(database: Database) -> None:
    recorder = Recorder(EMAIL)
    recorder.add(call(0), [result(1)])
    assert recorder.record_with(lambda _: "started", is_alone=shared) == "started"
    assert (len(database.taken), database.transactions) == (1, 1)
    assert recorder.record() == {PLAN}, "asked for later"
    assert recorder.record_with(lambda _: "more", is_alone=shared) == "more"
    assert (len(database.taken), database.transactions) == (1, 2)


def test_results_that_the_database_refuses_do_not_stop_other_work(database: Database) -> None:
    recorder = Recorder(EMAIL)
    database.error = lambda: RuntimeError("odd")
    recorder.add(call(0), [result(1)])
    assert recorder.record_with(lambda _: "started", is_alone=shared) == "started"
    database.error = lambda: None
    recorder.record()
    assert database.taken == [(CALLS[:1], [UUID(int=1)])]


def test_throttling_is_told_once_and_without_results_too(database: Database) -> None:
    recorder = Recorder(EMAIL)
    recorder.slow_down("email")
    recorder.record()
    recorder.record()
    assert database.slowed == ["email"]


def test_at_the_end_it_tries_again_until_the_database_takes_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    recorder = Recorder(EMAIL)
    errors = iter([Unavailable("away"), Unavailable("away"), None])
    database.error = lambda: next(errors)
    recorder.add(call(0), [result(1)])
    recorder.record_until(time.monotonic() + 5)
    assert database.taken == [(CALLS[:1], [UUID(int=1)])]


def test_results_that_are_lost_at_the_end_are_said_by_their_calls(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.sending import recorder as module

    said: list[Any] = []
    monkeypatch.setattr(module.logger, "error", lambda *_, **keys: said.append(keys))
    recorder = Recorder(EMAIL)
    database.error = lambda: Unavailable("away for good")
    recorder.add(call(0), [result(1)])
    recorder.record_until(time.monotonic())
    assert said == [{"calls": [str(CALLS[0])]}]
