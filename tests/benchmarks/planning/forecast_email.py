"""Forecasting a send to a CSV file: from a sample, within ten seconds; and exactly, beside planning the same file.

DDP_BENCH_RECIPIENTS is the number of recipients (default 1,000,000), as of plan_email.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from ddp.queries import load
from tests.benchmarks.measure import Row
from tests.benchmarks.planning.plan_email import PLANNING
from tests.benchmarks.planning.planning import MEGABYTES, PLAN, RECIPIENTS
from tests.database.servers import DEFAULT, Database, DatabaseServer

SECONDS = 10
SAMPLE, EXACT = UUID(int=2), UUID(int=3)
SQL = load(__file__)


def rows() -> Iterator[Row]:
    """Seconds of the whole handler, and the peak memory of its process."""
    server = DatabaseServer(DEFAULT)
    with TemporaryDirectory() as directory:
        file = PLANNING.list_in(Path(directory))
        try:
            server.start()
            template = PLANNING.template(server)
            forecast, planned = (server.create(template=template.name) for _ in range(2))
            for database in (forecast, planned):
                PLANNING.prepare(database, file, PLANNING.plans[0].content)
            yield _sample(forecast, file)
            yield _exact(forecast, planned, file)
        finally:
            server.stop()


def _sample(database: Database, file: Path) -> Row:
    seconds, megabytes, result = _forecast(database, file, SAMPLE, is_exact=False)
    found = result["recipients"]
    bounds = f"{found['low']:,} to {found['high']:,}"
    return Row(
        what=f"forecast {RECIPIENTS:,} recipients from {result['records_read']:,}: {bounds}; at most {SECONDS} s;"
        f" peak memory {megabytes:.0f} MB (at most {MEGABYTES})",
        measured=seconds,
        wrong=seconds > SECONDS or megabytes > MEGABYTES or not found["low"] <= RECIPIENTS <= found["high"],
    )


def _exact(database: Database, planned: Database, file: Path) -> Row:
    seconds, megabytes, result = _forecast(database, file, EXACT, is_exact=True)
    floor, _ = PLANNING.work(planned, file, PLAN)
    return Row(
        what=f"the same exactly; floor: planning it; peak memory {megabytes:.0f} MB (at most {MEGABYTES})",
        measured=seconds,
        floor=floor,
        target=1.0,
        wrong=megabytes > MEGABYTES or result["recipients"]["value"] != RECIPIENTS,
    )


def _forecast(
    database: Database, file: Path, forecast: UUID, *, is_exact: bool
) -> tuple[float, float, dict[str, Any]]:
    values = {"forecast": forecast, "is_exact": is_exact}
    with database.connect() as connection:
        connection.execute(SQL.ask, values)
    message = {"type": "ForecastSend", "send_forecast_id": str(forecast)}
    seconds, megabytes = PLANNING.work(database, file, message)
    with database.connect() as connection:
        row = connection.execute(SQL.result, values).fetchone()
    assert row is not None
    return seconds, megabytes, row[0]
