"""What owners see of answers to their messages, and what they decide: HTTP on a real database."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ddp.addresses import phone_hash
from tests.database.functions.sms.answering import Answering

LONG = "Cancel my order for Friday please"


def test_each_sees_its_own(answering: Answering) -> None:
    own, shared = answering.identity("retailer"), answering.identity()
    messages = {
        "retailer": answering.say(answering.number(), own, "Nice"),
        "brand": answering.say(phone := answering.number(), answering.identity("brand"), "STOP"),
        None: answering.say(answering.number(), shared, "Who is that"),
    }
    for user in ("retailer", "brand", "rival"):
        listed = answering.ask(user, "GET", "/inbound-messages").body["items"]
        assert [item["inbound_message_id"] for item in listed] == [
            m for u, m in messages.items() if u == user
        ]
    everything = answering.ask("admin", "GET", "/inbound-messages", limit=100).body["items"]
    assert set(messages.values()) <= {item["inbound_message_id"] for item in everything}
    shown = answering.ask("brand", "GET", f"/inbound-messages/{messages['brand']}").body
    assert shown | {"received_at": None} == {
        "inbound_message_id": messages["brand"], "received_at": None, "identity": shown["identity"], "country": "US",
        "phone": phone, "body": "STOP", "verdict": "stop", "is_for_everyone": False,
        "owner_user_id": str(answering.platform.users["brand"]), "sms_send_id": None, "returns_at": None,
        "decision": None, "decided_at": None, "decided_by_user_id": None,
    }  # fmt: skip
    for user in ("retailer", "rival"):
        answer = answering.ask(user, "GET", f"/inbound-messages/{messages['brand']}")
        assert (answer.status, answer.code) == (404, "inbound-message-not-found")
    assert answering.ask(None, "GET", "/inbound-messages").status == 401


def test_pages_and_filters(answering: Answering) -> None:
    identity = answering.identity("retailer")
    bodies = (LONG, "Nice", LONG, "STOP", "HELP")
    messages = [
        answering.say(answering.number(), identity, body, ago=50 - 10 * n) for n, body in enumerate(bodies)
    ]

    def listed(**query: object) -> list[str]:
        found, cursor = [], {}
        while True:
            page = answering.ask("retailer", "GET", "/inbound-messages", limit=2, **query, **cursor).body
            found += [item["inbound_message_id"] for item in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    assert listed() == messages[::-1]
    assert listed(order="asc") == messages
    assert listed(verdict="person") == [messages[2], messages[0]]
    answering.ask("retailer", "POST", f"/inbound-messages/{messages[0]}/decision", {"decision": "not_stop"})
    assert listed(is_waiting="true") == [messages[2]]
    assert len(listed(is_waiting="false")) == 4
    since = answering.ask("retailer", "GET", f"/inbound-messages/{messages[3]}").body["received_at"]
    assert listed(since=since) == [messages[4], messages[3]]
    for query in ({"verdict": "x"}, {"cursor": "x"}, {"is_waiting": "maybe"}, {"since": "x"}):
        assert answering.ask("retailer", "GET", "/inbound-messages", **query).status == 422


def test_a_decision_to_stop_does_what_stop_does(answering: Answering) -> None:
    identity, phone = answering.identity(), answering.number()
    send = answering.sent("retailer", identity, phone)
    message = answering.say(phone, identity, LONG)
    path = f"/inbound-messages/{message}/decision"
    assert answering.suppressions(phone) == {("in_question", None)}
    for user, status in (("brand", 404), (None, 401)):
        assert answering.ask(user, "POST", path, {"decision": "stop"}).status == status
    decided = answering.ask("retailer", "POST", path, {"decision": "stop"})
    assert (decided.status, decided.body["decision"]) == (200, "stop")
    assert decided.body["decided_by_user_id"] == str(answering.platform.users["retailer"])
    assert answering.suppressions(phone) == {("stop", None)}
    assert answering.query(
        "select sms_send_id from suppressions where address_hash = %s", phone_hash(phone)
    ) == [(send,)]
    assert answering.replies(phone) == []
    assert answering.ask("retailer", "POST", path, {"decision": "stop"}).body == decided.body
    back = answering.ask("admin", "POST", path, {"decision": "not_stop"})
    assert (back.status, back.code) == (409, "already-decided")
    answering.run_minute()
    assert answering.opt_outs.numbers == {phone}
    assert answering.query(
        "select new_values, changed_by from audit_logs where table_name = 'inbound_messages' and record_id = %s",
        message,
    ) == [({"decision": "stop"}, answering.platform.users["retailer"])]


def test_not_stop_lets_messages_go_on_once_nothing_waits(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    first, second = (answering.say(phone, identity, LONG, ago=ago) for ago in (20, 10))
    held = {("in_question", answering.platform.users["retailer"])}
    answering.ask("retailer", "POST", f"/inbound-messages/{first}/decision", {"decision": "not_stop"})
    assert answering.suppressions(phone) == held
    answering.ask("retailer", "POST", f"/inbound-messages/{second}/decision", {"decision": "not_stop"})
    assert answering.suppressions(phone) == set()
    # On a second thought.
    assert (
        answering.ask("retailer", "POST", f"/inbound-messages/{second}/decision", {"decision": "stop"}).status
        == 200
    )
    assert {reason for reason, _ in answering.suppressions(phone)} == {"stop"}


def test_a_miss_can_be_made_good_and_what_was_understood_not_changed(answering: Answering) -> None:
    identity, phone = answering.identity("retailer"), answering.number()
    missed = answering.say(phone, identity, "My late husband had this phone")
    path = f"/inbound-messages/{missed}/decision"
    assert answering.ask("retailer", "POST", path, {"decision": "stop"}).status == 200
    assert {reason for reason, _ in answering.suppressions(phone)} == {"stop"}
    understood = answering.say(answering.number(), identity, "STOP")
    answer = answering.ask(
        "retailer", "POST", f"/inbound-messages/{understood}/decision", {"decision": "not_stop"}
    )
    assert (answer.status, answer.code) == (409, "nothing-to-decide")


@pytest.mark.parametrize(
    "body", [{}, {"decision": "STOP"}, {"decision": None}, {"decision": "stop", "x": 1}, [], "stop", 7]
)
def test_a_decision_is_one_of_two_words(answering: Answering, body: object) -> None:
    message = answering.say(answering.number(), answering.identity("retailer"), LONG)
    assert answering.ask("retailer", "POST", f"/inbound-messages/{message}/decision", body).status in {
        400,
        422,
    }
    assert (
        answering.ask(
            "retailer", "POST", f"/inbound-messages/{uuid4()}/decision", {"decision": "stop"}
        ).status
        == 404
    )


def test_an_answer_is_erased_and_its_verdict_stays(answering: Answering) -> None:
    identity, phone = answering.identity(), answering.number()
    message = answering.say(phone, identity, "STOP")
    answering.query("insert into ddp.opt_outs_to_push (phone, action) values (%s, 'put') returning 1", phone)
    erased = "select ddp.erase_inbound_messages(%s, %s, 10)"
    assert answering.query(erased, phone, phone_hash(phone)) == [(1,)]
    assert answering.query(erased, phone, phone_hash(phone)) == [(0,)]
    shown = answering.ask("admin", "GET", f"/inbound-messages/{message}").body
    assert (shown["phone"], shown["body"], shown["verdict"]) == (None, None, "stop")
    assert answering.query("select count(*) from ddp.opt_outs_to_push") == [(0,)]
    assert answering.suppressions(phone) == {("stop", None)}


def test_an_erasure_reaches_answers(answering: Answering) -> None:
    identity, phone = answering.identity(), answering.number()
    message = answering.say(phone, identity, LONG)
    answering.query(
        "insert into ddp.erasures (kind, address, address_hash, is_dry_run, requested_by)"
        " values ('recipient', %s, %s, false, %s) returning 1",
        phone, phone_hash(phone), answering.platform.users["admin"],
    )  # fmt: skip
    while answering.query("select is_left from ddp.erase_portion(1000)") == [(True,)]:
        pass
    counts = "select counts -> 'inbound_messages' from ddp.erasures where address_hash = %s"
    assert answering.query(counts, phone_hash(phone)) == [(1,)]
    assert answering.ask("admin", "GET", f"/inbound-messages/{message}").body["body"] is None


def test_old_answers_go_and_those_that_wait_stay(answering: Answering) -> None:
    identity = answering.identity("retailer")
    bodies = {answering.say(answering.number(), identity, body): body for body in ("STOP", LONG, "Nice")}
    kept = answering.say(answering.number(), identity, "Hi")
    answering.query(
        "update inbound_messages set received_at = now() - interval '14 months'"
        " where inbound_message_id = any(%s::uuid[]) returning 1",
        list(bodies),
    )
    answering.query("select ddp.clean(gen_random_uuid(), 'inbound_messages', 1000)")
    left = answering.query(
        "select inbound_message_id::text, body from inbound_messages where identity = %s", identity
    )
    assert {body for _, body in left} == {LONG, "Hi"}
    assert kept in dict(left)
    # The automatic answers of what went have gone with it.
    replies = "select count(*) from ddp.sms_replies where identity = %s"
    assert answering.query(replies, identity) == [(0,)]
