"""Sends, test sends, controls, the ledger and exports of SMS over HTTP."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from uuid import UUID, uuid4

import boto3
import pytest
from psycopg.rows import dict_row

from ddp.outcomes import Outcome
from ddp.providers.transport import Answer
from tests import lambdas
from tests.database.functions.sms.conftest import Campaigning, numbers
from tests.sms import FR, GB, US


class Phones:
    """A transport that notes its messages and gives one answer."""

    def __init__(self, outcome: Outcome = Outcome.ACCEPTED, reason: str | None = None) -> None:
        self.outcome, self.reason, self.messages = outcome, reason, []

    def send(self, messages):
        self.messages += messages
        return [Answer(outcome=self.outcome, message_id="m-1", reason=self.reason) for _ in messages]


def test_a_send_is_requested_once_and_freezes_what_it_may_cost(campaigning):
    message = campaigning.draft()
    options = {
        "default_country": "GB", "max_cost": "12.34567", "max_parts": 2, "consent": "declared", "transliterate": True,
        "ignore_windows": True, "time_zone": "Europe/London", "quiet_from": "21:00", "quiet_until": "08:00",
        "max_lateness_seconds": 3600, "audience": numbers("07400 123456"),
    }  # fmt: skip
    asked = campaigning.requested(message, key="s1", **options)
    assert (asked.status, asked.body["sms_campaign_id"]) == (202, message)
    assert campaigning.requested(message, key="s1", **options).body == asked.body
    assert campaigning.requested(message).code == "already-requested"
    plan = campaigning.plan_of(message)
    assert campaigning.messages("sms-plan") == [{"type": "PlanSend", "send_plan_id": str(plan)}]
    frozen = "default_country, max_cost, max_parts, consent, transliterates, ignores_windows, time_zone, max_lateness"
    *frozen_values, lateness = campaigning.row(plan, frozen)
    assert frozen_values == ["GB", Decimal("12.34567"), 2, "declared", True, True, "Europe/London"]
    assert lateness.total_seconds() == 3600
    assert campaigning.work(plan) == []
    assert campaigning.sends(plan) == [(GB, "pending")]


def test_consent_is_required_unless_it_is_declared(campaigning):
    message = campaigning.sent()
    assert campaigning.row(campaigning.plan_of(message), "consent, max_parts, transliterates") == (
        "required",
        4,
        False,
    )


WRONG = [
    {"default_country": "UK1"},
    {"default_country": "gb"},
    {"max_cost": 0},
    {"max_cost": -1},
    {"max_cost": "1e3"},
    {"max_cost": "1.123456"},
    {"max_cost": "123456789"},
    {"max_cost": "NaN"},
    {"max_parts": 0},
    {"max_parts": 11},
    {"max_parts": "4"},
    {"consent": "given"},
    {"transliterate": 1},
    {"ignore_windows": "true"},
    {"quiet_from": "25:00"},
    {"audience": {"source": "list", "recipients": []}},
    {"audience": {"source": "list", "recipients": [{"email": "a@example.com"}]}},
    {"audience": {"source": "list", "recipients": [{"phone": "a\x00"}]}},
    {"audience": {"source": "list", "recipients": [{"phone": "1" * 1_001}]}},
    {"audience": {"source": "list", "recipients": [{"phone": US, "name": "a\nb"}]}},
    {"audience": {"source": "list", "recipients": [{"phone": US, "template_data": {"a": "\ud800"}}]}},
    {"audience": {"source": "everyone"}},
    {"sms_content": "x"},
]


@pytest.mark.parametrize("changes", WRONG, ids=lambda changes: ascii(changes)[:70])
def test_requests_that_cannot_be(campaigning, changes):
    message = campaigning.draft()
    answer = campaigning.requested(message, **changes)
    assert answer.status == 422, answer
    assert campaigning.query("select count(*) from send_plans where sms_campaign_id = %s", message) == [(0,)]


def test_without_a_monthly_budget_nothing_is_requested_or_tested(campaigning):
    campaigning.run("update senders set monthly_budget = null")
    message = campaigning.draft()
    assert campaigning.requested(message).code == "no-sms-budget"
    test = {"recipients": [US]}
    assert campaigning.ask("retailer", "POST", f"/sms-campaigns/{message}/test", test).code == "no-sms-budget"


def request_test(campaigning: Campaigning, message: str, *phones: str, **body: object):
    request = {"recipients": list(phones)} | body
    return campaigning.ask("retailer", "POST", f"/sms-campaigns/{message}/test", request)


def state_of(campaigning: Campaigning, test: str) -> tuple[object, ...]:
    return campaigning.query(
        "select status::text, units, price, failure_reason from sms_test_sends where sms_test_send_id = %s",
        test,
    )[0]


def month(campaigning: Campaigning) -> Decimal:
    rows = campaigning.query(
        "select charged from ddp.budgets where scope = 'sms_month' and owner_id = %s",
        campaigning.platform.users["retailer"],
    )
    return rows[0][0] if rows else Decimal(0)


def make(test: str, phones: Phones) -> None:
    from functions.sms.campaigns import test_sends

    test_sends.send(UUID(test), phones)


def test_a_test_send_goes_once_and_counts_in_the_month(campaigning):
    message = campaigning.draft(sms_content='{{ name }}: {{ "https://shop.example/sale" | short_link }}')
    asked = request_test(campaigning, message, US, GB, template_data={"name": "Ann"})
    assert asked.status == 202, asked
    assert [item["recipient_phone"] for item in asked.body["items"]] == [US, GB]
    first, second = (item["sms_test_send_id"] for item in asked.body["items"])
    assert campaigning.messages("sms-send") == [
        {"type": "SendTest", "test_send_id": test} for test in (first, second)
    ]
    phones = Phones()
    campaigning.platform.login("ddp_worker")
    make(first, phones)
    make(first, phones)
    (sent,) = phones.messages
    assert (sent.recipient, sent.origin, sent.message_type) == (US, "72645", "promotional")
    assert sent.body.startswith("Ann: https://ddp.example.com/l/")
    assert sent.body.endswith(" Reply STOP")
    assert dict(sent.tags) == {"ddp_test": first}
    assert state_of(campaigning, first) == ("sent", 1, sent.max_price, None)
    assert month(campaigning) == sent.max_price == Decimal("0.00883")
    make(second, Phones(Outcome.FAILED, "No such number."))
    assert state_of(campaigning, second)[0] == "failed"
    assert month(campaigning) == Decimal("0.00883"), "what failed costs nothing"
    campaigning.run(
        "update sms_test_sends set created_at = now() - interval '1 minute' where recipient_phone = %s", US
    )
    listed = campaigning.ask("retailer", "GET", f"/sms-campaigns/{message}/tests", limit=1).body
    assert (listed["items"][0]["recipient_phone"], listed["items"][0]["failure_reason"]) == (
        GB,
        "No such number.",
    )
    rest = campaigning.ask("retailer", "GET", f"/sms-campaigns/{message}/tests", cursor=listed["next_cursor"])
    assert rest.body["items"][0]["price"] == "0.00883"


def test_a_test_send_that_became_unknown_keeps_its_price(campaigning):
    test = request_test(campaigning, campaigning.draft(), US).body["items"][0]["sms_test_send_id"]
    campaigning.platform.login("ddp_worker")
    make(test, Phones(Outcome.UNKNOWN, "timed out"))
    assert (state_of(campaigning, test)[0], month(campaigning)) == ("unknown", Decimal("0.00883"))


@pytest.mark.parametrize(
    ("change", "phone", "status", "sentence"),
    [
        ("update senders set monthly_budget = 0.001", US, "failed", "costs $0.00883"),
        ("delete from sms_prices where country = 'US'", US, "failed", "No sender or no price is set up"),
        (
            "update sms_campaigns set sms_content = '{{ name | divided_by: 0 }}' where sms_campaign_id = '@draft'",
            US,
            "failed",
            "divided_by",
        ),
        ("select 1", "+61412345678", "failed", "No sender or no price is set up"),
        (
            (
                "with priced as (insert into sms_prices (country, kind, price_per_part, valid_from, source)"
                " values ('JP', 'sender_id', 0.1, '2020-01-01', 'made up'))"
                " insert into origination_identities (identity, country, kind, message_type, status, is_two_way,"
                " manages_opt_outs, parts_per_second, is_shared)"
                " values ('DEMO', 'JP', 'sender_id', 'promotional', 'active', false, false, 10, true)"
            ),
            "+817012345678",
            "failed",
            "sends no SMS to this country",
        ),
        (
            "insert into suppressions (channel, address_hash, reason) values ('sms', '@hash', 'stop')",
            US,
            "suppressed",
            "is suppressed",
        ),
        (
            "update sms_campaigns set message_type = 'transactional' where sms_campaign_id = '@draft'",
            US,
            "failed",
            "transactional",
        ),
    ],
)
def test_a_test_send_that_is_not_sent(campaigning, change, phone, status, sentence):
    from ddp.addresses import phone_hash

    draft = campaigning.draft()
    test = request_test(campaigning, draft, phone).body["items"][0]["sms_test_send_id"]
    campaigning.run(change.replace("@draft", draft).replace("@hash", f"\\x{phone_hash(phone).hex()}"))
    phones = Phones()
    campaigning.platform.login("ddp_worker")
    make(test, phones)
    assert phones.messages == []
    found, _, _, reason = state_of(campaigning, test)
    assert found == status
    assert sentence in reason
    assert month(campaigning) == 0


def test_ten_test_sends_a_day(campaigning):
    message = campaigning.draft()
    phones = [f"+12025550{n}" for n in range(101, 111)]
    for some in (phones[:5], phones[5:9]):
        assert request_test(campaigning, message, *some).status == 202
    assert request_test(campaigning, message, *phones[8:10]).code == "too-many-tests"
    assert request_test(campaigning, message, phones[9]).status == 202
    campaigning.ask("retailer", "DELETE", f"/sms-campaigns/{message}")
    again = request_test(campaigning, campaigning.draft(), US)
    assert (again.status, again.code) == (429, "too-many-tests"), "a deleted draft's were sent all the same"


@pytest.mark.parametrize(
    "body",
    [
        {"recipients": []},
        {"recipients": [US] * 2},
        {"recipients": ["07911 123456"]},
        {"recipients": ["+44 800 111111"]},
        {"recipients": [f"+12025550{n}" for n in range(101, 107)]},
        {"recipients": [None]},
        {"recipients": [US], "template_data": {"a": "x" * 9_000}},
    ],
    ids=lambda body: ascii(body)[:60],
)
def test_test_sends_that_cannot_be(campaigning, body):
    message = campaigning.draft()
    answer = campaigning.ask("retailer", "POST", f"/sms-campaigns/{message}/test", body)
    assert answer.status == 422, answer
    stored = "select count(*) from sms_test_sends where sms_campaign_id = %s"
    assert campaigning.query(stored, message) == [(0,)]


def test_a_lost_hint_and_a_lost_worker_of_a_test_send_are_made_good(campaigning):
    from ddp.channels import SMS
    from ddp.queries.messages import test_sends

    campaigning.run("update sms_test_sends set status = 'failed', ended_at = now() where ended_at is null")
    message = campaigning.draft()
    waiting, lost = (i["sms_test_send_id"] for i in request_test(campaigning, message, US, GB).body["items"])
    campaigning.run("update sms_test_sends set created_at = now() - interval '2 minutes'")
    campaigning.run(
        "update sms_test_sends set started_at = now(), status = 'sending', leased_until = now() - interval '1 second'"
        " where sms_test_send_id = %s",
        lost,
    )
    with campaigning.platform.database.as_worker() as worker:
        cursor = worker.cursor(row_factory=dict_row)
        assert test_sends.waiting(cursor, SMS) == [UUID(waiting)]
        test_sends.mark_queued(cursor, SMS, [UUID(waiting)])
        assert test_sends.waiting(cursor, SMS) == []
        assert test_sends.end_lost(cursor, SMS) == 1
    assert state_of(campaigning, lost)[0] == "unknown"


def progress(campaigning: Campaigning, message: str, user: str = "retailer"):
    answer = campaigning.ask(user, "GET", f"/sms-campaigns/{message}/progress")
    assert answer.status == 200, answer
    return answer.body


def test_progress_shows_parts_and_money(campaigning):
    draft = progress(campaigning, campaigning.draft())
    assert (draft["status"], draft["parts"], draft["estimated"], draft["cap"]) == ("draft", 0, None, None)
    message = campaigning.sent(max_cost="0.03")
    campaigning.ledger(message, ["pending", "sending", "sent", "delivered", "unknown"])
    plan = campaigning.plan_of(message)
    campaigning.run(
        "insert into ddp.budgets (scope, owner_id, period, cap, reserved, charged) values"
        " ('send_plan', %s, '', 0.03, 0.01766, 0.005)",
        plan,
    )
    campaigning.run(
        "update ddp.send_chunks set due_at = now() + interval '1 hour' where send_plan_id = %s", plan
    )
    for user in ("retailer", "brand", "admin"):
        seen = progress(campaigning, message, user)
        assert (seen["recipient_count"], seen["parts"], seen["unknown"]) == (5, 10, 1)
        assert (seen["estimated"], seen["reserved"], seen["charged"], seen["cap"]) == (
            "0.05000", "0.01766", "0.00500", "0.03000",
        )  # fmt: skip
        assert seen["next_window_at"] is not None
        assert seen["over_budget"] is None
    campaigning.run("update ddp.budgets set exhausted_at = now() where owner_id = %s", plan)
    seen = progress(campaigning, message)
    assert (seen["status"], seen["pause"]["by"], seen["pause"]["code"]) == ("paused", "budget", "over-budget")
    assert "$0.03" in seen["over_budget"]
    assert seen["summary"] == f"paused: {seen['over_budget']}"


def test_the_cap_is_the_least_of_what_all_budgets_leave(campaigning):
    message = campaigning.sent()
    assert progress(campaigning, message)["cap"] == "1000.00000", "the month's"
    plan = campaigning.plan_of(message)
    campaigning.run(
        "insert into ddp.budgets (scope, owner_id, period, cap, charged) values"
        " ('sms_month', %s, to_char(now() at time zone 'UTC', 'YYYY-MM'), 1000, 990), ('send_plan', %s, '', null, 4)",
        campaigning.platform.users["retailer"],
        plan,
    )
    assert progress(campaigning, message)["cap"] == "14.00000", "6 were other sends'"


def test_the_cap_of_a_send_is_raised_until_it_has_ended(campaigning):
    message = campaigning.sent(max_cost="0.03")
    plan = campaigning.plan_of(message)
    campaigning.run(
        "insert into ddp.budgets (scope, owner_id, period, cap, exhausted_at)"
        " values ('send_plan', %s, '', 0.03, now())",
        plan,
    )

    def raised(user: str, **body):
        return campaigning.ask(user, "PUT", f"/sms-campaigns/{message}/max-cost", body)

    for user, status in (("rival", 404), ("brand", 403)):
        assert raised(user, max_cost="5").status == status
    for wrong in ({}, {"max_cost": 0}, {"max_cost": "-1"}, {"max_cost": "1.123456"}, {"max_cost": "NaN"}):
        assert raised("retailer", **wrong).status == 422, wrong
    assert progress(campaigning, message)["cap"] == "0.03000"
    assert raised("retailer", max_cost="5").body == {"max_cost": "5"}
    seen = progress(campaigning, message)
    assert (seen["cap"], seen["pause"]["code"]) == ("5.00000", "over-budget"), "it waits to be resumed"
    assert "may cost $5.00" in seen["over_budget"]
    assert raised("admin", max_cost=None).status == 200
    assert progress(campaigning, message)["cap"] == "1000.00000", "the month's"
    campaigning.ask("retailer", "POST", f"/sms-campaigns/{message}/cancel")
    assert raised("retailer", max_cost="6").code == "send-over"
    draft = campaigning.draft()
    answer = campaigning.ask("retailer", "PUT", f"/sms-campaigns/{draft}/max-cost", {"max_cost": "6"})
    assert answer.code == "not-requested"


def test_who_may_control_a_send(campaigning):
    message = campaigning.sent()
    for user, status in (("rival", 404), ("brand", 403)):
        for action in ("pause", "resume", "cancel"):
            answer = campaigning.ask(user, "POST", f"/sms-campaigns/{message}/{action}")
            assert answer.status == status, (user, action)


def test_the_ledger_is_listed_with_what_each_message_costs(campaigning):
    message = campaigning.sent()
    ids = campaigning.ledger(message, ["sent", "failed", "sent", "delivered", "sent"])
    campaigning.run(
        "insert into ddp.plan_origins (send_plan_id, country, identity, kind, bucket, price_per_part, opt_out,"
        " is_two_way) values (%s, 'US', '72645', 'short_code', 'sms:72645', 0.00883, 'Reply STOP', true)",
        campaigning.plan_of(message),
    )
    path, seen, query = f"/sms-campaigns/{message}/sends", [], {}
    while True:
        page = campaigning.ask("retailer", "GET", path, limit=2, **query).body
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        query = {"cursor": page["next_cursor"]}
    assert [row["sms_send_id"] for row in seen] == [str(send_id) for send_id in ids]
    assert {
        name: seen[0][name] for name in ("recipient_phone", "country", "identity", "encoding", "parts", "price")
    } == {
        "recipient_phone": "+12025550000", "country": "US", "identity": "72645", "encoding": "GSM", "parts": 2,
        "price": "0.01766",
    }  # fmt: skip
    failed = campaigning.ask("retailer", "GET", path, status="failed").body["items"]
    assert [row["sms_send_id"] for row in failed] == [str(ids[1])]
    assert campaigning.ask("retailer", "GET", path, phone="202-555-0003").status == 422
    assert campaigning.ask("retailer", "GET", path, status="opened").status == 422
    assert campaigning.ask("retailer", "GET", path, cursor="???").code == "invalid-cursor"
    for user, status in (("admin", 200), ("brand", 403), ("rival", 404)):
        assert campaigning.ask(user, "GET", path).status == status, user


def test_one_number_is_found_in_e164(campaigning):
    message = campaigning.sent(consent="declared")
    campaigning.work(campaigning.plan_of(message))
    path = f"/sms-campaigns/{message}/sends"
    found = campaigning.ask("retailer", "GET", path, phone=GB).body["items"]
    assert [row["recipient_phone"] for row in found] == [GB]
    refused = campaigning.ask("retailer", "GET", path, phone="07400 123456")
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "query.phone")


def test_numbers_of_a_target_audience_are_masked(campaigning):
    message = campaigning.sent()
    (send_id,) = campaigning.ledger(message, ["sent"])
    campaigning.run("update send_plans set recipients_masked = true where sms_campaign_id = %s", message)
    path = f"/sms-campaigns/{message}/sends"
    (row,) = campaigning.ask("retailer", "GET", path).body["items"]
    assert (row["recipient_phone"], row["recipient_name"]) == ("+12***00", None)
    assert campaigning.ask("retailer", "GET", path, phone=US).code == "recipients-masked"
    life = campaigning.ask("retailer", "GET", f"{path}/{send_id}").body
    assert (life["recipient_phone"], life["suppressions"]) == ("+12***00", None)
    assert campaigning.ask("admin", "GET", path).body["items"][0]["recipient_phone"] == "+12025550000"
    assert (
        campaigning.ask("retailer", "POST", f"/sms-campaigns/{message}/exports", {}).code
        == "recipients-masked"
    )


def test_the_life_of_one_recipient(campaigning):
    message = campaigning.sent()
    waiting, going = campaigning.ledger(message, ["pending", "sent"])
    campaigning.run(
        "insert into sms_events (event_id, occurred_at, sms_send_id, attempt, event_type, detail)"
        " select gen_random_uuid(), now() - n * interval '1 second', %s, 1, 'QUEUED', json_build_object('n', n)"
        " from generate_series(0, 120) n",
        going,
    )
    campaigning.run(
        "insert into suppressions (channel, address_hash, owner_user_id, reason, sms_send_id)"
        " select 'sms', recipient_hash, owner, reason, sms_send_id from sms_sends,"
        " (values (%s::uuid, 'stop'::suppression_reason), (null, 'invalid_number'), (%s, 'manual')) x (owner, reason)"
        " where sms_send_id = %s",
        campaigning.platform.users["retailer"], campaigning.platform.users["rival"], going,
    )  # fmt: skip
    path = f"/sms-campaigns/{message}/sends"
    life = campaigning.ask("retailer", "GET", f"{path}/{going}").body
    assert [event["detail"]["n"] for event in life["events"]] == list(range(99, -1, -1))
    assert {(found["reason"], found["by_this_message"]) for found in life["suppressions"]} == {
        ("stop", True),
        (None, True),
    }
    other = campaigning.ask("retailer", "GET", f"{path}/{waiting}").body
    assert (other["call"], other["events"], other["suppressions"]) == (None, [], [])
    assert campaigning.ask("retailer", "GET", f"{path}/{uuid4()}").code == "send-not-found"
    assert campaigning.ask("brand", "GET", f"{path}/{going}").status == 403


def test_an_export_has_a_row_for_each_recipient(campaigning):
    from functions.sending import export

    message = campaigning.sent(audience=numbers(US, FR, "x"), consent="declared")
    campaigning.work(campaigning.plan_of(message))
    path = f"/sms-campaigns/{message}/exports"
    assert campaigning.ask("retailer", "POST", path, {"statuses": ["opened"]}).code == "invalid-status"
    for kind, header in (("recipients", "phone"), ("rejections", "line")):
        asked = campaigning.ask("retailer", "POST", path, {"kind": kind}).body["send_export_id"]
        assert campaigning.deliver(export, {"type": "ExportSends", "send_export_id": asked}) == []
        assert "exports/" in campaigning.ask("retailer", "GET", f"{path}/{asked}").body["url"]
        file = boto3.client("s3").get_object(Bucket=lambdas.BUCKET, Key=f"exports/{asked}.csv")["Body"].read()
        rows = list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"))))
        assert next(iter(rows[0])) == header
        if kind == "recipients":
            assert [(r["phone"], r["country"], r["sender"], r["parts"], r["price_usd"]) for r in rows] == [
                (US, "US", "72645", "1", "0.00883"),
                (FR, "FR", "DEMO", "1", "0.06500"),
            ]
        else:
            assert [row["code"] for row in rows] == ["not-a-number"]
    assert len(campaigning.ask("retailer", "GET", path).body["items"]) == 2
    assert campaigning.ask("brand", "GET", path).body["items"] == []


def test_an_erasure_takes_the_number_out_of_test_sends(campaigning):
    message, gone, going = campaigning.draft(), "+12025550177", "+12025550178"
    ended, open_ = (
        item["sms_test_send_id"]
        for item in request_test(campaigning, message, gone, going, template_data={"name": "Ann"}).body[
            "items"
        ]
    )
    campaigning.run(
        "update sms_test_sends set status = 'failed', ended_at = now(), failure_reason = %s"
        " where sms_test_send_id = %s",
        f"no route to {gone}",
        ended,
    )
    assert campaigning.query("select ddp.erase_sms_tests(%s, 100)", gone) == [(1,)]
    assert campaigning.query("select ddp.erase_sms_tests(%s, 100)", gone) == [(0,)]
    assert campaigning.query("select ddp.erase_sms_tests(%s, 100)", going) == [(1,)], (
        "it is being sent: found again"
    )
    rows = campaigning.query(
        "select recipient_phone, template_data, failure_reason from sms_test_sends where sms_test_send_id = any (%s)"
        " order by ended_at",
        [UUID(ended), UUID(open_)],
    )
    assert rows[0][0].startswith("erased")
    assert rows[0][1:] == ({}, None)
    assert rows[1][:2] == (going, {"name": "Ann"})
