"""The version of the release: one number, which stands in pyproject.toml and nowhere else."""

from __future__ import annotations

import tomllib
from functools import cache

from infra.state import ROOT


@cache
def version() -> str:
    """The release of these sources, such as 0.1.0: in the API's document, the tag ddp:version and GET /health.

    Read from the file: what pip knows of an editable install is as old as the install.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["version"])
