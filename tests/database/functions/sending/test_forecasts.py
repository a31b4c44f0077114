"""Forecasts: the send that follows equals an exact one, and nothing of a forecast is left anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest
from psycopg.types.json import Jsonb

from ddp.addresses import email_hash
from tests import lambdas
from tests.database.functions.forecasting import deliver, foretold, planned, rows, work_at_once
from tests.database.functions.messaging import Mailing, recipients
from tests.database.functions.sending.test_leases import Killed

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(hour=20, minute=30, second=0, microsecond=0)
# Messages go at three times in 24 hours: the time zones spread them, and quiet hours put some off.
BY_CLOCK = {
    "scheduled_at": TOMORROW.isoformat(), "in_recipient_time_zone": True, "time_zone": "Europe/Zurich",
    "quiet_from": "21:00", "quiet_until": "08:00",
}  # fmt: skip
ZONES = ("Asia/Tokyo", "Europe/Zurich", "America/New_York", "Nowhere/Land", "")


@pytest.fixture(autouse=True)
def fast(mailing: Mailing) -> Iterator[None]:
    """A rate at which nothing waits, and nobody else who sends. No user with an unusable address stays active."""
    query = mailing.platform.query
    query("delete from ddp.send_chunks where bucket = 'email' returning 1")
    query(
        "insert into ddp.rate_buckets (bucket, channel, per_second, tokens, burst, filled_at) values"
        " ('email', 'email', 1e9, 1e9, 1e9, now()) on conflict (bucket) do update set per_second = 1e9, tokens = 1e9,"
        " burst = 1e9, filled_at = now(), stopped_until = null, daily_left = null, pace = 1 returning 1"
    )
    query("delete from ddp.send_forecasts returning 1")
    yield
    query("update users set is_active = false where user_email like '%%broken@-.example' returning 1")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten records per batch."""
    from functions.sending import batches
    from functions.sending.recipients import sources

    monkeypatch.setattr(batches, "RECORDS", 10)
    monkeypatch.setattr(sources, "RECORDS", 10)


def ask(mailing: Mailing, message: str, audience: object, *, way: str = "forecast", **changes: Any) -> Any:
    key, user = changes.pop("key", None), changes.pop("user", "retailer")
    path = f"/email-campaigns/{message}/{way}"
    return mailing.ask(user, "POST", path, {"audience": audience} | changes, key=key)


def requested(mailing: Mailing, message: str, audience: object, **changes: Any) -> str:
    """Request an exact forecast. Returns its id."""
    answer = ask(mailing, message, audience, way="forecasts", **changes)
    assert (answer.status, answer.body["status"]) == (202, "pending")
    return str(answer.body["send_forecast_id"])


def got(mailing: Mailing, message: str, forecast_id: str, user: str = "retailer") -> dict[str, Any]:
    answer = mailing.ask(user, "GET", f"/email-campaigns/{message}/forecasts/{forecast_id}")
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    return body


def suppress(mailing: Mailing, address: str, owner: str | None, reason: str = "unsubscribe") -> None:
    mailing.platform.query(
        "insert into suppressions (channel, address_hash, owner_user_id, reason) values ('email', %s, %s, %s)"
        " on conflict do nothing returning 1",
        email_hash(address),
        mailing.platform.users[owner] if owner else None,
        reason,
    )


