"""GET /health: everybody may ask; each thing that has stopped is named, and no longer once it runs again."""

from __future__ import annotations

import pytest

from ddp.queries import heartbeats
from functions.maintenance import health
from functions.maintenance.health import SCHEDULES, WORKERS
from tests import lambdas
from tests.database.functions.maintenance.conftest import Maintenance


@pytest.fixture(autouse=True)
def all_is_well(maintenance: Maintenance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "KEPT_SECONDS", -1.0)
    maintenance.platform.run("update ddp.heartbeats set at = now(), oldest_due = '{}'")


def ask(maintenance: Maintenance, user: str | None = None) -> lambdas.Answer:
    return maintenance.ask(user, "GET", "/health")


def reasons(maintenance: Maintenance) -> list[str]:
    answer = ask(maintenance)
    assert answer.status == 503
    assert answer.body["code"] == "unhealthy"
    found: list[str] = answer.body["reasons"]
    return found


def age(maintenance: Maintenance, name: str, seconds: int) -> None:
    maintenance.platform.run(
        "update ddp.heartbeats set at = now() - make_interval(secs => %s) where name = %s", seconds, name
    )


def beat(maintenance: Maintenance, name: str, **oldest_due: float) -> None:
    maintenance.platform.login("ddp_worker")
    heartbeats.beat(name, **oldest_due)


def test_anybody_is_told_that_all_is_well(maintenance: Maintenance) -> None:
    answer = ask(maintenance)
    assert answer.status == 200
    assert answer.body["status"] == "ok"
    assert answer.body["schema_version"] >= health.SCHEMA_VERSION
    assert {each["name"] for each in answer.body["heartbeats"]} == set(SCHEDULES)
    assert {each["name"] for each in answer.body["workers"]} == set(WORKERS)
    assert ask(maintenance, "brand").status == 200


def test_the_migrations_give_each_schedule_and_each_worker_a_heartbeat(maintenance: Maintenance) -> None:
    names = {name for (name,) in maintenance.platform.query("select name from ddp.heartbeats")}
    assert names == {*SCHEDULES, *WORKERS}


@pytest.mark.parametrize("name", [*SCHEDULES, *WORKERS])
def test_what_stopped_is_named_until_it_runs_again(maintenance: Maintenance, name: str) -> None:
    age(maintenance, name, (SCHEDULES | WORKERS)[name] + 5)
    assert reasons(maintenance) == [name]
    beat(maintenance, name)
    assert ask(maintenance).status == 200


def test_a_worker_that_is_deployed_after_the_migration_has_time_until_it_is_late(
    maintenance: Maintenance,
) -> None:
    age(maintenance, "email-send", -1_800)
    (worker,) = (each for each in ask(maintenance).body["workers"] if each["name"] == "email-send")
    assert worker == {"name": "email-send", "seconds": 0, "allowed_seconds": 150}


def test_a_ping_is_a_heartbeat_and_no_message(
    maintenance: Maintenance, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.email import events

    age(maintenance, "email-events", 1_000)
    monkeypatch.setattr(heartbeats, "_NAME", "email-events")
    monkeypatch.setattr(heartbeats, "_next_beat", 0.0)
    maintenance.platform.login("ddp_worker")
    ping = {"Records": [{"messageId": "a", "body": heartbeats.PING}]}
    assert events.handler(ping, lambdas.Context()) == {"batchItemFailures": []}  # type: ignore[arg-type]
    assert ask(maintenance).status == 200


def test_work_that_no_worker_takes_is_named_until_somebody_does(maintenance: Maintenance) -> None:
    beat(maintenance, "sending-reconcile", email=120, sms=0)
    assert reasons(maintenance) == ["email"]
    beat(maintenance, "sending-reconcile", email=0, sms=0)
    assert ask(maintenance).status == 200


def test_an_export_that_no_worker_begins_is_named(maintenance: Maintenance) -> None:
    beat(maintenance, "analytics-refresh", **{"analytics-export": 120})
    assert reasons(maintenance) == ["analytics-export"]


def test_a_beat_without_a_measurement_keeps_the_last_one(maintenance: Maintenance) -> None:
    beat(maintenance, "social-poll", engagement=4000)
    beat(maintenance, "social-poll")
    assert reasons(maintenance) == ["engagement"]


def test_an_older_schema_is_named(maintenance: Maintenance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "SCHEMA_VERSION", "migrations/9999_later.sql")
    assert reasons(maintenance) == ["schema"]


def test_a_database_without_the_function_has_another_schema(maintenance: Maintenance) -> None:
    maintenance.platform.run("alter function ddp.health() rename to health_of_later")
    try:
        assert reasons(maintenance) == ["schema"]
    finally:
        maintenance.platform.run("alter function ddp.health_of_later() rename to health")


def test_a_database_that_does_not_answer_is_named_and_not_logged_as_an_error(
    maintenance: Maintenance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from ddp import db
    from functions.maintenance import http

    maintenance.platform.disconnect()
    monkeypatch.setenv("DATABASE_URL", "postgresql://ddp_api@127.0.0.1:1/nowhere")
    monkeypatch.setattr(db, "_PATIENCE", 0.0)
    answer = lambdas.answer(http.handler(lambdas.http_event("GET", "/health"), lambdas.Context()))
    assert (answer.status, answer.body["reasons"]) == (503, ["database"])
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_run_of_the_cleanup_is_a_heartbeat(maintenance: Maintenance) -> None:
    age(maintenance, "maintenance-cleanup", 100_000)
    assert maintenance.run() == []
    assert ask(maintenance).status == 200


def test_the_release_is_named_whether_all_is_well_or_not(maintenance: Maintenance) -> None:
    assert ask(maintenance).body["version"] == health.RELEASE
    age(maintenance, "social-due", 100_000)
    assert ask(maintenance).body["version"] == health.RELEASE


def test_a_write_is_tried_and_leaves_nothing(maintenance: Maintenance) -> None:
    before = maintenance.platform.query("select count(*), max(at) from ddp.heartbeats")
    written = "select pg_current_wal_insert_lsn()"
    ((place,),) = maintenance.platform.query(written)
    assert maintenance.ask(None, "POST", "/health").status == 204
    assert maintenance.platform.query("select count(*), max(at) from ddp.heartbeats") == before
    assert maintenance.platform.query(written) != [(place,)]


def test_a_database_that_takes_no_writes_fails_the_try(maintenance: Maintenance) -> None:
    name = maintenance.platform.database.name
    maintenance.platform.run(f"alter database {name} set default_transaction_read_only = on")
    try:
        maintenance.platform.disconnect()
        assert maintenance.ask(None, "POST", "/health").status >= 500
        assert ask(maintenance).status == 200
    finally:
        maintenance.platform.run("set default_transaction_read_only = off")
        maintenance.platform.run(f"alter database {name} reset default_transaction_read_only")
        maintenance.platform.disconnect()
