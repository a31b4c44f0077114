"""Commits of the functions' one connection, at which their process may die or lose its connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.database.faults.chaos import Chaos


def patch(monkeypatch: pytest.MonkeyPatch, chaos: Chaos, committed: Callable[[], None]) -> None:
    """Let faults happen before and after each commit; `committed` is called after it."""
    from ddp import db

    connect = db._connect

    def faulty() -> Any:
        connection = connect()
        if connection.commit.__name__ == "commit":
            commit = connection.commit

            def checked_commit() -> None:
                commit()
                committed()

            def faulty_commit() -> None:
                chaos.commit(checked_commit, connection.close)

            connection.commit = faulty_commit  # type: ignore[method-assign]
        return connection

    monkeypatch.setattr(db, "_connect", faulty)


def end_process(chaos: Chaos) -> None:
    """The process ends, and its transaction with it. Keeps the connection, because opening one is slow."""
    from ddp import db

    chaos.restart()
    if db._connection is not None and not db._connection.closed:
        db._connection.rollback()
