"""Processor time of this thread, since the machine is busy with other things, and what rendering may take of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from ddp.errors import Invalid
from ddp.rendering.language.limits import SECONDS

# Other work on the same processor makes all of it slower.
_PATIENCE = 2
# One step that cannot be interrupted takes at most 0.05 s beyond a message's limit.
MESSAGE = (SECONDS + 0.05) * _PATIENCE
# For parsing, and trials without data and with data, each of which may take half of a message's time.
CHECK = 0.3 * _PATIENCE
PREVIEW = 1.0 * _PATIENCE


def seconds(action: Callable[[], object]) -> float:
    """Seconds of an action that may raise Invalid, and nothing else.

    Noise only adds, so an action that seems slow is repeated, and its shortest time counts.
    """
    shortest = _once(action)
    for _ in range(4):
        if shortest < SECONDS:
            break
        shortest = min(shortest, _once(action))
    return shortest


def _once(action: Callable[[], object]) -> float:
    start = time.thread_time()
    with suppress(Invalid):
        action()
    return time.thread_time() - start
