"""A/B tests of e-mail over HTTP: what a draft tests, what is frozen, planned and sent, and who decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from ddp.channels import EMAIL
from ddp.outcomes import Outcome
from ddp.providers.transport import Answer
from tests import lambdas
from tests.database.functions.messaging import Mailing
from tests.lambdas import Answer as HttpAnswer

LINK = '<p>Dear {{ name }}</p><a href="https://shop.example">Look</a>'
B = {"variant": "B", "email_subject": "B: {{ name }}"}
SETTINGS = {"share_percent": 50, "decide_after_seconds": 3_600}


def draft(mailing: Mailing, **changes: object) -> str:
    return mailing.draft(email_content=LINK, **changes)


def put(
    mailing: Mailing, message: str, *variants: object, user: str = "retailer", **changes: object
) -> HttpAnswer:
    body = SETTINGS | {"variants": list(variants)} | changes
    return mailing.ask(user, "PUT", f"/email-campaigns/{message}/ab-test", body)


def get(mailing: Mailing, message: str, user: str = "retailer") -> HttpAnswer:
    return mailing.ask(user, "GET", f"/email-campaigns/{message}/ab-test")


@contextmanager
def acting(mailing: Mailing) -> Iterator[psycopg.Connection]:
    """A transaction of the retailer's browser."""
    claims = Jsonb({"sub": str(mailing.platform.users["retailer"]), "role": "authenticated"})
    with mailing.platform.database.connect("superuser") as connection, connection.transaction():
        connection.execute("select set_config('request.jwt.claims', %s::text, true)", [claims])
        connection.execute("set local role authenticated")
        yield connection


def people(count: int) -> dict[str, object]:
    return {"source": "list", "recipients": [{"email": f"r{n:04}@example.com"} for n in range(count)]}


def planned(mailing: Mailing, message: str) -> UUID:
    """Plan what was requested, with the real planner."""
    from functions.email import plan

    plan_id = mailing.plan(message)
    mailing.platform.login("ddp_worker")
    event = lambdas.with_message(
        lambdas.sample("email/plan"), {"type": "PlanSend", "send_plan_id": str(plan_id)}
    )
    assert plan.handler(event, lambdas.Context())["batchItemFailures"] == []
    return plan_id


class Mailbox:
    """A transport that keeps what it is given, and sees how many messages fit one call."""

    longest_call = 1.0

    def __init__(self) -> None:
        self.messages: list = []
        self.calls: list[list] = []

    def fitting(self, messages):
        return len(messages)

    def send(self, messages):
        self.messages += messages
        self.calls.append(list(messages))
        return [Answer(outcome=Outcome.ACCEPTED, message_id=f"m{id(message)}") for message in messages]

    def quota(self) -> None:
        return None


def sent(mailing: Mailing) -> Mailbox:
    """Send what is due, with the real dispatcher and composer."""
    import time
    from uuid import uuid4

    from functions.email import letter
    from functions.sending.dispatch import Dispatcher
    from functions.sending.messages import SendChunk

    mailing.platform.query(
        "insert into ddp.rate_buckets (bucket, channel, per_second, tokens) values ('email', 'email', 1e4, 1e4)"
        " on conflict (bucket) do update set per_second = 1e4, tokens = 1e4, filled_at = now() returning 1"
    )
    mailbox = Mailbox()
    mailing.platform.login("ddp_worker")
    dispatcher = Dispatcher(
        channel=EMAIL, quota_bucket=None, queue_url=mailing.queues["send"], transport=mailbox,
        composer_of=letter.of_plan, in_flight=2,
    )  # fmt: skip
    dispatcher.send_due(SendChunk(send_plan_id=uuid4(), chunk_no=1), deadline=time.monotonic() + 60)
    return mailbox


