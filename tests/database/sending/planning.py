"""Planning without files and stages: batches of given addresses, as the plan stage commits them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal

from ddp.chunking import Run
from ddp.queries.sending import hours, plans, recipients
from ddp.queries.sending.recipients import Batch, Kind, Recipients
from functions.sending.recipients import split
from functions.sending.recipients.split import Tested
from tests.database.sending.ledger import Ledger, Plan


def add_batch(ledger: Ledger, plan: Plan, addresses: Sequence[str], *, price: Decimal = Decimal(0)) -> None:
    """Add the next batch to a plan, unless its planning is over. `price`: of each message."""
    with ledger.working() as cursor:
        found = plans.get(cursor, ledger.channel, plan.send_plan_id)
        progress = plans.lock_plan(cursor, plan.send_plan_id)
        if found is None or progress.is_cancelled or progress.is_over:
            return
        hashes = {address: hashlib.sha256(address.encode()).digest() for address in addresses}
        parts = split.of_plan(found)
        given: Recipients = {
            address: (hashed, "", Tested("", parts.variant(hashed)) if parts else "", "{}")
            for address, hashed in hashes.items()
        }
        kinds = {kind for _, _, kind, _ in given.values()}
        batch = Batch(
            batch_no=progress.batch_no + 1,
            records_read=progress.records_read + len(given),
            recipients=given,
        )
        (run,) = hours.runs(cursor, found, [""]).values()
        runs: dict[Kind, Run] = {
            kind: run._replace(price=price, variant=getattr(kind, "variant", None)) for kind in kinds
        }
        recipients.add_batch(cursor, found, batch, progress, runs)


def finish(ledger: Ledger, plan: Plan) -> None:
    """Mark a plan as planned, unless its planning is over."""
    with ledger.working() as cursor:
        progress = plans.lock_plan(cursor, plan.send_plan_id, counts_as_served=False)
        if not progress.is_cancelled and not progress.is_over:
            plans.finish(cursor, plan.send_plan_id)
