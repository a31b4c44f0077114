"""What the functions log: formatted as in production, searched for secrets, and thrown away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

SECRET = "SECRET-"


@dataclass(slots=True)
class Log:
    """Takes the place of the logger's stream. `note` hears of each line of level ERROR."""

    note: Callable[[str], None] = lambda _: None
    leaked: list[str] = field(default_factory=list)
    lines: int = 0

    def write(self, text: str) -> int:
        """A line comes."""
        self.lines += bool(text.strip())
        if SECRET in text:
            self.leaked.append(text)
        if '"level":"ERROR"' in text:
            self.note(text)
        return len(text)

    def flush(self) -> None:
        """Nothing is kept."""


def redirect(log: Log) -> Callable[[], None]:
    """Let the functions log into `log`; returns what undoes it."""
    from ddp.observability import logger

    before = []
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler):
            before.append((handler, handler.setStream(log)))  # type: ignore[arg-type]  # as much of a stream as is used
    propagates, logger._logger.propagate = logger._logger.propagate, False

    def undo() -> None:
        for handler, stream in before:
            handler.setStream(stream)
        logger._logger.propagate = propagates

    return undo
