"""When messages may go, by the recipients' time zones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from psycopg import Cursor

from ddp.chunking import Run
from ddp.queries import load
from ddp.queries.sending.plans import Plan
from ddp.queries.sending.recipients import Kind

SQL = load(__file__)


def runs(cursor: Cursor[Any], plan: Plan, zones: Collection[Kind]) -> Mapping[Kind, Run]:
    """The run of recipients in each time zone, in the channel's one bucket.

    A zone that does not exist counts as none: the plan's holds.
    """
    rows = cursor.execute(SQL.times, {"send_plan_id": plan.send_plan_id, "zones": list(zones)})
    return {
        row["zone"]: Run(not_before=row["not_before"], bucket=plan.channel.name, time_zone=row["known"])
        for row in rows
    }