def test_a_draft_tests_what_was_put_until_it_is_removed(mailing: Mailing) -> None:
    message = draft(mailing)
    assert get(mailing, message).status == 404
    assert mailing.ask("retailer", "GET", f"/email-campaigns/{message}").body["ab_test"] is None
    answer = put(mailing, message, B, if_unclear="best")
    assert answer.status == 200, answer
    assert answer.body == SETTINGS | {
        "metric": "clicks",
        "if_unclear": "best",
        "variants": [B | dict.fromkeys(("sender_name", "email_content", "text_content"))],
        "progress": None,
    }
    assert get(mailing, message).body == answer.body
    shown = mailing.ask("retailer", "GET", f"/email-campaigns/{message}").body["ab_test"]
    assert shown["variants"] == [{"variant": "B"}]
    for _ in range(2):
        assert mailing.ask("retailer", "DELETE", f"/email-campaigns/{message}/ab-test").status == 200
    assert get(mailing, message).body["code"] == "no-ab-test"


FIVE = [{"variant": letter, "email_subject": letter} for letter in "BCDEE"]


@pytest.mark.parametrize(
    ("variants", "changes", "code", "words"),
    [
        ([], {}, "invalid-ab-test", "2 to 5 variants"),
        (FIVE, {}, "invalid-ab-test", "2 to 5 variants"),
        ([{"variant": "C", "email_subject": "C"}], {}, "invalid-ab-test", "B, C, D and E: in this order"),
        ([B, B | {"email_subject": "Other"}], {}, "invalid-ab-test", "each once"),
        ([{"variant": "A", "email_subject": "A"}], {}, "invalid-request", "variant"),
        ([{"variant": "F", "email_subject": "F"}], {}, "invalid-request", "variant"),
        ([{"variant": "B"}], {}, "equal-variants", "A and B are equal"),
        ([B, B | {"variant": "C"}], {}, "equal-variants", "B and C are equal"),
        ([B], {"share_percent": 0}, "invalid-request", "share_percent"),
        ([B], {"share_percent": 100}, "invalid-request", "share_percent"),
        ([B], {"decide_after_seconds": 259_201}, "invalid-request", "decide_after_seconds"),
        ([B], {"metric": "opens"}, "invalid-request", "metric"),
        ([B], {"if_unclear": "b"}, "invalid-request", "if_unclear"),
        ([{"variant": "B", "email_content": "<p>No link</p>"}], {}, "no-links", "Variant B has no link"),
        ([{"variant": "B", "text_content": "x"}], {}, "invalid-ab-test", "give its email_content too"),
        ([{"variant": "B", "email_content": "{{ x"}], {}, "template-invalid", "html"),
        ([B | {"sender_name": "ceo@bank.example"}], {}, "invalid-request", "must not look like an address"),
    ],
)  # fmt: skip
def test_what_cannot_be_tested_is_refused_with_a_sentence(
    mailing: Mailing, variants: list[dict], changes: dict, code: str, words: str
) -> None:
    message = draft(mailing)
    answer = put(mailing, message, *variants, **changes)
    assert (answer.status, answer.body["code"]) == (422, code), answer
    assert words in str(answer.body)
    assert get(mailing, message).status == 404


@pytest.mark.parametrize(
    "setting", [("share_percent", 100), ("decide_after_seconds", 1), ("metric", "opens"), ("x", 1)]
)
def test_the_database_refuses_what_a_browser_puts_directly(
    mailing: Mailing, setting: tuple[str, object]
) -> None:
    message = draft(mailing)
    test = SETTINGS | {"metric": "clicks", "if_unclear": "a", "variants": [B]} | dict([setting])
    with acting(mailing) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute("select set_email_ab_test(%s, %s)", [message, Jsonb(test)])
    assert refused.value.sqlstate == "PT422"
    assert setting[0] in refused.value.diag.message_detail
    with acting(mailing) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(
            "update email_campaigns set ab_test = null where email_campaign_id = %s", [message]
        )


def test_a_draft_without_a_link_has_nothing_to_count(mailing: Mailing) -> None:
    answer = put(mailing, mailing.draft(), B)
    assert (answer.status, answer.body["code"]) == (422, "no-links")
    assert "Variant A" in answer.body["detail"]


