"""npm audit: known vulnerabilities of packages in a package-lock.json. It installs nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infra.cli.audit.findings import Unreachable, Vulnerability
from infra.node import environment, npm_command

# Seconds for the answer.
LONGEST = 120


def vulnerabilities(locks: Sequence[Path]) -> list[Vulnerability]:
    """What the registry's advisory database knows of the packages in one lock file. Raises Unreachable."""
    (lock,) = locks
    command = npm_command("audit", "--package-lock-only", "--json")
    try:
        outcome = subprocess.run(
            command,
            cwd=lock.parent,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        raise Unreachable(f"the advisory database did not answer within {LONGEST} seconds") from None
    return read(outcome.stdout, outcome.stderr)


def read(answer: str, said: str) -> list[Vulnerability]:
    """What npm's JSON has. Raises Unreachable if it is an error's, or none; then `said` may say why."""
    try:
        found: dict[str, Any] = json.loads(answer)["vulnerabilities"]
    except (ValueError, KeyError):
        lines = [line for line in said.splitlines() if line.startswith("npm error")] or ["npm says no reason"]
        raise Unreachable(f"the advisory database did not answer ({lines[0]})") from None
    return [
        Vulnerability(
            package=name,
            version=each["range"],
            advisory="; ".join(via["url"] for via in each["via"] if isinstance(via, dict))
            or "by what it needs",
            fixed_in=fix["version"] if isinstance(fix := each["fixAvailable"], dict) else "",
        )
        for name, each in sorted(found.items())
    ]
