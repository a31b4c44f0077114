"""Applies the schema: called by CloudFormation during a deploy, or by an operator (`ddp migrate --stage`).

CloudFormation's custom resource is `Custom::DatabaseSchema`; each of its events is answered, a failure with its reason.
An operator sends `{"command": "status"}` and gets `{"lines": […], "succeeded": true}`. A database inside the VPC can be
reached in no other way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, Final
from uuid import UUID

import psycopg
from aws_lambda_powertools.utilities.typing import LambdaContext

from ddp import migrator, settings
from ddp.observability import logger
from functions.maintenance import commands, logins, statistics
from functions.maintenance.commands import Answer
from functions.maintenance.deploys.cloudformation import answer, answered_in_time

# Seconds before the function's time-out at which it answers that it failed.
ANSWER_MARGIN: Final = 15.0


def migrate(wait_seconds: float, *, reapply: bool = False) -> Answer:
    """Apply the schema, then set passwords and IAM of the logins.

    `wait_seconds` limits the wait for another migration in progress. Raises SecretUnusable and the migrator's errors.
    """
    url = logins.migrator_url()
    steps: list[str] = []

    def report(line: str) -> None:
        steps.append(line)
        logger.info(line)

    applied = commands.apply(url, report, reapply=reapply, wait_seconds=wait_seconds)
    # Logging in again: the schema has just made the logins, and the session is over.
    return Answer(lines=(*steps, *applied.lines, *set_passwords().lines))


def set_passwords() -> Answer:
    """Give the other logins the passwords in their secrets, or IAM."""
    sentences = logins.set_up(logins.migrator_url())
    for sentence in sentences:
        logger.info(sentence)
    return Answer(lines=tuple(sentences) or ("The logins authenticate by IAM: they have no passwords.",))


def create_administrator(event: Mapping[str, Any]) -> Answer:
    """Make the account with the event's `email` an administrator; `user_id` adds it."""
    user_id = event.get("user_id")
    return commands.create_administrator(
        logins.migrator_url(), event["email"], UUID(user_id) if user_id else None
    )


def seed_development(event: Mapping[str, Any]) -> Answer:
    """Fill the database as the event's `file_actions`, `until` (a date) and `force` say."""
    return commands.seed_development(
        logins.migrator_url(),
        settings.required("DDP_STAGE"),
        file_actions=int(event["file_actions"]),
        until=date.fromisoformat(event["until"]),
        force=bool(event.get("force")),
    )


# What an operator can ask for; the event and the seconds that an apply may wait for another one.
COMMANDS: Final[Mapping[str, Callable[[Mapping[str, Any], float], Answer]]] = {
    "status": lambda _event, _wait: commands.status(logins.migrator_url()),
    "plan": lambda _event, _wait: commands.plan(logins.migrator_url()),
    "ledger": lambda _event, _wait: commands.ledger(logins.migrator_url()),
    "apply": lambda event, wait: migrate(wait, reapply=bool(event.get("reapply"))),
    "verify": lambda _event, _wait: commands.verify(logins.migrator_url()),
    "set-passwords": lambda _event, _wait: set_passwords(),
    "seed-reference": lambda _event, _wait: commands.seed_reference(logins.migrator_url()),
    "seed-development": lambda event, _wait: seed_development(event),
    "create-administrator": lambda event, _wait: create_administrator(event),
    "analytics-status": lambda _event, _wait: statistics.status(logins.migrator_url()),
    "analytics-refresh": lambda _event, wait: statistics.refresh(logins.migrator_url(), seconds=wait / 2),
    "analytics-recompute": lambda _event, wait: statistics.recompute(logins.migrator_url(), seconds=wait / 2),
}


def obey(event: Mapping[str, Any], wait_seconds: float) -> Answer:
    """Run an operator's command. Errors that a person can correct become a line of the answer."""
    command = COMMANDS.get(event["command"])
    if command is None:
        known = ", ".join(COMMANDS)
        return Answer(
            lines=(f"There is no command {event['command']!r}; there are: {known}.",), succeeded=False
        )
    try:
        return command(event, wait_seconds)
    except (migrator.MigratorError, logins.SecretUnusable) as error:
        return Answer(lines=(str(error),), succeeded=False)
    except psycopg.Error as error:
        return Answer(lines=(f"The database answered: {str(error).strip()}",), succeeded=False)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any] | None:
    """Run an operator's command, or apply the schema for CloudFormation on Create and Update.

    On Delete nothing happens, because the database contains customer data.
    """
    remaining = context.get_remaining_time_in_millis() / 1000 - ANSWER_MARGIN
    wait_seconds = max(remaining - ANSWER_MARGIN, 1)
    if "command" in event:
        return asdict(obey(event, wait_seconds))
    if event["RequestType"] == "Delete":
        answer(event, "SUCCESS", "The database was not changed.")
        return None
    try:
        with answered_in_time(event, remaining):
            done = migrate(wait_seconds)
    except Exception as error:  # noqa: BLE001 - CloudFormation must hear of every failure
        logger.exception("the schema was not applied")
        answer(event, "FAILED", f"{type(error).__name__}: {error}")
    else:
        answer(event, "SUCCESS", " ".join(done.lines[-3:]))
    return None
