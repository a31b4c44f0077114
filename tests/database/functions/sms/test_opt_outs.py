"""The provider's opt-out list follows ours, and what it knows alone is learnt. The functions on a real database."""

from __future__ import annotations

from typing import Any

import pytest

from ddp.addresses import phone_hash
from ddp.errors import Permanent, Transient
from tests.database.functions.sms.answering import Answering


def waiting(world: Answering) -> list[tuple[Any, ...]]:
    """What the provider has not been told: number, action, tries."""
    return world.query("select phone, action, tries from ddp.opt_outs_to_push order by phone")


def make_due(world: Answering) -> None:
    world.query("update ddp.opt_outs_to_push set not_before = now() returning 1")


def test_start_takes_the_number_back_before_it_is_answered(answering: Answering) -> None:
    identity, phone = answering.identity(), answering.number()
    answering.say(phone, identity, "STOP", ago=20)
    assert answering.opt_outs.numbers == {phone}
    answering.say(phone, identity, "START", ago=10)
    assert answering.opt_outs.calls == [("put", phone), ("delete", phone)]
    assert answering.replies(phone) == [("stop", "sent"), ("start", "sent")]
    assert waiting(answering) == []


def test_a_number_comes_back_once_in_thirty_days(answering: Answering) -> None:
    identity, phone = answering.identity(), answering.number()
    for n, body in enumerate(("STOP", "START", "STOP", "START")):
        message = answering.say(phone, identity, body, ago=40 - 10 * n)
    assert answering.suppressions(phone) == set()
    assert answering.opt_outs.numbers == {phone}
    assert waiting(answering) == [(phone, "delete", 0)]
    ((waits,),) = answering.query(
        "select (m.returns_at - r.returned_at)::text from inbound_messages m"
        " join ddp.opt_out_returns r using (phone_hash)"
        " where m.inbound_message_id = %s and m.returns_at = (select not_before from ddp.opt_outs_to_push)",
        message,
    )
    assert waits == "30 days"
    shown = answering.ask("admin", "GET", f"/inbound-messages/{message}").body
    assert shown["returns_at"] is not None
    # Nothing is promised that the provider would refuse.
    assert answering.replies(phone) == [("stop", "sent"), ("start", "sent"), ("stop", "sent")]
    # It stays on the list until then; and if the person says stop again, too.
    answering.say(phone, identity, "STOP")
    answering.run_minute()
    assert answering.opt_outs.numbers == {phone}
    answering.query("update ddp.opt_out_returns set returned_at = now() - interval '31 days' returning 1")
    answering.say(phone, identity, "START", ago=-5)
    assert answering.opt_outs.numbers == set()


def test_what_the_provider_was_not_told_is_not_taken_back(answering: Answering) -> None:
    identity, phone = answering.identity(), answering.number()
    records = [answering.record(phone, identity, body, ago=ago) for body, ago in (("STOP", 9), ("START", 8))]
    from functions.sms.answers import provider_list

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provider_list, "RESERVE_SECONDS", 10_000)
        for record in records:
            assert answering.deliver(record) == []
    answering.run_minute()
    assert (answering.opt_outs.calls, waiting(answering)) == ([], [])


def test_what_the_provider_may_have_taken_is_taken_back(answering: Answering) -> None:
    identity, phone = answering.identity(), answering.number()
    answering.opt_outs.failure = Transient("the answer was lost")
    answering.say(phone, identity, "STOP", ago=20)
    answering.opt_outs.failure = None
    answering.say(phone, identity, "START", ago=10)
    assert answering.opt_outs.calls == [("put", phone), ("delete", phone)]


def test_a_confirmation_goes_before_the_list(answering: Answering) -> None:
    from ddp.outcomes import Outcome

    identity, phone = answering.identity(), answering.number()
    answering.phones.outcomes = [Outcome.RETRY]
    answering.say(phone, identity, "STOP")
    assert answering.opt_outs.calls == []
    answering.query("update ddp.sms_replies set leased_until = now() where phone = %s returning 1", phone)
    answering.run_minute()
    assert (len(answering.phones.sent), answering.opt_outs.numbers) == (2, {phone})


@pytest.mark.parametrize("failure", [Transient("busy"), Permanent("no")])
def test_what_the_provider_does_not_take_comes_again(answering: Answering, failure: Exception) -> None:
    identity, phone = answering.identity(), answering.number()
    answering.opt_outs.failure = failure
    answering.say(phone, identity, "STOP")
    assert waiting(answering) == [(phone, "put", 1)]
    ((delay,),) = answering.query(
        "select extract(epoch from not_before - now()) between 15 and 20 from ddp.opt_outs_to_push"
    )
    assert delay
    answering.run_minute()
    assert answering.opt_outs.calls == [("put", phone)]
    make_due(answering)
    answering.opt_outs.failure = None
    answering.run_minute()
    assert (answering.opt_outs.numbers, waiting(answering)) == ({phone}, [])


