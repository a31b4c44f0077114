"""`ddp doctor`: what is missing or in the way on this machine, or in a deployed stage.

`make doctor` runs this module with the machine's own Python before anything is installed. So this module,
findings.py and machine.py import only the standard library, and run with Python 3.8.
"""

from __future__ import annotations

import argparse
import sys
from typing import Iterable  # noqa: UP035 (Python 3.8)

from infra.cli.doctor.findings import Finding, Level

STAGES = ("dev", "staging", "prod")


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp doctor`."""
    parser.add_argument("--stage", choices=STAGES, help="look at this stage's AWS account instead")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.stage:
        from infra.cli.doctor import stage

        return tell(stage.findings(arguments.stage))
    from infra.cli.doctor import machine, processes

    return tell((*machine.findings(), *processes.findings()))


def tell(findings: Iterable[Finding]) -> int:
    """Print each finding as it is found; returns 1 if something is missing or in the way, else 0."""
    number = 0
    for finding in findings:
        print(finding, flush=True)
        number += finding.level is Level.WRONG
    print(f"\n{_count(number)} missing or in the way." if number else "\nNothing is missing or in the way.")
    return 1 if number else 0


def _count(number: int) -> str:
    return "1 thing is" if number == 1 else f"{number} things are"


def main() -> int:
    """Look at the machine before the environment exists."""
    from infra.cli.doctor import machine

    return tell(machine.findings())


if __name__ == "__main__":
    sys.exit(main())
