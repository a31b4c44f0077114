"""How long everything is kept: administrators change it, above the floors."""

from __future__ import annotations

import pytest

from tests.database.functions.maintenance.conftest import Maintenance

FLOORS = {
    "file_actions": (0, 30), "audit_logs": (0, 90), "sessions": (0, 7), "engagement": (0, 90), "conversions": (0, 90),
    "daily_analytics": (0, 400), "provider_events": (0, 30), "recipients": (0, 90),
    "sending_records": (0, 30), "trash": (0, 7),
}  # fmt: skip


def test_the_settings_and_their_floors(maintenance: Maintenance):
    items = {item["subject"]: item for item in maintenance.ask("admin", "GET", "/retention").body["items"]}
    assert {s: (items[s]["least"]["months"], items[s]["least"]["days"]) for s in FLOORS} == FLOORS
    assert items["file_actions"]["keep"] == {"months": 24, "days": 0}
    assert items["daily_analytics"]["keep"] == {"months": 60, "days": 0}


def test_a_change_is_kept_and_audited(maintenance: Maintenance):
    changed = maintenance.ask("admin", "PUT", "/retention/sessions", {"months": 6, "days": 3})
    assert changed.status == 200
    assert changed.body["keep"] == {"months": 6, "days": 3}
    assert changed.body["changed_by_user_id"] == str(maintenance.platform.users["admin"])
    rows = maintenance.platform.query(
        "select new_values ->> 'subject' from audit_logs where table_name = 'retention' and changed_by = %s",
        maintenance.platform.users["admin"],
    )
    assert rows == [("sessions",)]


@pytest.mark.parametrize("subject", FLOORS)
def test_no_retention_goes_below_its_floor(maintenance: Maintenance, subject: str):
    months, days = FLOORS[subject]
    answer = maintenance.ask("admin", "PUT", f"/retention/{subject}", {"months": months, "days": days - 1})
    assert (answer.status, answer.code) == (422, "retention-too-short")
    assert str(days) in answer.body["detail"]
    lowest = maintenance.ask("admin", "PUT", f"/retention/{subject}", {"months": months, "days": days})
    assert lowest.status == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/retention/nothing", {"days": 100}, 404),
        ("/retention/sessions", {"days": -1}, 422),
        ("/retention/sessions", {"months": 1201}, 422),
        ("/retention/sessions", {"months": 1200, "days": 36500}, 422),
        ("/retention/sessions", {"years": 1}, 422),
        ("/retention/sessions", {}, 422),
    ],
)
def test_bad_settings_are_refused(maintenance: Maintenance, path: str, body: dict[str, int], status: int):
    answer = maintenance.ask("admin", "PUT", path, body)
    assert answer.status == status
    assert answer.body["detail"]


ROUTES = [
    ("GET", "/retention", None), ("PUT", "/retention/sessions", {"days": 30}), ("GET", "/cleanups", None),
    ("POST", "/cleanups", {}), ("GET", "/cleanups/00000000-0000-4000-8000-000000000000", None),
    ("GET", "/erasures", None),
    ("POST", "/erasures", {"email": "a@example.com"}), ("GET", "/erasures/00000000-0000-4000-8000-000000000000", None),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_only_administrators(maintenance: Maintenance, method: str, path: str, body: object):
    for user in ("brand", "retailer"):
        answer = maintenance.ask(user, method, path, body)
        assert (answer.status, answer.code) == (403, "not-an-admin"), answer
    assert maintenance.ask(None, method, path, body).status in (401, 403)


def test_lists_continue_after_a_page(maintenance: Maintenance):
    for _ in range(3):
        maintenance.ask("admin", "POST", "/cleanups", {"dry_run": True})
    first = maintenance.ask("admin", "GET", "/cleanups", limit=2).body
    second = maintenance.ask("admin", "GET", "/cleanups", limit=2, cursor=first["next_cursor"]).body
    ids = [item["cleanup_run_id"] for item in [*first["items"], *second["items"]]]
    assert len(ids) == len(set(ids)) >= 3
    missing = maintenance.ask("admin", "GET", "/erasures/00000000-0000-4000-8000-000000000000")
    assert (missing.status, missing.code) == (404, "erasure-not-found")
