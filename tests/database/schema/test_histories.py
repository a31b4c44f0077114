"""After any history, refreshing has given what recomputing gives, and local days add up to the total."""

from __future__ import annotations

import pytest

from tests.database.schema.analytics import refresh, snapshot
from tests.database.schema.histories import (
    CLEANUPS,
    differing,
    live,
    require_days_of_zones,
    require_what_recomputing_gives,
)

QUICK = (*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 60)))


@pytest.mark.parametrize("seed", QUICK)
def test_refreshing_gives_what_recomputing_gives(session, seed: int):
    live(session, seed, steps=140)
    empty = {name for name, rows in snapshot(session).items() if not rows}
    assert empty <= {"ddp.unlisted_activity"}
    require_days_of_zones(session)
    require_what_recomputing_gives(session)
    require_days_of_zones(session)


@pytest.mark.parametrize("seed", QUICK)
def test_months_dropped_in_between_change_no_figure(session, seed: int):
    live(session, seed, steps=120, cleanups=CLEANUPS)
    require_days_of_zones(session)
    before = _without_what_is_removed(snapshot(session))
    for cleanup in CLEANUPS:
        while session.execute(f"select {cleanup}".encode()).fetchone()[0]:
            pass
    refresh(session)
    assert session.execute("select count(*) from ddp.archived_files").fetchone()[0] > 0
    after = _without_what_is_removed(snapshot(session))
    assert differing(before, after) == {}
    require_what_recomputing_gives(session)
    require_days_of_zones(session)


def _without_what_is_removed(figures: dict[str, list[str]]) -> dict[str, list[str]]:
    """Rows of sessions go with the sessions, and old days with their months."""
    gone = ("session_analytics", "daily_analytics", "daily_metrics_summary")
    return {name: rows for name, rows in figures.items() if name not in gone}