def csv_of(mailing: Mailing, content: bytes, user: str = "retailer") -> dict[str, str]:
    """A live file with this content, as an audience."""
    import hashlib

    file_id = uuid4()
    boto3.client("s3").put_object(Bucket=lambdas.BUCKET, Key=f"files/{file_id}", Body=content)
    mailing.platform.query(
        "insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id, content_sha256)"
        " values (%s, 'list.csv', 'other', %s, %s, %s, decode(%s, 'hex')) returning 1",
        file_id, len(content), f"files/{file_id}", mailing.platform.users[user],
        hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    return {"source": "file", "file_id": str(file_id)}


def lines(count: int) -> str:
    """Recipients in several time zones, with duplicates, blank lines, and what cannot be used."""
    found = ["email,name,time_zone"]
    for number in range(count):
        address = f"r{number - 20 if number % 7 == 6 and number > 20 else number}@customer.example"
        if number % 11 == 10:
            address = "nobody"
        found.append(f"{address},Ann {number},{ZONES[number % len(ZONES)]}" if number % 13 != 12 else "")
    return "\n".join([*found, '"open quote,x,', "a@b@c.example,,", "x@y.example,a,b,c,d"]) + "\n"


def retailers(mailing: Mailing, count: int) -> None:
    """Retailers who take part and agreed, one of them with an unusable address."""
    for number in range(count):
        user_id, name = uuid4(), "broken@-.example" if number == 3 else f"p{number}@audience.example"
        mailing.platform.query(
            "with made as (insert into users (user_id, user_email, user_name, user_type, is_active, profile_data)"
            " values (%s, %s, 'Shop', 'retailer', true, %s) returning user_id)"
            " insert into campaign_participants (campaign_id, retailer_id) select %s, user_id from made returning 1",
            user_id, f"{user_id}{name}", Jsonb({"marketing_consent": True, "timezone": ZONES[number % 5]}),
            mailing.campaign_id,
        )  # fmt: skip


def audience_of(mailing: Mailing, kind: str) -> tuple[dict[str, object], str]:
    """An audience with all kinds of outcomes, and who may send to it."""
    for address, owner in (("r1", "retailer"), ("r2", None), ("r3", "rival"), ("r1", None)):
        suppress(mailing, f"{address}@customer.example", owner)
    if kind == "audience":
        retailers(mailing, 25)
        return {"source": "target_audience"}, "brand"
    if kind == "file":
        return csv_of(mailing, lines(60).encode()), "retailer"
    listed = [
        {"email": f"r{number % 31}@customer.example", "time_zone": ZONES[number % 5]} for number in range(40)
    ]
    return {"source": "list", "recipients": [*listed, {"email": "nobody"}]}, "retailer"


@pytest.mark.parametrize("kind", ["list", "file", "audience"])
def test_the_send_that_follows_equals_the_forecast(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch, small: None, kind: str
) -> None:
    from functions.email import plan

    audience, user = audience_of(mailing, kind)
    message = mailing.draft(user)
    before = rows(mailing.platform)
    work_at_once(mailing.platform, monkeypatch, "email")
    answer = ask(mailing, message, audience, user=user, **BY_CLOCK)
    assert (answer.status, answer.body["status"], answer.body["failure"]) == (200, "ready", None), answer.body
    assert rows(mailing.platform) == before
    result = answer.body["result"]
    assert (result["method"], result["share_read"]) == ("exact", 1)
    monkeypatch.undo()
    sent = mailing.send(message, user, audience=audience, **BY_CLOCK)
    assert sent.status == 202, "the draft was not frozen"
    mailing.platform.login("ddp_worker")
    event = lambdas.with_message(
        lambdas.sample("email/plan"), {"type": "PlanSend", "send_plan_id": sent.body["send_plan_id"]}
    )
    if kind == "audience":  # it is read when its time has come
        mailing.platform.query(
            "update send_plans set scheduled_at = scheduled_at - interval '2 days', created_at = created_at -"
            " interval '2 days' where send_plan_id = %s returning 1",
            sent.body["send_plan_id"],
        )
    assert plan.handler(event, lambdas.Context())["batchItemFailures"] == []
    expected, found = planned(mailing.platform, "email", message), foretold(result)
    if kind == "audience":
        days = timedelta(days=2)
        expected["hours"] = {hour + 172_800: count for hour, count in expected["hours"].items()}
        expected["first_at"], expected["last_at"] = expected["first_at"] + days, expected["last_at"] + days
    assert found["last_at"] - expected["last_at"] < timedelta(seconds=1)
    found["last_at"] = expected["last_at"]
    assert found == expected
    assert len(expected["hours"]) > 1
    assert expected["rejected"]
    assert expected["duplicates"] or kind == "audience"


def test_own_reasons_are_named_and_others_are_not(mailing: Mailing, monkeypatch: pytest.MonkeyPatch) -> None:
    name = uuid4().hex
    suppress(mailing, f"{name}1@x.example", "retailer", "unsubscribe")
    suppress(mailing, f"{name}2@x.example", None, "complaint")
    suppress(mailing, f"{name}3@x.example", "rival", "manual")
    suppress(mailing, f"{name}4@x.example", None, "complaint")
    suppress(mailing, f"{name}4@x.example", "retailer", "manual")
    work_at_once(mailing.platform, monkeypatch, "email")
    audience = recipients(*(f"{name}{number}@x.example" for number in range(1, 6)))
    result = ask(mailing, mailing.draft(), audience).body["result"]
    withheld = {each["reason"]: each["count"]["value"] for each in result["suppressed"]}
    assert withheld == {"unsubscribe": 1, "suppressed": 1, "manual": 1}
    assert result["recipients"] == {"value": 2, "low": 2, "high": 2}


def test_examples_are_shown_unless_recipients_are_users_of_the_platform(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_at_once(mailing.platform, monkeypatch, "email")
    audience = recipients("ann@example.com", *(f"no body {number}" for number in range(9)))
    (rejected,) = ask(mailing, mailing.draft(), audience).body["result"]["rejected"]
    assert (rejected["code"], rejected["count"]["value"]) == ("no-at", 9)
    assert rejected["examples"] == [{"line": number + 2, "value": f"no body {number}"} for number in range(5)]
    retailers(mailing, 5)
    masked = ask(mailing, mailing.draft("brand"), {"source": "target_audience"}, user="brand")
    (rejected,) = masked.body["result"]["rejected"]
    assert (rejected["count"]["value"], rejected["examples"]) == (1, [])
    assert "broken" not in json.dumps(masked.body)


def test_what_a_send_refuses_a_forecast_refuses(mailing: Mailing) -> None:
    message, audience = mailing.draft(), recipients("ann@example.com")
    for way in ("forecast", "forecasts"):
        for user in ("brand", "rival", "admin"):
            answer = ask(mailing, message, audience, way=way, user=user)
            assert (answer.status, answer.code) == (404, "email-campaign-not-found"), user
        late = ask(mailing, message, audience, way=way, quiet_from="21:00")
        assert (late.status, late.code) == (422, "invalid-option")
        foreign = mailing.draft(sender_email="news@elsewhere.example")
        answer = ask(mailing, foreign, audience, way=way)
        assert (answer.status, answer.code) == (409, "sender-not-verified")
        theirs = csv_of(mailing, f"email\n{way}@example.com\n".encode(), "rival")
        assert ask(mailing, message, theirs, way=way).status == 404
        own = ask(mailing, message, {"source": "target_audience"}, way=way)
        assert (own.status, own.code) == (403, "audience-not-yours")
    assert mailing.platform.query("select count(*) from ddp.send_forecasts") == [(0,)]
    assert mailing.send(message).status == 202
    again = ask(mailing, message, audience)
    assert (again.status, again.code) == (409, "already-requested")


def test_a_forecast_is_its_senders_alone(mailing: Mailing) -> None:
    message = mailing.draft()
    forecast_id = requested(mailing, message, recipients("ann@example.com"))
    path = f"/email-campaigns/{message}/forecasts/{forecast_id}"
    assert mailing.ask("rival", "GET", path).status == 404
    assert mailing.ask("brand", "GET", path).code == "not-owner"  # its campaign, and not its recipients
    assert mailing.ask("admin", "GET", path).status == 200
    other = mailing.draft()
    assert mailing.ask("retailer", "GET", path.replace(message, other)).code == "forecast-not-found"


def test_three_at_a_time(mailing: Mailing) -> None:
    message, audience = mailing.draft(), recipients("ann@example.com")
    made = [requested(mailing, message, audience) for _ in range(3)]
    refused = ask(mailing, message, audience, way="forecasts")
    assert (refused.status, refused.code) == (429, "too-many-forecasts")
    assert deliver(mailing.platform, "email", made[0]) == []
    requested(mailing, message, audience)


def test_a_repeated_request_gets_the_first_forecast(mailing: Mailing) -> None:
    message, audience = mailing.draft(), recipients("ann@example.com")
    first, second = (requested(mailing, message, audience, key="once") for _ in range(2))
    assert first == second


def test_who_waits_too_long_gets_the_id(mailing: Mailing, monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.sending.operations import forecasts

    monkeypatch.setattr(forecasts, "PATIENCE", 0.05)
    message = mailing.draft()
    answer = ask(mailing, message, recipients("ann@example.com", "bob@example.com"))
    assert (answer.status, answer.body["status"]) == (200, "pending")
    forecast_id = answer.body["send_forecast_id"]
    assert mailing.told("plan") == [{"type": "ForecastSend", "send_forecast_id": forecast_id}]
    assert deliver(mailing.platform, "email", forecast_id) == []
    found = got(mailing, message, forecast_id)
    assert (found["status"], found["records_expected"]) == ("ready", 2)
    assert found["result"]["recipients"]["value"] == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\n", "no-address-column"),
        (b"name,city\nAnn,Bern\n", "no-address-column"),
        (b"\x00\x01\x02\xff\xfe" * 400, "no-address-column"),
    ],
)
def test_a_file_that_cannot_be_used_fails_as_the_send_would(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch, content: bytes, code: str
) -> None:
    work_at_once(mailing.platform, monkeypatch, "email")
    answer = ask(mailing, mailing.draft(), csv_of(mailing, content))
    assert (answer.status, answer.body["status"]) == (200, "failed")
    assert answer.body["failure"]["code"] == code
    assert answer.body["failure"]["reason"].endswith(".")
    assert mailing.platform.query("select plan from ddp.send_forecasts") == [(None,)]


def test_content_that_cannot_be_used_fails_as_the_send_would(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_at_once(mailing.platform, monkeypatch, "email")
    message = mailing.draft()
    mailing.platform.query(
        "update email_campaigns set email_content = '<p>{%% if %%}</p>' where email_campaign_id = %s returning 1",
        message,
    )
    assert ask(mailing, message, recipients("ann@example.com")).body["failure"]["code"] == "unusable-content"


def test_nobody_to_send_to_is_said_and_shows_why(mailing: Mailing, monkeypatch: pytest.MonkeyPatch) -> None:
    work_at_once(mailing.platform, monkeypatch, "email")
    result = ask(mailing, mailing.draft(), recipients("nobody")).body["result"]
    assert result["notes"][0]["code"] == "no-recipients"
    assert result["timing"]["bars"] == []
    assert result["rejected"][0]["examples"] == [{"line": 1, "value": "nobody"}]


def batches(mailing: Mailing) -> list[int]:
    found = mailing.platform.query("select batch_no from ddp.forecast_batches order by 1")
    return [number for (number,) in found]


def end_lease(mailing: Mailing) -> None:
    mailing.platform.query(
        "update ddp.send_forecasts set leased_until = now() - interval '1 second' where state = 'pending' returning 1"
    )


def test_a_killed_worker_is_replaced_and_nothing_is_counted_twice(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch, small: None
) -> None:
    from ddp.queries.messages import forecasts

    message = mailing.draft()
    audience = csv_of(mailing, lines(60).encode())
    undisturbed, disturbed = (requested(mailing, message, audience, **BY_CLOCK) for _ in range(2))
    assert deliver(mailing.platform, "email", undisturbed) == []
    store = forecasts.store_batch

    def kill(cursor: Any, forecast_id: UUID, batch: Any, tally: Any) -> None:
        if batch.batch_no == 4:
            raise Killed
        store(cursor, forecast_id, batch, tally)

    with monkeypatch.context() as patch:
        patch.setattr(forecasts, "store_batch", kill)
        with pytest.raises(Killed):
            deliver(mailing.platform, "email", disturbed)
    assert batches(mailing) == [1, 2, 3]
    assert got(mailing, message, disturbed)["records_read"] == 30
    assert deliver(mailing.platform, "email", disturbed) == [], "the lease has not ended"
    assert batches(mailing) == [1, 2, 3]
    end_lease(mailing)
    waiting = mailing.platform.query("select ddp.waiting_work('email', 500) -> 'forecasts'")
    assert waiting == [([disturbed],)]
    assert deliver(mailing.platform, "email", disturbed) == []
    first, second = (got(mailing, message, each) for each in (undisturbed, disturbed))
    assert first["result"] == second["result"]
    assert second["records_read"] == second["result"]["records_read"] == 63
    assert batches(mailing) == []


def test_a_forecast_that_kills_its_workers_fails_visibly(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.email import plan

    message = mailing.draft()
    forecast_id = requested(mailing, message, recipients("ann@example.com"))

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(type(plan.planning.planner), "prepare", kill)
        for _ in range(5):
            with pytest.raises(Killed):
                deliver(mailing.platform, "email", forecast_id)
            end_lease(mailing)
    assert deliver(mailing.platform, "email", forecast_id) == []
    assert got(mailing, message, forecast_id)["failure"]["code"] == "forecast-crashes"


def test_a_worker_whose_time_is_short_leaves_the_rest_to_the_next(mailing: Mailing, small: None) -> None:
    from tests.database.functions.sending.test_planning import ShortOfTime

    message = mailing.draft()
    forecast_id = requested(mailing, message, csv_of(mailing, lines(30).encode()))
    mailing.told("plan")
    assert deliver(mailing.platform, "email", forecast_id, ShortOfTime()) == []
    assert batches(mailing) == [1]
    assert mailing.told("plan") == [{"type": "ForecastSend", "send_forecast_id": forecast_id}]
    assert deliver(mailing.platform, "email", forecast_id) == []
    assert got(mailing, message, forecast_id)["result"]["records_read"] == 33


def test_a_worker_finds_that_another_has_counted_its_batch(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch, small: None
) -> None:
    """As after a lease that ended too early: the batch is there, and the second leaves the rest to the first."""
    from ddp.queries.messages import forecasts

    message = mailing.draft()
    forecast_id = requested(mailing, message, csv_of(mailing, lines(30).encode()))
    lock, calls = forecasts.lock, 0

    def behind(cursor: Any, of: UUID) -> Any:
        nonlocal calls
        calls += 1
        place = lock(cursor, of)
        if calls == 2:  # its first batch: meanwhile it was counted
            store = "insert into ddp.forecast_batches values (%s, 1, 10, null, '{}', now())"
            cursor.execute(store, [of])
            place = lock(cursor, of)
        return place

    monkeypatch.setattr(forecasts, "lock", behind)
    assert deliver(mailing.platform, "email", forecast_id) == []
    assert batches(mailing) == [1]
    assert got(mailing, message, forecast_id)["status"] == "pending"


def test_a_large_file_is_answered_from_a_sample_whose_bounds_hold(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.sending.forecasting import sampling

    monkeypatch.setattr(sampling, "SMALL", 10_000)
    monkeypatch.setattr(sampling, "BLOCK", 4_096)
    monkeypatch.setattr(sampling, "BLOCKS", 40)
    message, audience = mailing.draft(), csv_of(mailing, lines(20_000).encode())
    exact = requested(mailing, message, audience, **BY_CLOCK)
    deliver(mailing.platform, "email", exact)
    truth = got(mailing, message, exact)["result"]
    assert truth["method"] == "exact"
    work_at_once(mailing.platform, monkeypatch, "email")
    before = rows(mailing.platform)
    found = ask(mailing, message, audience, **BY_CLOCK).body["result"]
    assert rows(mailing.platform) == before
    assert found["method"] == "sample"
    assert 0.1 < found["share_read"] < 0.6
    assert found["records_read"] < 13_000
    for name in ("records", "recipients"):
        value, margin = truth[name]["value"], 0.02 * truth[name]["value"]
        assert found[name]["low"] - margin <= value <= found[name]["high"] + margin, name
        assert abs(found[name]["value"] - value) < 0.05 * value
    rejected = {each["code"]: each["count"] for each in found["rejected"]}
    assert rejected["no-at"]["low"] <= 20_000 / 11 * 12 / 13 + 40
    assert all(example["line"] is None for each in found["rejected"] for example in each["examples"])
    assert "sample" in [note["code"] for note in found["notes"]]
    assert sum(found["timing"]["bars"]) == found["recipients"]["value"]


def test_erasing_a_person_removes_forecasts_that_name_them(mailing: Mailing, monkeypatch: Any) -> None:
    message = mailing.draft()
    for address in ("ann@example.com", "joann@example.com"):
        requested(mailing, message, recipients(address))
    work_at_once(mailing.platform, monkeypatch, "email")
    ask(mailing, message, recipients("bob@example.com", "ann@example.com ann@example.com"))
    erase = "select ddp.erase_from_forecasts('ann@example.com', 100)"
    assert mailing.platform.query(erase) == [(2,)]
    assert mailing.platform.query(erase) == [(0,)]
    assert mailing.platform.query("select count(*) from ddp.send_forecasts") == [(1,)]


def test_forecasts_are_kept_for_a_week(mailing: Mailing) -> None:
    message = mailing.draft()
    old, new = (requested(mailing, message, recipients("ann@example.com")) for _ in range(2))
    deliver(mailing.platform, "email", old)
    mailing.platform.query(
        "update ddp.send_forecasts set created_at = now() - interval '8 days' where send_forecast_id = %s returning 1",
        old,
    )
    mailing.platform.query(
        "insert into ddp.forecast_addresses values (%s, sha256('x')), (%s, sha256('x')) returning 1",
        uuid4(),
        new,
    )
    for step in ("send_forecasts", "forecast_addresses"):
        cleaned = f"select ddp.clean_rows('{step}', now() - ddp.kept('forecasts'), 100)"
        assert mailing.platform.query(cleaned) == [(1,)], step
    assert mailing.platform.query("select send_forecast_id::text from ddp.send_forecasts") == [(new,)]


def test_times_at_a_low_rate_beside_others(mailing: Mailing, monkeypatch: pytest.MonkeyPatch) -> None:
    query = mailing.platform.query
    query(
        "update ddp.rate_buckets set per_second = 1, burst = 1, tokens = 0, filled_at = now() where bucket = 'email'"
        " returning 1"
    )
    work_at_once(mailing.platform, monkeypatch, "email")
    message = mailing.draft()
    audience = recipients(*(f"r{number}@rate.example" for number in range(7_200)))
    alone = ask(mailing, message, audience, max_lateness_seconds=3_600).body["result"]

    def hours(result: dict[str, Any]) -> float:
        first, last = (datetime.fromisoformat(result["timing"][each]) for each in ("first_at", "last_at"))
        return (last - first).total_seconds() / 3_600

    assert hours(alone) == pytest.approx(2, abs=0.01)
    assert alone["timing"]["late"] == pytest.approx(3_600, abs=5)
    assert sum(alone["timing"]["bars"]) == 7_200
    assert {note["code"] for note in alone["notes"]} == {"late"}
    rival = mailing.sent("brand")
    query("update send_plans set planned_at = now() where email_campaign_id = %s returning 1", rival)
    query(
        "insert into ddp.send_chunks (send_plan_id, chunk_no, channel, bucket, sender_user_id, due_at)"
        " select send_plan_id, n, 'email', 'email', created_by_user_id, now() from send_plans,"
        " generate_series(1, 10) n where email_campaign_id = %s returning 1",
        rival,
    )
    query(
        "insert into ddp.send_plan_batches (send_plan_id, batch_no, records_read, last_chunk_no, planned, suppressed,"
        " duplicates, rejected) select send_plan_id, 1, 3600, 10, 3600, 0, 0, 0 from send_plans"
        " where email_campaign_id = %s returning 1",
        rival,
    )
    beside = ask(mailing, message, audience).body["result"]
    assert hours(beside) == pytest.approx(3, abs=0.01), (
        "the other has half of the rate until its 3,600 have gone"
    )
    assert "others-send" in {note["code"] for note in beside["notes"]}
    query("delete from ddp.send_chunks where bucket = 'email' returning 1")


def test_what_waits_into_quiet_hours_goes_after_them(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing.platform.query(
        "update ddp.rate_buckets set per_second = 1, burst = 1, tokens = 0, filled_at = now() where bucket = 'email'"
        " returning 1"
    )
    work_at_once(mailing.platform, monkeypatch, "email")
    audience = recipients(*(f"r{number}@rate.example" for number in range(5_400)))
    result = ask(
        mailing,
        mailing.draft(),
        audience,
        scheduled_at=TOMORROW.isoformat(),
        quiet_from="21:00",
        quiet_until="08:00",
    ).body["result"]
    timing = result["timing"]
    assert datetime.fromisoformat(timing["first_at"]) == TOMORROW
    last = datetime.fromisoformat(timing["last_at"])
    assert abs(last - (TOMORROW + timedelta(hours=12.5))) < timedelta(seconds=10)
    assert timing["bars"][0] == pytest.approx(1_800, abs=5)
    assert not any(timing["bars"][1:12])
