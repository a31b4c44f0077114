"""Somebody says stop in the moment in which the call starts, with the real stages: before its start is committed,
nobody calls; after it, that call goes out, and no other.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.database.faults.provider import Provider
from tests.database.faults.test_schedules import address, begin, tell_planner
from tests.database.faults.world import World

Make = Callable[[int, float], World]


@pytest.fixture
def calm(world: Make) -> World:
    """A world without accidents, with one plan."""
    made = world(0, 0)
    begin(made, "hold")
    return made


def run(calm: World) -> None:
    for plan in calm.plans:
        tell_planner(calm, plan)
    while not calm.queues.is_empty():
        calm.deliver_any()
    assert calm.broken == []


def called(calm: World) -> set[str]:
    """The messages that the provider was called for."""
    return {send_id for send_id, _ in calm.provider.answers}


def test_a_stop_that_is_committed_just_before_the_start_is_obeyed(
    calm: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddp.queries.sending import sends

    start, stopped = sends.start_calls, []

    def start_after_a_stop(*of: object, **options: object) -> object:
        """The worker has opened the transaction that starts the call, and its next statement starts it."""
        if not stopped:
            stopped.append(calm.stops.someone(calm.plans, only_claimed=True))
        return start(*of, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(sends, "start_calls", start_after_a_stop)
    run(calm)
    states = calm.ledger.states(calm.plans[0])
    assert states.pop("suppressed") == 1
    assert set(states) == {"sent"}
    assert stopped[0] is not None
    assert called(calm) == {each.send_id for each in calm.provider.accepted}
    assert len(called(calm)) == states["sent"]
    assert stopped[0] not in called(calm)


def test_a_stop_just_after_the_start_lets_that_call_go_and_no_other(
    calm: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[str] = []
    note_call = Provider._note_call

    def stop_and_note(provider: Provider, send_id: str, attempt: int) -> None:
        if not stopped:
            calm.stops.recipient_of(send_id)
            stopped.append(send_id)
        note_call(provider, send_id, attempt)

    monkeypatch.setattr(Provider, "_note_call", stop_and_note)
    run(calm)
    assert set(calm.ledger.states(calm.plans[0])) == {"sent"}
    assert stopped[0] in called(calm)
    before = called(calm)
    # Another sender writes to everybody, and to one more.
    member = calm.ledger.channel.address_member
    everybody = calm.ledger.query(
        "select recipient_email as address from email_sends where email_campaign_id = %s",
        calm.plans[0].channel_campaign_id,
    )
    listed = [*(row["address"] for row in everybody), address(calm, 99)]
    following = calm.ledger.request([{member: each} for each in listed])
    if calm.money:
        calm.money.fund(following)
    calm.plans.append(following)
    run(calm)
    assert calm.ledger.states(following) == {"sent": len(listed) - 1, "suppressed": 1}
    assert len(called(calm) - before) == len(listed) - 1
