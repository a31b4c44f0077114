"""What is older than it is kept goes, in portions that a run takes within its budget, and a report says what went."""

# ruff: noqa: E501  (statements read better unbroken)

from __future__ import annotations

import itertools
import threading
from types import SimpleNamespace

import pytest

from tests.database.functions.maintenance.conftest import Maintenance, keys


def old_rows(maintenance: Maintenance) -> None:
    """Rows of every step that removes single rows: one old and one young of each; two months of actions."""
    users = maintenance.platform.users
    file_id = maintenance.file()
    maintenance.platform.query(
        "select ddp.ensure_partitions('file_actions', (now() - interval '27 months')::date, (now() - interval '24 months')::date)"
    )
    maintenance.platform.query(
        """
        with actions as (
            insert into file_actions (file_id, user_id, action_type, action_timestamp)
            select %(file)s, %(retailer)s, 'DOWNLOAD', at
            from generate_series(now() - interval '26 months', now() - interval '25 months', interval '1 day') at
        ), sessions as (
            insert into sessions (user_id, started_at, ended_at) values
                (%(retailer)s, now() - interval '13 months', now() - interval '13 months'), (%(retailer)s, now(), null)
        ), keys as (
            insert into idempotency_keys (user_id, idempotency_key, route, request_hash, created_at) values
                (%(brand)s, gen_random_uuid()::text, 'x', 'x', now() - interval '8 days'), (%(brand)s, gen_random_uuid()::text, 'x', 'x', now())
        ), hours as (
            insert into ddp.sender_hours (user_id, channel, hour) values
                (%(brand)s, 'email', now() - interval '91 days'), (%(brand)s, 'email', now())
        ), suppressed as (
            insert into suppressions (channel, address_hash, owner_user_id, reason, expires_at) values
                ('sms', sha256('old'), %(brand)s, 'invalid_number', now() - interval '1 minute'),
                ('sms', sha256('new'), %(brand)s, 'invalid_number', now() + interval '1 day'),
                ('sms', sha256('ever'), %(brand)s, 'manual', null)
        ), bounces as (
            insert into ddp.soft_bounces (address_hash, owner_user_id, last_bounced_at) values
                (sha256('old'), %(brand)s, now() - interval '91 days'), (sha256('new'), %(brand)s, now())
        ), counters as (
            insert into ddp.recipient_counters (channel, owner_id, recipient_hash, send_ids, attempts, counted_at, last_at)
            select 'email', %(brand)s, sha256(at::text::bytea), array[gen_random_uuid()], '{1}', array[at], at
            from unnest(array[now() - interval '91 days', now() - interval '89 days']) at
        )
        insert into file_shares (file_id, created_by_user_id, expires_at, created_at) values
            (%(file)s, %(brand)s, now() - interval '91 days', now() - interval '100 days'), (%(file)s, %(brand)s, now() + interval '1 day', now())
        returning 1
        """.replace("%(file)s", f"'{file_id}'")
        .replace("%(brand)s", f"'{users['brand']}'")
        .replace("%(retailer)s", f"'{users['retailer']}'")
    )


LEFT = """
select
    (select count(*) from file_actions where user_id = %s), (select count(*) from sessions where user_id = %s),
    (select count(*) from idempotency_keys where user_id = %s), (select count(*) from ddp.sender_hours where user_id = %s),
    (select count(*) from ddp.soft_bounces where owner_user_id = %s),
    (select count(*) from ddp.recipient_counters where owner_id = %s), (select count(*) from file_shares where created_by_user_id = %s)
"""


def left(maintenance: Maintenance) -> tuple[int, ...]:
    users = maintenance.platform.users
    return maintenance.platform.query(LEFT, users["retailer"], users["retailer"], *[users["brand"]] * 5)[0]


