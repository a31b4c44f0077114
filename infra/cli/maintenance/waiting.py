"""Waits for work of the maintenance functions, and shows what it counted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from infra.cli.api_client import ApiError, Client, ask
from infra.cli.caller import console

# A run ends after four minutes; before it, one that began already may have to end.
SECONDS = 600


def ended(client: Client, path: str, *, seconds: float = SECONDS, interval: float = 0.5) -> dict[str, Any]:
    """The report at this path, once it has ended. Raises ApiError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (report := ask(client, "GET", path))["ended_at"]:
        if time.monotonic() > deadline:
            raise ApiError(
                f"It has not ended within {seconds:g} s, and goes on without this command. GET {path} has its report."
            )
        time.sleep(interval)
    return report


def show(counts: Mapping[str, int], *, is_dry: bool, removed: str) -> None:
    """Print a line for each count and their sum; `removed` says what happens to the rows, such as `erased`."""
    for name, count in sorted(counts.items()):
        if count:
            console.print(f"{count:>9,} {name}")
    told = f"would be {removed} in total. Nothing was changed." if is_dry else f"{removed} in total."
    console.print(f"{sum(counts.values()):>9,} {told}")
