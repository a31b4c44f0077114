"""What people answer: stored once, and what it asks for is done. The queue function on a real database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from ddp.addresses import phone_hash
from tests.database.functions.sms.answering import Answering


def consents(world: Answering, phone: str) -> list[tuple[str, UUID, str | None]]:
    """Consents of a number: source, sender, and what ended them."""
    return world.query(
        "select source, owner_user_id, ended_by from phone_consents where phone_hash = %s order by recorded_at",
        phone_hash(phone),
    )


def consented(world: Answering, user: str, phone: str) -> None:
    world.query(
        "insert into phone_consents (owner_user_id, phone_hash, source, wording, given_at)"
        " values (%s, %s, 'paper', 'yes', now() - interval '1 day') returning 1",
        world.platform.users[user], phone_hash(phone),
    )  # fmt: skip


def test_stop_to_an_accounts_identity_concerns_that_account(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    send = answering.sent("retailer", identity, phone)
    for user in ("retailer", "brand"):
        consented(answering, user, phone)
    answering.say(phone, identity, "Stop!")
    users = answering.platform.users
    assert answering.suppressions(phone) == {("stop", users["retailer"])}
    assert consents(answering, phone) == [
        ("paper", users["retailer"], "stop"),
        ("paper", users["brand"], None),
    ]
    assert answering.query(
        "select unsubscribed_at is not null from sms_sends where sms_send_id = %s", send
    ) == [(True,)]
    # Other senders may write to the number: the provider's one list must not have it.
    assert answering.opt_outs.calls == []


def test_stop_to_a_shared_identity_concerns_everybody(answering: Answering) -> None:
    identity, phone = answering.identity(), answering.number()
    for user in ("retailer", "brand"):
        consented(answering, user, phone)
    answering.say(phone, identity, "STOP")
    assert answering.suppressions(phone) == {("stop", None)}
    assert {ended_by for *_, ended_by in consents(answering, phone)} == {"stop"}
    assert answering.opt_outs.numbers == {phone}
    assert answering.query("select count(*) from ddp.opt_outs_to_push") == [(0,)]


def test_an_identity_of_several_accounts_is_nobodys_own(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    answering.identity("brand", identity=identity, country="CA")
    answering.say(phone, identity, "STOP")
    assert answering.suppressions(phone) == {("stop", None)}


def test_an_identity_that_was_another_accounts_concerns_everybody(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    answering.sent("brand", identity, phone)
    answering.say(phone, identity, "STOP")
    assert answering.suppressions(phone) == {("stop", None)}


def test_the_same_message_twice_is_stored_once(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    record = answering.record(phone, identity, "STOP")
    assert answering.deliver(record, record) == []
    assert answering.deliver(record) == []
    assert answering.query("select count(*) from inbound_messages where phone = %s", phone) == [(1,)]
    assert answering.replies(phone) == [("stop", "sent")]
    assert len(answering.phones.sent) == 1


@pytest.mark.parametrize("at_once", [True, False])
def test_the_last_word_holds(answering: Answering, at_once: bool) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    retailer = answering.platform.users["retailer"]
    words = [("STOP", 50), ("START", 40), ("STOP", 30)]
    for end, expected in ((1, {("stop", retailer)}), (2, set()), (3, {("stop", retailer)})):
        records = [answering.record(phone, identity, body, ago=ago) for body, ago in words[:end]]
        if at_once:
            answering.query("delete from suppressions where address_hash = %s returning 1", phone_hash(phone))
            answering.query("delete from inbound_messages where phone = %s returning 1", phone)
            assert answering.deliver(*reversed(records)) == []
        else:
            assert answering.deliver(records[-1]) == []
        assert answering.suppressions(phone) == expected


def test_a_stop_that_comes_late_does_not_undo_a_later_start(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    answering.say(phone, identity, "START", ago=10)
    answering.say(phone, identity, "STOP", ago=20)
    assert answering.suppressions(phone) == set()
    answering.say(phone, identity, "STOP", ago=5)
    assert answering.suppressions(phone) == {("stop", answering.platform.users["retailer"])}


def test_of_words_at_the_same_time_stop_holds(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    records = [answering.record(phone, identity, body) for body in ("START", "STOP")]
    records[0]["attributes"] = records[1]["attributes"]
    assert answering.deliver(*records) == []
    assert {reason for reason, _ in answering.suppressions(phone)} == {"stop"}


def test_start_lifts_only_stop_in_its_scope_and_records_consent(answering: Answering) -> None:
    own, shared, phone = answering.identity("retailer"), answering.identity(), answering.number()
    users = answering.platform.users
    answering.say(phone, own, "STOP", ago=60)
    answering.say(phone, shared, "STOP", ago=50)
    for reason in ("complaint", "in_question", "manual"):
        answering.query(
            "insert into suppressions (channel, address_hash, owner_user_id, reason)"
            " values ('sms', %s, %s, %s) returning 1",
            phone_hash(phone), users["retailer"], reason,
        )  # fmt: skip
    answering.say(phone, own, "Start", ago=40)
    assert answering.suppressions(phone) == {
        ("stop", None), ("complaint", users["retailer"]), ("manual", users["retailer"])
    }  # fmt: skip
    assert consents(answering, phone) == [("start", users["retailer"], None)]
    wording = "select wording from phone_consents where phone_hash = %s"
    assert answering.query(wording, phone_hash(phone)) == [("Start",)]
    answering.say(phone, own, "stop", ago=30)
    assert consents(answering, phone) == [("start", users["retailer"], "stop")]


def test_the_message_that_is_answered(answering: Answering) -> None:
    identity, other, phone = answering.identity(), answering.identity(), answering.number()
    older = answering.sent("retailer", identity, phone, ago="3 days")
    newest = answering.sent("brand", identity, phone, ago="2 days")
    answering.sent("brand", other, phone, ago="1 day")
    named = "select sms_send_id, owner_user_id, country from inbound_messages where inbound_message_id = %s"
    users = answering.platform.users
    message = answering.say(phone, identity, "Nice")
    assert answering.query(named, message) == [(newest, users["brand"], "US")]
    (provider_id,) = answering.query(
        "select provider_message_id from sms_sends where sms_send_id = %s", older
    )[0]
    message = answering.say(phone, identity, "Nice", previousPublishedMessageId=provider_id)
    assert answering.query(named, message) == [(older, users["retailer"], "US")]
    # Of another number: whoever it is, the answer is not theirs.
    message = answering.say(answering.number(), identity, "Nice", previousPublishedMessageId=provider_id)
    assert answering.query(named, message) == [(None, None, "US")]
    stranger = answering.number()
    answering.sent("brand", identity, stranger, ago="31 days")
    assert answering.query(named, answering.say(stranger, identity, "Nice")) == [(None, None, "US")]


def test_what_may_be_an_opt_out_holds_marketing_until_somebody_decides(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    answering.say(phone, identity, "Cancel my order for Friday please")
    assert answering.suppressions(phone) == {("in_question", answering.platform.users["retailer"])}
    assert answering.phones.sent == []
    answering.say(phone, identity, "START")
    assert answering.suppressions(phone) == set()


@pytest.mark.parametrize("body", ["UNSTOP", "Start"])
def test_what_a_carrier_lets_through_after_its_own_stop_starts_messages_again(
    answering: Answering, body: str
) -> None:
    """Of US toll-free numbers the carrier answers and blocks by itself, and passes both words on to us."""
    identity, phone = answering.identity("retailer", kind="toll_free"), answering.number()
    answering.say(phone, identity, "STOP", ago=10)
    assert answering.suppressions(phone) == {("stop", answering.platform.users["retailer"])}
    answering.say(phone, identity, body)
    assert answering.suppressions(phone) == set()
    assert answering.replies(phone) == []


def test_other_messages_are_stored_and_change_nothing(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    message = answering.say(phone, identity, "Is the blue one there?")
    assert answering.suppressions(phone) == set()
    assert answering.phones.sent == []
    row = "select verdict, body, phone, is_for_everyone from inbound_messages where inbound_message_id = %s"
    assert answering.query(row, message) == [("other", "Is the blue one there?", phone, False)]


def test_without_a_text_the_providers_keyword_is_read(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    message = answering.say(phone, identity, None)
    row = "select verdict, body from inbound_messages where inbound_message_id = %s"
    assert answering.query(row, message) == [("other", None)]
    message = answering.say(phone, identity, None, messageKeyword="STOP")
    assert answering.query(row, message) == [("stop", None)]
    message = answering.say(phone, identity, "Stop by my house on Monday about it", messageKeyword="STOP")
    assert answering.query(row, message)[0][0] == "person"


def test_stop_to_an_unknown_identity_is_not_lost(answering: Answering) -> None:
    phone = answering.number()
    answering.say(phone, "+19995550000", "STOP")
    assert answering.suppressions(phone) == {("stop", None)}
    assert answering.replies(phone) == []


def test_who_is_sent_to_by_a_brands_audience_is_masked(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    answering.sent("retailer", identity, phone, masked=True)
    message = answering.say(phone, identity, "Hi")
    shown = answering.ask("retailer", "GET", f"/inbound-messages/{message}").body
    assert shown["phone"] == f"{phone[:3]}***{phone[-2:]}"
    assert phone not in json.dumps(shown)


def test_arrival_is_never_in_the_future(answering: Answering) -> None:
    message = answering.say(answering.number(), answering.identity(), "Hi", ago=-3600)
    ((received_at,),) = answering.query(
        "select received_at from inbound_messages where inbound_message_id = %s", message
    )
    assert received_at <= datetime.now(UTC)