def test_a_dry_run_counts_exactly_what_the_run_after_it_removes(maintenance: Maintenance):
    maintenance.drain()
    old_rows(maintenance)
    before = left(maintenance)
    asked = maintenance.ask("admin", "POST", "/cleanups", {"dry_run": True})
    assert (asked.status, asked.body["is_dry_run"], asked.body["ended_at"]) == (202, True, None)
    assert maintenance.told() == [{"type": "CleanUp"}]
    assert maintenance.run() == []
    counted = maintenance.ask("admin", "GET", f"/cleanups/{asked.body['cleanup_run_id']}").body
    assert counted["ended_at"]
    assert left(maintenance) == before
    wanted = {
        "sessions": 1,
        "idempotency_keys": 1,
        "sender_hours": 1,
        "soft_bounces": 1,
        "recipient_counters": 1,
        "expired_suppressions": 1,
        "ended_shares": 1,
    }
    assert {step: rows for step, rows in counted["steps"].items() if rows} == {
        "file_actions": before[0]
    } | wanted
    maintenance.drain()
    assert left(maintenance) == (0, 1, 1, 1, 1, 1, 1)
    reports = maintenance.ask("admin", "GET", "/cleanups").body["items"]
    removed: dict[str, int] = {}
    for report in reports:
        if not report["is_dry_run"] and report["requested_at"] > counted["requested_at"]:
            for step, rows in report["steps"].items():
                removed[step] = removed.get(step, 0) + rows
    assert {step: rows for step, rows in removed.items() if rows} == {
        step: rows for step, rows in counted["steps"].items() if rows
    }
    assert maintenance.report()["is_left"] is False


def test_a_run_that_uses_its_budget_queues_the_next(maintenance: Maintenance, monkeypatch):
    from functions.maintenance import cleanup

    old_rows(maintenance)
    monkeypatch.setattr(cleanup, "ROWS", 1)
    assert maintenance.run() == []
    assert maintenance.told() == [{"type": "CleanUp"}]
    assert maintenance.report()["is_left"] is True
    assert maintenance.drain() > 3
    assert left(maintenance) == (0, 1, 1, 1, 1, 1, 1)


