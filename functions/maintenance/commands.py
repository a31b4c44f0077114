"""What an operator can ask of a database: with its URL (`ddp migrate`), or through the function `migrate`.

Every command takes a connection URL and returns lines for people. All raise the migrator's errors.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

from ddp import migrator
from ddp.migrator.connection import session
from ddp.queries.people import administrators
from functions.maintenance.seed import development, reference

SCHEMA: Final = Path(__file__).resolve().parents[2] / "schema"
# The stages that development data may be added to.
SEEDED_STAGES: Final = ("local", "dev", "staging")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Lines for people, and whether the command succeeded (of `verify`: found no difference)."""

    lines: tuple[str, ...]
    succeeded: bool = True


def status(url: str) -> Answer:
    """What is applied, and what is not."""
    found = migrator.status(url, SCHEMA)
    applied = f"applied: {len(found.ledger.migrations)} migrations, {len(found.ledger.repeatables)} repeatable files"
    newer = ", ".join(found.plan.newer)
    lines = [
        applied,
        *([f"the database is newer than these files; it has {newer}"] if newer else []),
        *(f"to apply: {step.file.path} ({step.reason})" for step in found.plan.steps),
        *(f"left over: {leftover}; drop it in a migration" for leftover in found.plan.leftovers),
        *([] if found.plan.steps else ["nothing to apply"]),
    ]
    return Answer(lines=tuple(lines))


def plan(url: str) -> Answer:
    """What `apply` would do; changes nothing."""
    found = migrator.plan(url, SCHEMA)
    if found.steps:
        return Answer(lines=tuple(f"{step.file.path} ({step.reason})" for step in found.steps))
    reason = ": the database is newer than these files" if found.newer else ""
    return Answer(lines=(f"nothing to apply{reason}",))


def ledger(url: str) -> Answer:
    """What was applied, as one line of JSON: `ddp deploy` compares it with the schema of another release."""
    return Answer(lines=(json.dumps(migrator.ledger(url).as_json()),))


def apply(
    url: str,
    report: Callable[[str], object],
    *,
    reapply: bool = False,
    wait_seconds: float = migrator.DEFAULT_WAIT_SECONDS,
) -> Answer:
    """Bring the database to the state of the files; `report` gets a line for each step."""
    started = time.monotonic()
    applied = migrator.apply(url, SCHEMA, report, reapply=reapply, wait_seconds=wait_seconds)
    if not (applied.migrations or applied.repeatables):
        return Answer(lines=())
    numbers = f"{len(applied.migrations)} migrations and {len(applied.repeatables)} repeatable files"
    return Answer(lines=(f"Applied {numbers} in {time.monotonic() - started:.1f} s.",))


def verify(url: str) -> Answer:
    """Compare the database with the schema as shipped; changes nothing."""
    differences = migrator.verify(url, SCHEMA)
    if not differences:
        return Answer(lines=("The database matches the schema as shipped.",))
    advice = (
        f"\n{len(differences)} differences. `ddp migrate apply --reapply` restores functions, triggers, views and "
        "policies; undo other changes by hand, or put them into a migration."
    )
    return Answer(lines=(*map(str, differences), advice), succeeded=False)


def create_administrator(url: str, email: str, user_id: UUID | None) -> Answer:
    """Make somebody an active administrator: an existing account, or a new one with the id `user_id`."""
    with session(url) as connection:
        made = administrators.create(connection, email, user_id)
    if made is None:
        reason = (
            f"Nobody with the address {email} has signed up. Let them sign up first, or give the id that your identity "
            "provider has for them (the claim `sub` of their tokens): --user-id UUID."
        )
        return Answer(lines=(reason,), succeeded=False)
    return Answer(lines=(f"{email} (account {made}) is an active administrator.",))


def seed_reference(url: str) -> Answer:
    """Load the reference data; a second run changes only rows that differ."""
    with session(url) as connection, connection.transaction():
        loaded = reference.load(connection)
    return Answer(lines=tuple(f"{table}: {rows} rows added or changed" for table, rows in loaded.items()))


def seed_development(url: str, stage: str, *, file_actions: int, until: date, force: bool) -> Answer:
    """Fill an empty database with development data; refused in stage prod."""
    if stage not in SEEDED_STAGES:
        return Answer(
            lines=(f"Stage {stage} holds real data: it gets no development data.",), succeeded=False
        )
    added: Counter[str] = Counter()
    scale = development.Scale.of(file_actions, until)
    try:
        with session(url) as connection:
            development.seed(
                connection, scale, lambda table, rows, _: added.update({table: rows}), force=force
            )
    except development.SeedError as error:
        return Answer(lines=(str(error),), succeeded=False)
    return Answer(lines=tuple(f"{table}: {rows:,} rows" for table, rows in added.items()))
