"""pip-audit: known vulnerabilities of packages in hashed requirement files. It resolves and installs nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.cli.audit.findings import Unreachable, Vulnerability

# Seconds for one answer of the advisory database, and for all of them.
TIMEOUT, LONGEST = 15, 600
# Names of packages in one line.
SHOWN = 5


def vulnerabilities(locks: Sequence[Path]) -> list[Vulnerability]:
    """What the Python Packaging Advisory Database knows of these files' packages. Raises Unreachable."""
    asked = [argument for lock in locks for argument in ("--requirement", str(lock))]
    command = [
        sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off",
        "--format", "json", "--timeout", str(TIMEOUT), *asked,
    ]  # fmt: skip
    try:
        outcome = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        raise Unreachable(f"the advisory database did not answer within {LONGEST} seconds") from None
    return read(outcome.stdout, outcome.stderr)


def read(answer: str, said: str) -> list[Vulnerability]:
    """What pip-audit's JSON has; it has none if it could not ask, and then `said` says why. Raises Unreachable."""
    try:
        packages = json.loads(answer)["dependencies"]
    except ValueError:
        lines = said.strip().splitlines() or ["pip-audit printed nothing"]
        raise Unreachable(f"the advisory database did not answer ({lines[-1]})") from None
    if left_out := [package["name"] for package in packages if "skip_reason" in package]:
        some = ", ".join(left_out[:SHOWN]) + (", …" if len(left_out) > SHOWN else "")
        raise Unreachable(
            f"the advisory database says nothing of {len(left_out)} of {len(packages)} packages ({some})"
        )
    return [
        Vulnerability(
            package=package["name"],
            version=package["version"],
            advisory=found["id"],
            fixed_in=", ".join(found["fix_versions"]),
        )
        for package in packages
        for found in package["vulns"]
    ]
