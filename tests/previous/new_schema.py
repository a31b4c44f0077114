"""A plugin for the pytest of another release: a program that it names applies the schema to databases, not the release.

It stands in for nothing but `ddp.migrator.apply` with a URL and the folder schema/. Tests of the migrator have folders
of their own.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

COMMAND = os.environ["DDP_NEW_SCHEMA_COMMAND"]


def pytest_configure(config: pytest.Config) -> None:
    """Before any fixture makes a database."""
    from ddp import migrator

    own = migrator.apply

    def apply(target: Any, schema_directory: Path, *arguments: Any, **options: Any) -> Any:
        if not isinstance(target, str) or Path(schema_directory) != config.rootpath / "schema":
            return own(target, schema_directory, *arguments, **options)
        # A program of its own: this process has the other release's code.
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        subprocess.run([COMMAND, "migrate", "apply", "--database-url", target], env=clean, check=True)
        return None

    migrator.apply = apply