def test_each_variant_can_be_previewed(mailing: Mailing) -> None:
    message = draft(mailing, text_content="Text of A")
    put(mailing, message, B, {"variant": "C", "email_content": LINK.replace("Dear", "Salut")})
    path, data = f"/email-campaigns/{message}/preview", {"template_data": {"name": "Ann"}}
    seen = {
        letter: mailing.ask("retailer", "POST", path, data | {"variant": letter}).body
        for letter in (None, "A", "B", "C")
    }
    assert seen[None] == seen["A"]
    assert [seen[letter]["subject"] for letter in "ABC"] == ["Hello Ann", "B: Ann", "Hello Ann"]
    assert ["Text of A" in seen[letter]["text"] for letter in "ABC"] == [True, True, False]
    assert "Salut Ann" in seen["C"]["html"]
    answer = mailing.ask("retailer", "POST", path, {"variant": "D"})
    assert (answer.status, answer.body["code"]) == (404, "unknown-variant")


def test_only_its_creator_sets_it(mailing: Mailing) -> None:
    message = draft(mailing)
    assert put(mailing, message, B, user="brand").status == 404
    assert put(mailing, message, B).status == 200
    assert get(mailing, message, "brand").status == 200
    assert get(mailing, message, "other").status == 404
    assert mailing.ask("brand", "DELETE", f"/email-campaigns/{message}/ab-test").status == 404


def test_what_is_requested_is_frozen(mailing: Mailing) -> None:
    message = draft(mailing)
    put(mailing, message, B)
    assert mailing.send(message).status == 202
    for answer in (
        put(mailing, message, B | {"email_subject": "Other"}),
        mailing.ask("retailer", "DELETE", f"/email-campaigns/{message}/ab-test"),
    ):
        assert (answer.status, answer.body["code"]) == (409, "already-requested")
    assert get(mailing, message).body["progress"]["status"] == "testing"
    assert mailing.platform.query(
        "select variant, subject, sender_name, content from ddp.plan_variants where send_plan_id = %s",
        mailing.plan(message),
    ) == [(2, "B: {{ name }}", None, None)]


def test_a_draft_that_became_equal_to_a_variant_is_not_sent(mailing: Mailing) -> None:
    message = draft(mailing)
    put(mailing, message, B)
    mailing.ask("retailer", "PATCH", f"/email-campaigns/{message}", {"email_subject": B["email_subject"]})
    answer = mailing.send(message)
    assert (answer.status, answer.body["code"]) == (422, "equal-variants")


def test_conversions_need_tracking(mailing: Mailing) -> None:
    message = draft(mailing)
    put(mailing, message, B, metric="conversions")
    answer = mailing.send(message)
    assert (answer.status, answer.body["code"]) == (422, "conversions-not-tracked")
    assert "send with track_conversions" in answer.body["detail"]
    assert mailing.send(message, track_conversions=True).status == 202


def test_orders_of_users_of_the_platform_are_not_counted(mailing: Mailing) -> None:
    message = draft(mailing, user="brand")
    put(mailing, message, B, metric="conversions", user="brand")
    answer = mailing.send(message, "brand", audience={"source": "target_audience"}, track_conversions=True)
    assert (answer.status, answer.body["code"]) == (422, "conversions-not-tracked")
    assert "choose by clicks" in answer.body["detail"]


def test_it_is_decided_before_the_campaign_ends(mailing: Mailing) -> None:
    message = draft(mailing)
    put(mailing, message, B)
    mailing.platform.query(
        "update campaigns set end_date = %s where campaign_id = %s returning 1",
        datetime.now(UTC) + timedelta(minutes=59),
        mailing.campaign_id,
    )
    answer = mailing.send(message)
    assert (answer.status, answer.body["code"]) == (409, "ab-test-after-end")


