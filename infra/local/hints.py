"""Sends the hints of the ledger's waiting work again.

The emulator forgets its queues when it ends, and a runner the messages that it had. Reconciliation believes for 25
seconds that a queue keeps what was noted as queued; after a restart nobody needs to wait for that.
"""

from __future__ import annotations

from typing import Any

import psycopg

from ddp.queries import load
from infra.local.schedules import make_up

SQL = load(__file__)


def tell_again(database_url: str, sqs: Any) -> None:
    """Let reconciliation tell the queues about everything that waits, at once. A repeated hint is harmless."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in (
            SQL.forget_plans,
            SQL.forget_chunks,
            SQL.forget_exports,
            SQL.forget_forecasts,
            SQL.forget_analytics_exports,
            SQL.forget_product_imports,
            SQL.forget_social_steps,
            SQL.forget_social_polls,
        ):
            connection.execute(statement)
    make_up(sqs)