def test_a_run_rests_after_each_portion_that_others_follow(maintenance: Maintenance, monkeypatch):
    """For as long as the portion took: 0.2 s, by a clock that goes on whenever somebody looks."""
    from functions.maintenance import runs

    old_rows(maintenance)
    clock, rests, taken, take = itertools.count(step=0.2), [], [], runs.queries.clean

    def clean(*of, **named):
        taken.append(take(*of, **named))
        return taken[-1]

    monkeypatch.setattr(runs, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(runs.Budget, "rest", lambda _, seconds: rests.append(seconds))
    monkeypatch.setattr(runs.queries, "clean", clean)
    monkeypatch.setattr(runs, "PORTION", 1)
    assert maintenance.run() == []
    followed = [portion for portion in taken if portion and portion.is_left]
    assert len(followed) > 10
    assert rests[: len(followed)] == pytest.approx([0.2] * len(followed))


def test_two_runs_at_once_remove_everything_once(maintenance: Maintenance):
    """The second leaves months to the first; rows are taken by one of them."""
    old_rows(maintenance)
    with maintenance.platform.database.connect("superuser") as other:
        other.autocommit = False
        other.execute("select pg_advisory_xact_lock(hashtext('ddp.archive'))")
        assert maintenance.run() == []
        assert left(maintenance)[0] > 0, "another cleaner is at the months"
        assert left(maintenance)[2:] == (1, 1, 1, 1, 1)
        other.rollback()
    threads = [threading.Thread(target=clean_beside, args=(maintenance, errors := [])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    maintenance.drain()
    assert left(maintenance) == (0, 1, 1, 1, 1, 1, 1)
    assert maintenance.platform.query("select download_count from ddp.archived_files a join files f using (file_id) where f.created_by_user_id = %s", maintenance.platform.users["brand"])  # fmt: skip


def clean_beside(maintenance: Maintenance, errors: list[Exception]) -> None:
    """Take steps of months as a worker with a connection of its own does."""
    try:
        with maintenance.platform.database.as_worker() as connection:
            for _ in range(5):
                connection.execute("select * from ddp.clean(gen_random_uuid(), 'file_actions', 1000)")
                connection.commit()
                connection.execute("set local role service_role")
    except Exception as error:  # noqa: BLE001 - the main thread reports it
        errors.append(error)


def test_trash_goes_with_its_objects_unless_something_open_needs_it(maintenance: Maintenance):
    users = maintenance.platform.users
    old, young, live, needed = (
        maintenance.file(deleted="31 days"), maintenance.file(deleted="29 days"), maintenance.file(), maintenance.file(deleted="31 days"),
    )  # fmt: skip
    maintenance.platform.query("insert into product_imports (file_id, created_by_user_id) values (%s, %s) returning 1", needed, users["brand"])  # fmt: skip
    maintenance.drain()
    assert {f"files/{f}" in keys() for f in (young, live, needed)} == {True}
    assert not keys() & {f"files/{old}", f"thumbnails/{old}/320.webp"}
    assert maintenance.platform.query("select count(*) from ddp.object_removals") == [(0,)]
    assert maintenance.ask("brand", "GET", "/products").status == 200
    restored = maintenance.platform.call("brand", "POST", f"/files/{old}/restore")
    assert (restored.status, restored.code) == (409, "file-purged")
    trash = maintenance.platform.call("brand", "GET", "/files", scope="trash")
    if trash.status == 200:
        assert str(old) not in [item["file_id"] for item in trash.body["items"]]
    maintenance.platform.query("update product_imports set ended_at = now(), state = 'done' where file_id = %s returning 1", needed)  # fmt: skip
    maintenance.drain()
    assert f"files/{needed}" not in keys()


def test_objects_that_a_killed_worker_left_go_with_the_next_run(maintenance: Maintenance, monkeypatch):
    """Killed between the purge and the deletion: the list of objects is in the database."""
    from functions.maintenance import removals

    file_id = maintenance.file(deleted="31 days")
    monkeypatch.setattr(removals.s3, "delete_all", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        maintenance.run()
    assert f"files/{file_id}" in keys()
    monkeypatch.undo()
    maintenance.platform.login("ddp_worker")
    from ddp import db

    db.close()
    maintenance.platform.monkeypatch.setenv(
        "DATABASE_URL", maintenance.platform.database.client_url("ddp_worker")
    )
    maintenance.drain()
    assert f"files/{file_id}" not in keys()


def test_partitions_are_made_and_health_is_measured(maintenance: Maintenance, caplog):
    assert maintenance.run("MaintainPartitions") == []
    assert maintenance.run() == []
    assert {"partitions maintained", "health", "cleaned up"} <= {record.message for record in caplog.records}
    (health,) = maintenance.platform.query("select ddp.cleanup_health()")[0]
    assert (health["months_missing"], health["default_rows_days"], health["oldest_erasure_days"]) == (0, 0, 0)
    assert health["cleanup_behind_days"] < 1


def test_health_tells_what_is_wrong(maintenance: Maintenance):
    maintenance.platform.query(
        "insert into ddp.cleanup_runs (requested_at, began_at, ended_at, is_left) values"
        " (now() - interval '5 days', now() - interval '5 days', now() - interval '4 days', false) returning 1"
    )
    maintenance.platform.query(
        "update ddp.cleanup_runs set is_left = true where requested_at > now() - interval '1 day' returning 1"
    )
    maintenance.platform.query(
        "insert into audit_logs (table_name, action, changed_at) values ('x', 'INSERT', now() + interval '5 years') returning 1"
    )
    maintenance.platform.query("select ddp.cleanup_health()")
    maintenance.platform.query(
        "update ddp.default_partitions set rows_since = now() - interval '3 days' returning 1"
    )
    maintenance.ask("admin", "POST", "/erasures", {"email": "late@example.com"})
    maintenance.platform.query(
        "update ddp.erasures set requested_at = now() - interval '21 days' returning 1"
    )
    month = maintenance.platform.query("select to_char(now() + interval '2 months', 'YYYY_MM')")[0][0]
    with maintenance.platform.database.connect("superuser") as connection:
        connection.execute(f"drop table ddp.email_events_{month}")
    (health,) = maintenance.platform.query("select ddp.cleanup_health()")[0]
    assert [health[name] >= least for name, least in
            {"cleanup_behind_days": 3, "months_missing": 1, "default_rows_days": 2, "oldest_erasure_days": 20}.items()] == [True] * 4  # fmt: skip
    maintenance.platform.query(
        "delete from audit_logs where changed_at > now() + interval '4 years' returning 1"
    )
    maintenance.run("MaintainPartitions")
    maintenance.drain()
    (health,) = maintenance.platform.query("select ddp.cleanup_health()")[0]
    assert [round(float(value)) for value in health.values()] == [0, 0, 0, 0]


def test_an_unknown_message_is_dropped(maintenance: Maintenance):
    assert maintenance.run("Explode") == []
