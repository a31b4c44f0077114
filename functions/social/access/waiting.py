"""Errors of others while a person waits for the answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ddp.errors import Transient, Unavailable
from ddp.observability import logger


@contextmanager
def answering(who: str) -> Iterator[None]:
    """Raise Unavailable where the other side did not answer in time. `who`: such as LinkedIn."""
    try:
        yield
    except Transient as error:
        logger.warning("no answer while a person waits", who=who, error=type(error).__name__)
        raise Unavailable(
            f"{who} did not answer: try again in a minute.", code="platform-unavailable"
        ) from None
