"""Which metric of a call is invalid: a platform that retires one refuses the whole call, often without naming it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from ddp.providers.social.base import Refused

T = TypeVar("T")


class InvalidMetric(Refused):
    """The platform does not know a metric. `names`: those that its sentence names; empty: it names none."""

    def __init__(self, reason: str, names: Collection[str] = ()) -> None:
        super().__init__("invalid-metric", reason)
        self.names = frozenset(names)


def ask(metrics: Sequence[str], call: Callable[[Sequence[str]], T]) -> tuple[list[T], dict[str, str]]:
    """The answers for all metrics that the platform knows, and the sentence about each other one.

    If every single one of several is refused, the cause is the call and not a metric: its error is raised.
    """
    left, retired = list(metrics), dict[str, str]()
    while left:
        try:
            return [call(left)], retired
        except InvalidMetric as error:
            named = [name for name in left if name in error.names]
            if not named and len(left) > 1:
                answers, refused = _singly(left, call)
                return answers, retired | refused
            # If there is only one, it needs no name.
            retired |= dict.fromkeys(named or left, str(error))
            left = [name for name in left if name not in retired]
    return [], retired


def _singly(metrics: Sequence[str], call: Callable[[Sequence[str]], T]) -> tuple[list[T], dict[str, str]]:
    answers: list[T] = []
    retired: dict[str, str] = {}
    for name in metrics:
        try:
            answers.append(call([name]))
        except InvalidMetric as error:
            retired[name] = str(error)
    if not answers:
        raise Refused("invalid-call", next(iter(retired.values())))
    return answers, retired
