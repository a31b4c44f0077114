"""`make bench`: every figure is a ratio of two things measured in this run, side by side, on this machine."""

from __future__ import annotations

import argparse
import platform
import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

# One module per subject; each has `rows() -> Iterator[Row]`.
SUBJECTS = (
    "cold_import",
    "list_files",
    "dashboard",
    "ledger",
    "refresh",
    "plan_email",
    "claims",
    "send_email",
    "email_events",
    "email_fairness",
    "email_cost",
    "http_round_trip",
)


def main() -> int:
    """Run the named subjects (by default all). Returns 1 if a target is missed, else 0."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", default=SUBJECTS, help=", ".join(SUBJECTS))
    console = Console(width=118)
    console.print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    missed = 0
    for subject in parser.parse_args().subjects:
        module = import_module(f"tests.benchmarks.{subject}")
        table = Table(title=module.__doc__.splitlines()[0], title_justify="left", expand=True)
        for column in ("what", "measured", "floor", "ratio", "target"):
            table.add_column(column, justify="left" if column == "what" else "right")
        for row in module.rows():
            table.add_row(*row.cells())
            missed += row.missed
        console.print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
