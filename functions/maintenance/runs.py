"""One run of a cleanup: portions of every step, of erasures and of objects, and the report about them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import psycopg

from ddp import db
from ddp.observability import logger
from ddp.queries.maintenance import cleanup as queries
from ddp.queries.maintenance.cleanup import Portion, Run
from functions.maintenance.portions import ROLE, Budget, patiently
from functions.maintenance.removals import remove_objects

# Rows per transaction: a second or two.
PORTION = 10_000


def run_once(budget: Budget) -> bool:
    """Take one run: one that was asked for comes first. Returns whether another should follow at once."""
    with db.transaction(role=ROLE) as cursor:
        run, steps = queries.begin(cursor), queries.steps(cursor)
    logger.append_keys(cleanup_run_id=str(run.cleanup_run_id))
    troubles: list[str] = []
    is_left = _count(run, steps) if run.is_dry_run else _clean(run, steps, budget, troubles)
    with db.transaction(role=ROLE) as cursor:
        queries.end(cursor, run, is_left=is_left, error="; ".join(troubles) or None)
    # What is left because of trouble waits for the next hour.
    return run.is_dry_run or (is_left and not troubles)


def _count(run: Run, steps: list[str]) -> bool:
    """Write to the report what each step would remove; return whether some could not be counted."""
    return None in [patiently(queries.count_old, run, step) for step in steps]


def _clean(run: Run, steps: list[str], budget: Budget, troubles: list[str]) -> bool:
    """Take portions of everything; return whether something is left. One step's trouble does not stop the others."""
    left = [_drain(step, partial(queries.clean, run=run, step=step), budget, troubles) for step in steps]
    left.append(_drain("erasures", queries.erase, budget, troubles))
    return any([*left, remove_objects(budget)])


def _drain(step: str, portion: Callable[..., Portion], budget: Budget, troubles: list[str]) -> bool:
    """Take portions until none is left, or the budget is used; return whether something is left."""
    while not budget.is_used:
        began = time.monotonic()
        try:
            done = patiently(portion, limit=min(PORTION, budget.rows))
        except psycopg.Error as error:
            logger.exception("a step failed", step=step)
            # Without the error's text, which may quote a row.
            troubles.append(f"{step}: {type(error).__name__}")
            return True
        if done is None:
            return True
        budget.use(done.worked)
        if not done.is_left:
            return False
        budget.rest(time.monotonic() - began)
    return True