def test_after_a_month_of_refusals_the_number_is_forgotten(answering: Answering) -> None:
    identity, phone = answering.identity(), answering.number()
    answering.opt_outs.failure = Permanent("no")
    answering.say(phone, identity, "STOP")
    answering.query("update ddp.opt_outs_to_push set tries = 44, not_before = now() returning 1")
    answering.run_minute()
    assert waiting(answering) == [(phone, "put", 45)]
    make_due(answering)
    answering.run_minute()
    assert waiting(answering) == []
    assert answering.suppressions(phone) == {("stop", None)}


def test_one_worker_tells_the_provider(answering: Answering) -> None:
    identity, phone = answering.identity(), answering.number()
    lease = "update ddp.opt_out_work set worker = gen_random_uuid(), leased_until = now() + %s::interval returning 1"
    answering.query(lease, "1 minute")
    answering.say(phone, identity, "STOP")
    assert answering.opt_outs.calls == []
    answering.query(lease, "-1 second")
    answering.run_minute()
    assert answering.opt_outs.numbers == {phone}


def test_numbers_that_only_the_provider_knows_are_stopped_for_everyone(answering: Answering) -> None:
    known, unknown = answering.number(), [answering.number() for _ in range(6)]
    own = answering.identity("retailer")
    answering.say(unknown[0], own, "STOP")  # for one sender only
    answering.say(known, answering.identity(), "STOP")
    answering.opt_outs.numbers |= set(unknown)
    answering.query(
        "insert into phone_consents (owner_user_id, phone_hash, source, wording, given_at)"
        " values (%s, %s, 'paper', 'yes', now()) returning 1",
        answering.platform.users["brand"], phone_hash(unknown[1]),
    )  # fmt: skip
    answering.run_minute()
    for phone in unknown:
        assert ("stop", None) in answering.suppressions(phone)
    ended = "select ended_by from phone_consents where phone_hash = %s"
    assert answering.query(ended, phone_hash(unknown[1])) == [("stop",)]
    ((ended_at,),) = answering.query("select ended_at is not null from ddp.opt_out_work where kind = 'pull'")
    assert ended_at


def test_the_list_is_read_once_an_hour_and_resumed_where_it_ended(answering: Answering) -> None:
    phones = sorted(answering.number() for _ in range(6))
    answering.opt_outs.numbers = set(phones)
    read: list[str | None] = []

    from ddp.providers.sms import opt_outs as provider

    def pages(token: str | None) -> tuple[list[str], str | None]:
        read.append(token)
        if len(read) == 2:
            raise Transient("busy")
        return answering.opt_outs.pages(token)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provider, "pages", pages)
        from functions.sms.answers.provider_list import pull

        answering.platform.login("ddp_worker")
        assert pull(deadline=1e12) == 2
        assert pull(deadline=1e12) == 4
        assert read == [None, "2", "2", "4"]
        assert pull(deadline=1e12) == 0
        assert len(read) == 4
        answering.query(
            "update ddp.opt_out_work set ended_at = now() - interval '61 minutes' where kind = 'pull' returning 1"
        )
        assert pull(deadline=1e12) == 0
        assert read[4:] == [None, "2", "4"]


def test_a_token_that_is_too_old_begins_anew(answering: Answering) -> None:
    answering.opt_outs.numbers = {answering.number()}
    answering.query(
        "update ddp.opt_out_work set next_token = 'old', began_at = now() where kind = 'pull' returning 1"
    )
    from ddp.providers.sms import opt_outs as provider

    def pages(token: str | None) -> tuple[list[str], str | None]:
        if token == "old":
            raise Permanent("the token has expired")
        return answering.opt_outs.pages(token)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provider, "pages", pages)
        answering.run_minute()
    (phone,) = answering.opt_outs.numbers
    assert answering.suppressions(phone) == {("stop", None)}


def test_who_came_back_is_not_stopped_by_a_page_read_before(answering: Answering) -> None:
    identity, phone = answering.identity(), answering.number()
    answering.say(phone, identity, "STOP", ago=20)
    answering.opt_outs.failure = Transient("busy")
    answering.say(phone, identity, "START", ago=10)
    note = "select ddp.note_opt_out_page(array[%s], array[%s]::bytea[], null)"
    assert answering.query(note, phone, phone_hash(phone)) == [(0,)]
    make_due(answering)
    answering.opt_outs.failure = None
    answering.run_minute()
    assert answering.query(note, phone, phone_hash(phone)) == [(0,)]
    answering.query("update ddp.opt_out_returns set returned_at = now() - interval '2 hours' returning 1")
    assert answering.query(note, phone, phone_hash(phone)) == [(1,)]
