"""What GET /health judges from what the database knows, and for how long it keeps the answer."""

from __future__ import annotations

import re

import pytest

from functions.maintenance import health
from functions.maintenance.health import KINDS, SCHEDULES, WORKERS, Health, judge
from infra.state import ROOT

WELL = {
    "schema_version": health.SCHEMA_VERSION,
    "heartbeats": {name: {"seconds": 60, "oldest_due": {}} for name in [*SCHEDULES, *WORKERS]},
}
ALLOWED = SCHEDULES | WORKERS


def changed(name: str, **beat: object) -> dict[str, object]:
    beats = WELL["heartbeats"] | {name: {"seconds": 60, "oldest_due": {}} | beat}
    return WELL | {"heartbeats": beats}


def test_nothing_is_wrong_if_everything_ran_lately():
    assert judge(WELL).reasons == ()


@pytest.mark.parametrize("name", ALLOWED)
def test_a_schedule_and_a_worker_is_late_after_its_time_and_not_before(name):
    assert judge(changed(name, seconds=ALLOWED[name])).reasons == ()
    assert judge(changed(name, seconds=ALLOWED[name] + 1)).reasons == (name,)


def test_a_schedule_that_never_ran_is_a_reason():
    beats = {name: beat for name, beat in WELL["heartbeats"].items() if name != "social-due"}
    assert judge(WELL | {"heartbeats": beats}).reasons == ("social-due",)


@pytest.mark.parametrize("kind", KINDS)
def test_work_that_waits_too_long_is_a_reason(kind):
    assert judge(changed("sending-reconcile", oldest_due={kind: KINDS[kind]})).reasons == ()
    assert judge(changed("sending-reconcile", oldest_due={kind: KINDS[kind] + 1})).reasons == (kind,)


def test_what_is_measured_each_minute_and_named_after_90_seconds_is_named_within_three_minutes():
    seconds = [each for each in ALLOWED.values() if each < 300]
    assert max(seconds) + health.KEPT_SECONDS < 180
    assert all(KINDS[kind] + 60 + health.KEPT_SECONDS < 180 for kind in ("email", "sms", "social"))


@pytest.mark.parametrize("version", [None, "migrations/0001_roles_and_auth.sql"])
def test_an_older_schema_is_a_reason(version):
    assert judge(WELL | {"schema_version": version}).reasons == ("schema",)


def test_a_newer_schema_is_none_because_a_deploy_may_have_been_rolled_back():
    assert judge(WELL | {"schema_version": "migrations/9999_later.sql"}).reasons == ()


def test_the_database_is_asked_once_in_five_seconds(monkeypatch):
    asked: list[float] = []
    now = 1000.0

    def look() -> Health:
        asked.append(now)
        return Health(reasons=())

    monkeypatch.setattr(health, "look", look)
    monkeypatch.setattr(health, "_kept", None)
    monkeypatch.setattr(health.time, "monotonic", lambda: now)
    for now in (1000.0, 1001.0, 1005.0, 1005.1, 1009.0):  # noqa: B007 - look and monotonic read it
        health.health()
    assert asked == [1000.0, 1005.1]


def test_each_schedule_is_noted_by_one_worker():
    texts = "".join(file.read_text() for file in (ROOT / "functions").rglob("*.py"))
    noted = re.findall(r'heartbeats\.beat\(\s*"([a-z-]+)"', texts)
    assert set(noted) == set(SCHEDULES)


def test_the_page_says_when_each_rare_schedule_is_named():
    page = (ROOT / "functions/maintenance/README.md").read_text()
    rows = re.findall(r"^  \| (`.*?) \| .*? \| (\d+) (minutes|hours) \|$", page, re.MULTILINE)
    seconds = {"minutes": 60, "hours": 3600}
    said = {
        name: int(number) * seconds[unit]
        for names, number, unit in rows
        for name in re.findall("`(.*?)`", names)
    }
    assert said == {name: allowed for name, allowed in SCHEDULES.items() if allowed > 180}


def test_the_page_names_each_schedule_that_is_never_named():
    """Those that the infrastructure makes and that note no heartbeat."""
    page = (ROOT / "functions/maintenance/README.md").read_text()
    never = set(
        re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^  \| (.*?) \| .*? \| never", page, re.MULTILINE)))
    )
    texts = "".join(file.read_text() for file in (ROOT / "infra/capabilities").rglob("*.py"))
    assert all(f'"{name}"' in texts for name in never)
    assert not never & set(ALLOWED)
