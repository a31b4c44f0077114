"""`ddp audit`: known vulnerabilities in everything that is locked, for Python by pip-audit and for Node by npm.

It asks advisory databases on the internet, so it is a command of its own and no part of `make test` or `make lint`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Final

from infra.cli.audit import node, python
from infra.cli.audit.findings import Audit, Unreachable
from infra.state import ROOT

CLEAN, FOUND, UNKNOWN = 0, 1, 3

# Lock files by what their packages are for.
PYTHON: Final = {
    "what ships": [*sorted((ROOT / "layers").glob("*/requirements.txt"))],
    "development": [ROOT / "requirements/dev.txt", ROOT / "requirements/files.txt"],
    "the AWS emulator": [ROOT / "requirements/emulator.txt"],
    "the benchmarks' rivals": [ROOT / "requirements/bench.txt"],
}
NODE: Final = {
    "the TypeScript client": ROOT / "functions/client",
    "the check of the contract": ROOT / "infra/cli/contract",
    "the generator of types": ROOT / "infra/cli/typegen",
    "the CDK's command line": ROOT / "infra/cli/deploy",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp audit`: there are none."""
    parser.set_defaults(run=_run)


def _run(_: argparse.Namespace) -> int:
    statuses = [_report(audit) for audit in _audits()]
    return max(statuses, key=[CLEAN, UNKNOWN, FOUND].index)


def _audits() -> Iterator[Audit]:
    for name, locks in PYTHON.items():
        yield Audit(name=name, locks=locks, ask=python.vulnerabilities)
    for name, folder in NODE.items():
        yield Audit(name=name, locks=[folder / "package-lock.json"], ask=node.vulnerabilities)


def _report(audit: Audit) -> int:
    """Print what is known of one group of lock files; returns the exit status that it alone would have."""
    named = ", ".join(str(path.relative_to(ROOT)) for path in audit.locks)
    try:
        found = audit.vulnerabilities()
    except Unreachable as reason:
        print(f"not checked  {audit.name}: {reason}")
        return UNKNOWN
    for each in found:
        print(f"VULNERABLE   {audit.name}: {each}")
    if not found:
        print(f"clean        {audit.name} ({named})")
    return FOUND if found else CLEAN
