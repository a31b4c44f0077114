"""Leaves out what takes long where a folder is named: whoever names a folder wants an answer within seconds.

Whoever names a file or a test gets all of it, and so does `make test`, whose `-m` decides alone.
"""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects tests marked `slow` or `thorough`, unless a file or a marker was asked for."""
    if config.option.markexpr or any(".py" in asked for asked in config.args):
        return
    config.hook.pytest_deselected(items=[item for item in items if _takes_long(item)])
    items[:] = [item for item in items if not _takes_long(item)]


def _takes_long(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in ("slow", "thorough"))
