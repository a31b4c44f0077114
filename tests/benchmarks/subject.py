"""Measures the subject named on the command line in this process, and prints its table."""

from __future__ import annotations

import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table


def main() -> int:
    """Returns 1 if a target is missed, else 0."""
    module = import_module(sys.argv[1])
    title = (module.__doc__ or module.__name__).splitlines()[0]
    table = Table(title=title, title_justify="left", expand=True)
    for column in ("what", "measured", "floor", "ratio", "target"):
        table.add_column(column, justify="left" if column == "what" else "right")
    missed = 0
    for row in module.rows():
        table.add_row(*row.cells())
        missed += row.missed
    Console(width=118).print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
