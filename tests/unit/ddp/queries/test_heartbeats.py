"""The heartbeats of queues' workers: which batches are one."""

from __future__ import annotations

from typing import Any

import pytest

from ddp.queries import heartbeats
from tests import lambdas

CONTEXT: Any = lambdas.Context()


def batch(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": body, "body": body} for body in bodies]}


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the heartbeats that were noted; the clock stands still."""
    names: list[str] = []
    monkeypatch.setattr(heartbeats, "_NAME", "email-send")
    monkeypatch.setattr(heartbeats, "_next_beat", 0.0)
    monkeypatch.setattr(heartbeats.time, "monotonic", lambda: 1_000.0)
    monkeypatch.setattr(heartbeats, "beat", names.append)
    return names


def handler_of(failing: tuple[str, ...] = ()) -> tuple[heartbeats.Handler, list[str]]:
    """A handler for which some messages fail, and the bodies of those that it saw."""
    seen: list[str] = []

    @heartbeats.of_worker
    def handler(event: dict[str, Any], context: Any) -> Any:
        seen.extend(record["body"] for record in event["Records"])
        failures = [record["messageId"] for record in event["Records"] if record["body"] in failing]
        return {"batchItemFailures": [{"itemIdentifier": item} for item in failures]}

    return handler, seen


def test_a_ping_is_a_heartbeat_that_the_handler_does_not_see(noted: list[str]) -> None:
    handler, seen = handler_of()
    assert handler(batch(heartbeats.PING), CONTEXT) == {"batchItemFailures": []}
    assert (noted, seen) == (["email-send"], [])


def test_messages_reach_the_handler_without_the_pings_among_them(noted: list[str]) -> None:
    handler, seen = handler_of()
    assert handler(batch("a", heartbeats.PING, "b"), CONTEXT) == {"batchItemFailures": []}
    assert (noted, seen) == (["email-send"], ["a", "b"])


def test_a_batch_of_which_a_message_fails_is_none(noted: list[str]) -> None:
    handler, _ = handler_of(failing=("bad",))
    answer = handler(batch("bad", heartbeats.PING), CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert noted == []


def test_an_environment_notes_at_most_two_a_minute(noted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    handler, _ = handler_of()
    for seconds in (1_000.0, 1_029.0, 1_030.0, 1_059.0, 1_060.0):
        monkeypatch.setattr(heartbeats.time, "monotonic", lambda seconds=seconds: seconds)
        handler(batch("a"), CONTEXT)
    assert len(noted) == 3


def test_a_heartbeat_that_cannot_be_noted_fails_no_message_and_is_tried_again(
    noted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(name: str) -> None:
        noted.append(name)
        raise OSError

    monkeypatch.setattr(heartbeats, "beat", away)
    handler, _ = handler_of()
    for _ in range(2):
        assert handler(batch("a"), CONTEXT) == {"batchItemFailures": []}
    assert noted == ["email-send"] * 2


def test_outside_of_lambda_there_is_no_name_and_no_heartbeat(
    noted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "_NAME", "")
    handler, _ = handler_of()
    handler(batch(heartbeats.PING), CONTEXT)
    assert noted == []
