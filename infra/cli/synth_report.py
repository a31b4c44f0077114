"""What `ddp synth` says about an assembly: resources per stack, connections per function, concurrent executions."""

from __future__ import annotations

import json
from pathlib import Path

from infra.concurrency import executions, report
from infra.settings import Settings

# CloudFormation refuses a stack with more.
CLOUDFORMATION_LIMIT = 500


def describe(assembly: Path, settings: Settings) -> str:
    """Both tables, for people."""
    stacks = [f"{name:<32}{number:>4}" for name, number in resources(assembly).items()]
    return "\n".join(
        [
            f"resources per stack (CloudFormation accepts {CLOUDFORMATION_LIMIT}):",
            *stacks,
            "database connections (accepted: max_connections):",
            report(settings.limits, most=settings.max_connections),
            _executions(settings),
        ]
    )


def _executions(settings: Settings) -> str:
    needed = executions(settings.limits, reserved=settings.reserve_concurrency)
    return f"concurrent executions at full load: {needed} of {settings.account_concurrency} (account_concurrency)"


def resources(assembly: Path) -> dict[str, int]:
    """Number of resources of each stack, by its name."""
    suffix = ".template.json"
    return {
        file.name.removesuffix(suffix): len(json.loads(file.read_text())["Resources"])
        for file in sorted(assembly.glob(f"*{suffix}"))
    }
