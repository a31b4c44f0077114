"""Measures the subject named on the command line in this process, prints its table, and writes it down."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

from tests.benchmarks import page

PACKAGE = "tests.benchmarks."


def main() -> int:
    """Returns 1 if a target is missed, else 0."""
    name, at = sys.argv[1], page.Circumstances.now()
    module = import_module(name)
    title = (module.__doc__ or module.__name__).splitlines()[0]
    table = Table(title=title, title_justify="left", expand=True)
    for column in ("what", "measured", "floor", "ratio", "target"):
        table.add_column(column, justify="left" if column == "what" else "right")
    rows = []
    for row in module.rows():
        rows.append(row)
        table.add_row(*row.cells())
        # Some subjects take hours: what they have so far is seen, and is not lost with them.
        print("; ".join(filter(None, row.cells())), file=sys.stderr, flush=True)
    Console(width=118).print(table)
    if name.startswith(PACKAGE) and not os.environ.get(page.UNRECORDED):
        page.record(page.PAGE, name.rpartition(".")[2], title, rows, at)
    return 1 if any(row.missed for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