def test_everybody_gets_one_variant_with_its_subject_sender_and_content(mailing: Mailing) -> None:
    message = draft(mailing, sender_name="Shop")
    own = {"variant": "C", "email_content": LINK.replace("Dear", "Salut"), "sender_name": "C's shop"}
    put(mailing, message, B, own, share_percent=60)
    assert mailing.send(message, audience=people(120)).status == 202
    plan_id = planned(mailing, message)
    rows = dict(
        mailing.platform.query(
            "select coalesce(variant, 0), count(*) from email_sends where email_campaign_id = %s group by 1",
            message,
        )
    )
    assert sum(rows.values()) == 120
    assert sorted(rows) == [0, 1, 2, 3]

    mailbox = sent(mailing)
    told = Counter(
        (m.subject.split(":")[0], m.sender.name, "Salut" in m.html, "Salut" in m.text)
        for m in mailbox.messages
    )
    assert told == {
        ("Hello", "Shop", False, False): rows[1],
        ("B", "Shop", False, False): rows[2],
        ("Hello", "C's shop", True, True): rows[3],
    }
    assert all(len({m.sender for m in call}) == 1 for call in mailbox.calls)

    decided = mailing.ask("retailer", "POST", f"/email-campaigns/{message}/ab-test/decide", {"variant": "C"})
    assert decided.status == 200, decided
    assert decided.body == {"send_plan_id": str(plan_id), "status": "sending", "winner": "C"}
    assert mailing.told("send")
    rest = sent(mailing).messages
    assert len(rest) == rows[0]
    assert {m.sender.name for m in rest} == {"C's shop"}
    assert len({m.recipient.address for m in mailbox.messages + rest}) == 120
    shown = get(mailing, message).body["progress"]
    assert (shown["status"], shown["winner"], shown["decided_by"]) == ("decided", "C", "person")
    assert sum(variant["sent"] for variant in shown["variants"]) == 120
    progress = mailing.ask("brand", "GET", f"/email-campaigns/{message}/progress").body
    assert progress["ab_test"] == shown
    assert mailing.platform.query(
        "select distinct variant from email_sends where email_campaign_id = %s order by 1", message
    ) == [(1,), (2,), (3,)]


def test_deciding_again_is_harmless_and_otherwise_refused(mailing: Mailing) -> None:
    message = draft(mailing)
    path = f"/email-campaigns/{message}/ab-test/decide"
    put(mailing, message, B)
    assert mailing.ask("retailer", "POST", path, {"variant": "B"}).body["code"] == "not-requested"
    mailing.send(message)
    assert mailing.ask("brand", "POST", path, {"variant": "B"}).status == 403
    first = mailing.ask("retailer", "POST", path, {"variant": "B"}, key="once")
    assert mailing.ask("retailer", "POST", path, {"variant": "B"}, key="once").body == first.body
    assert mailing.ask("retailer", "POST", path, {"variant": "B"}).status == 200
    answer = mailing.ask("retailer", "POST", path, {"variant": "A"})
    assert (answer.status, answer.body["code"]) == (409, "already-decided")
    untested = mailing.sent()
    answer = mailing.ask("retailer", "POST", f"/email-campaigns/{untested}/ab-test/decide", {"variant": "A"})
    assert (answer.status, answer.body["code"]) == (409, "no-ab-test")


def test_unusable_content_of_a_variant_fails_the_plan_before_anything_is_sent(mailing: Mailing) -> None:
    message = draft(mailing)
    put(mailing, message, B)
    assert mailing.send(message, audience=people(20)).status == 202
    mailing.platform.query(
        "update ddp.plan_variants set content = '<p>{{ x' where send_plan_id = %s returning 1",
        mailing.plan(message),
    )
    planned(mailing, message)
    progress = mailing.ask("retailer", "GET", f"/email-campaigns/{message}/progress").body
    assert progress["failure"]["code"] == "unusable-content"
    assert progress["ab_test"]["status"] == "over"


def test_what_is_tested_has_a_limit(mailing: Mailing) -> None:
    message = draft(mailing)
    large = [{"variant": letter, "email_content": (LINK + letter * 524_288)[:524_288]} for letter in "BCDE"]
    assert put(mailing, message, *large[:3]).status == 200
    assert get(mailing, message).status == 200
    answer = put(mailing, message, *large)
    assert (answer.status, answer.body["code"]) == (422, "message-too-large")
    answer = put(mailing, message, {"variant": "B", "email_content": LINK + "B" * 524_288})
    assert answer.status == 422
