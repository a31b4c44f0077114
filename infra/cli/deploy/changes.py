"""What a deploy would change: the schema by the migrator's own plan, the templates by the CDK's diff, and quotas.

What cannot be found out (no credentials, nothing deployed) is said in one sentence and stops nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ddp import migrator
from ddp.migrator import Ledger, Plan
from infra.cli.database import deployed
from infra.cli.database.migrate import SCHEMA
from infra.cli.deploy import cdk
from infra.cli.synth_report import describe
from infra.settings import Settings, Stage

# Repeatable files shown by name; a release may change a hundred.
_SHOWN: Final = 20
_EMPTY: Final = Ledger(migrations={}, repeatables={}, objects=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of what would change. `is_known`: whether it could be found out."""

    title: str
    lines: tuple[str, ...]
    is_known: bool = True


def parts(settings: Settings, assembly: Path) -> Iterator[Part]:
    """All parts, the slowest last. Raises MigratorError if the files and the stage's schema cannot belong together."""
    yield Part(title="quotas", lines=tuple(describe(assembly, settings).splitlines()))
    yield schema(settings.stage)
    yield templates(assembly)


def schema(stage: Stage) -> Part:
    """Files that the migration would apply: these sources' against the stage's database. Raises MigratorError."""
    try:
        found = deployed.ask(stage, "ledger")
    except deployed.NotDeployed:
        return _schema(migrator.plan_of(_EMPTY, SCHEMA), "The stage is not deployed yet.")
    except deployed.StageUnreachable as error:
        return Part(title="schema", lines=(f"Not known: {error}",), is_known=False)
    if not found.succeeded:  # a release that does not know the command
        reason = "Not known: the deployed release cannot tell what it applied. " + " ".join(found.lines)
        return Part(title="schema", lines=(reason,), is_known=False)
    return _schema(migrator.plan_of(Ledger.from_json(json.loads(found.lines[0])), SCHEMA))


def _schema(plan: Plan, *before: str) -> Part:
    if plan.newer:
        reason = f"The database is newer than these files (it has {plan.newer[-1]}): it stays as it is."
        return Part(title="schema", lines=(reason,))
    if not plan.steps:
        return Part(title="schema", lines=(*before, "nothing to apply"))
    migrations = [f"{step.file.path} ({step.reason})" for step in plan.migrations]
    repeatables = [f"{step.file.path} ({step.reason})" for step in plan.repeatables]
    more = len(repeatables) - _SHOWN
    shown = repeatables if more <= 1 else [*repeatables[:_SHOWN], f"… and {more} more repeatable files"]
    counted = f"{len(migrations)} migrations and {len(repeatables)} repeatable files to apply:"
    return Part(title="schema", lines=(*before, counted, *migrations, *shown))


def templates(assembly: Path) -> Part:
    """What CloudFormation would change in the account. Raises NodeError."""
    succeeded, said = cdk.answer("diff", "--method", "template", "--fail-on", "never", "--app", assembly)
    if not succeeded:
        reason = (
            f"Not known: the CDK could not compare the templates with the account: {_reason(said)}. "
            f"You need credentials of the stage's account. The templates are in {assembly}."
        )
        return Part(title="templates", lines=(reason,), is_known=False)
    return Part(title="templates", lines=(*said.splitlines(), summary(said)))


def summary(diff: str) -> str:
    """How many resources the CDK's diff adds, removes, changes, and may replace."""
    marks = Counter(
        line[:3] for line in diff.splitlines() if line[:3] in {"[+]", "[-]", "[~]"} and "::" in line
    )
    replaced = sum(
        line.endswith(("replace", "may be replaced", "will be replaced")) for line in diff.splitlines()
    )
    return (
        f"resources: {marks['[+]']} added, {marks['[~]']} changed, {marks['[-]']} removed; "
        f"{replaced} replaced, or perhaps"
    )


def _reason(said: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "it said nothing"
