"""The worker that refreshes statistics, and what operators ask of it."""

from __future__ import annotations

import json

import pytest

from ddp import db
from tests import lambdas

VIEW = """
    insert into file_actions (file_id, user_id, action_type)
    select file_id, created_by_user_id, 'VIEW' from files limit 1
"""
FILE = """
    insert into files (file_name, file_type, file_size, file_path, created_by_user_id)
    values ('f', 'pdf', 1, 'x', %s) returning file_id
"""


class Hurried(lambdas.Context):
    """A context whose time is nearly over."""

    def get_remaining_time_in_millis(self) -> int:
        return 5_000


class Patient(lambdas.Context):
    def get_remaining_time_in_millis(self) -> int:
        return 290_000


@pytest.fixture
def recomputed(platform):
    """Lists of other tests have statistics without facts: those are gone."""
    from functions.maintenance import statistics

    db.close()
    statistics.recompute(platform.database.url, seconds=60)


@pytest.fixture
def viewed(platform):
    """A file with three views that no refresh has seen."""
    platform.query(FILE, platform.users["brand"])
    for _ in range(3):
        platform.query(f"{VIEW} returning 1")


def deliver(platform, message: object = None, context: object = None) -> list[str]:
    from functions.analytics import refresh

    platform.login("ddp_worker")
    event = lambdas.sample("analytics/refresh")
    if message is not None:
        event = lambdas.with_message(event, message)
    return [f["itemIdentifier"] for f in refresh.handler(event, context or Patient())["batchItemFailures"]]


def runs(platform):
    return platform.query(
        "select taken > 0, is_drained, left_over, error from ddp.refresh_runs order by run_id desc"
    )


def test_a_run_drains_the_queue_and_says_how_fresh_that_is(platform, viewed):
    before = platform.query("select clock_timestamp()")[0][0]
    assert deliver(platform) == []
    assert platform.query("select sum(view_count) from ddp.file_stats")[0][0] >= 3
    assert runs(platform)[0] == (True, True, 0, None)
    assert platform.query("select ddp.analytics_as_of() >= %s", before) == [(True,)]
    assert deliver(platform) == []
    assert runs(platform)[0] == (False, True, 0, None)


def test_a_run_whose_time_is_short_begins_nothing(platform, viewed):
    assert deliver(platform, context=Hurried()) == []
    taken, is_drained, left, _ = runs(platform)[0]
    assert (taken, is_drained) == (False, False)
    assert left > 0
    deliver(platform)


def test_a_refresh_at_work_is_left_alone(platform, viewed):
    with platform.database.connect(autocommit=False) as other:
        other.execute("select pg_advisory_xact_lock(hashtext('ddp.refresh_analytics'))")
        assert deliver(platform) == []
        assert runs(platform)[0][:2] == (False, False)
    assert deliver(platform) == []
    assert runs(platform)[0][:2] == (True, True)


