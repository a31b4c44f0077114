"""The six platforms together."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from infra.local.simulators.platforms.hosts import linkedin, tiktok, tiktok_access, twitter
from infra.local.simulators.platforms.hosts.meta import facebook, graph, instagram
from infra.local.simulators.platforms.hosts.youtube import youtube
from infra.local.simulators.platforms.world import World


def simulator(directory: Path, *, clock: Callable[[], float] = time.time) -> World:
    """The platforms, with their state in a directory; `clock` says seconds since the epoch."""
    routes = [
        each for host in (facebook, instagram, twitter, linkedin, tiktok, youtube) for each in host.ROUTES
    ]
    fault_errors = {
        "facebook": graph.fault_error,
        "instagram": graph.fault_error,
        "twitter": twitter.fault_error,
        "linkedin": linkedin.fault_error,
        "tiktok": tiktok_access.fault_error,
        "youtube": youtube.fault_error,
    }
    return World(directory, routes, fault_errors, clock=clock)