def test_a_failed_portion_is_reported_and_loses_nothing(platform, viewed, monkeypatch):
    from ddp.queries.analytics import refreshing

    def fail(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(refreshing, "take_portion", fail)
    assert len(deliver(platform)) == 1
    assert runs(platform)[0][3] == "RuntimeError: killed"
    monkeypatch.undo()
    assert deliver(platform) == []
    assert runs(platform)[0] == (True, True, 0, None)


def test_a_slice_that_takes_too_long_is_cut_in_two(platform, recomputed, monkeypatch):
    """However often it must be: until each slice is short enough, here one of a single file."""
    from ddp.queries.analytics import refreshing

    files = {platform.query(FILE, platform.users["brand"])[0][0] for _ in range(5)}
    platform.query("select ddp.start_recompute()")
    platform.run("delete from ddp.recompute_slices where source_name <> 'files'")
    take, late = refreshing.take_portion, []

    def take_few(cursor, run_id):
        ((count,),) = platform.query(
            "select count(*) from files f join (select * from ddp.recompute_slices order by position limit 1) s"
            " on (s.lower_bound is null or f.file_id >= s.lower_bound::uuid)"
            " and (s.upper_bound is null or f.file_id < s.upper_bound::uuid)"
        )
        if count > 1:
            late.append(count)
            cursor.execute("set local statement_timeout = '10ms'")
            cursor.execute("select pg_sleep(5)")
        return take(cursor, run_id)

    monkeypatch.setattr(refreshing, "take_portion", take_few)
    assert deliver(platform) == []
    assert len(late) >= len(files) - 1
    assert late[0] >= len(files)
    assert runs(platform)[0][1:] == (True, 0, None)


def test_what_cannot_be_cut_and_takes_too_long_is_reported(platform, recomputed, monkeypatch):
    from ddp.queries.analytics import refreshing

    def wait(cursor, _):
        cursor.execute("set local statement_timeout = '10ms'")
        cursor.execute("select pg_sleep(5)")

    monkeypatch.setattr(refreshing, "take_portion", wait)
    assert len(deliver(platform)) == 1
    assert "took too long" in runs(platform)[0][3]


@pytest.fixture
def due(platform):
    """Two senders whose recipients are due to be counted; the first one since longer."""
    senders = []
    for user in ("brand", "retailer"):
        ((template,),) = platform.query(
            "insert into campaign_templates (template_name, template_type, created_by_user_id)"
            " values ('t', 'email', %s) returning template_id",
            platform.users["brand"],
        )
        platform.query(
            "insert into ddp.template_senders (template_id, user_id, recipients, behind_since)"
            " values (%s, %s, 7, now() - make_interval(hours => %s)) returning 1",
            template, platform.users[user], 9 - len(senders),
        )  # fmt: skip
        senders.append(template)
    yield senders
    platform.run("delete from campaign_templates where template_name = 't'")


def test_recipients_that_no_portion_counts_are_counted_after_the_portions(platform, due):
    assert deliver(platform) == []
    assert platform.query("select count(*) from ddp.template_senders where template_id = any (%s)", due) == [
        (0,)
    ]


def test_a_count_that_takes_too_long_stops_nothing(platform, due, monkeypatch):
    from ddp.queries.analytics import refreshing

    count = refreshing.count_template_sender

    def count_or_wait(cursor, sender):
        if sender["template_id"] == due[0]:
            cursor.execute("set local statement_timeout = '10ms'")
            cursor.execute("select pg_sleep(5)")
        count(cursor, sender)

    monkeypatch.setattr(refreshing, "count_template_sender", count_or_wait)
    assert deliver(platform) == []
    assert runs(platform)[0][1] is True
    left = "select template_id, behind_since > now() - interval '1 minute' from ddp.template_senders"
    assert platform.query(f"{left} where template_id = any (%s)", due) == [(due[0], True)]


def test_a_sample_is_compared_with_the_facts(platform, recomputed, viewed, monkeypatch):
    from functions.analytics import refresh

    monkeypatch.setattr(refresh, "SAMPLE", 1.0)
    told = []
    monkeypatch.setattr(refresh.logger, "info", lambda line, **values: told.append((line, values)))
    deliver(platform, {"type": "Check"})  # what waits is no difference
    deliver(platform)
    deliver(platform, {"type": "Check"})
    assert [values["differing"] for line, values in told if line == "statistics checked"] == [0, 0]


def test_operators_see_refresh_and_recompute(platform, recomputed, viewed):
    from functions.maintenance import statistics

    db.close()
    url = platform.database.url
    assert statistics.status(url).lines[1].endswith("changes wait")
    assert any("0 changes wait" in line for line in statistics.refresh(url, seconds=60).lines)
    views = platform.query("select sum(view_count) from ddp.file_stats")
    # One that was interrupted goes on where it was: another refresh does the rest.
    interrupted = statistics.recompute(url, seconds=0)
    assert any("slices are left" in line for line in interrupted.lines)
    assert deliver(platform) == []
    assert platform.query("select sum(view_count) from ddp.file_stats") == views
    assert runs(platform)[0][1:] == (True, 0, None)


@pytest.mark.parametrize("body", ["", "[]", "{", json.dumps({"type": 7})])
def test_whatever_a_message_says_is_a_refresh(platform, body):
    from functions.analytics import refresh

    platform.login("ddp_worker")
    event = lambdas.sample("analytics/refresh")
    event["Records"][0]["body"] = body
    assert refresh.handler(event, Patient())["batchItemFailures"] == []
