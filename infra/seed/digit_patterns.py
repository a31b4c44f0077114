"""Which digits of a number the patterns of phonenumbers look at: exact, by following the patterns' automata.

The patterns have literals, sets, alternatives, groups and repetitions; anything else is refused.
"""

from __future__ import annotations

import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterator
from functools import cache
from typing import Any

# A state is what is left to match: a tuple of parsed items; a pattern is in several at once.
State = tuple[Any, ...]
States = frozenset[State]
DIGITS = "0123456789"
# Of a number without its country code (E.164 has fewer).
LONGEST = 17


def beginnings_that_need(last: int, pattern: str, *, digits: int, shortest: int) -> set[str]:
    """Beginnings of so many `digits` after which the `last` digits decide whether a text matches.

    Texts that are shorter than `shortest` do not count.
    """
    level = {"": _closure([_frozen(parser.parse(pattern))])}
    for _ in range(digits):
        further = ((text + digit, _step(states, digit)) for text, states in level.items() for digit in DIGITS)
        level = {text: states for text, states in further if states}
    return {text for text, states in level.items() if _decided_by(last, states, digits, shortest)}


@cache
def _decided_by(last: int, states: States, length: int, shortest: int) -> bool:
    """Whether texts that begin with `length` digits, which lead to these states, differ by their last digits."""
    level = {states}
    while level := {each for each in level if each}:
        if length + last >= shortest and any(len(_outcomes(each, last)) == 2 for each in level):
            return True
        level = {_step(each, digit) for each in level for digit in DIGITS}
        length += 1
        if length > LONGEST:
            return False
    return False


@cache
def _outcomes(states: States, left: int) -> frozenset[bool]:
    """Whether texts with so many more digits match: both, if the digits matter."""
    if not left:
        return frozenset({() in states})
    return frozenset().union(*(_outcomes(_step(states, digit), left - 1) for digit in DIGITS))


@cache
def _step(states: States, digit: str) -> States:
    return _closure([rest for first, *rest in filter(None, states) if _takes(first, digit)])


def _takes(item: Any, digit: str) -> bool:
    kind, value = item
    if kind == "LITERAL":
        return bool(chr(value) == digit)
    if kind == "RANGE":
        return bool(value[0] <= ord(digit) <= value[1])
    if kind == "CATEGORY":
        return True
    return any(_takes(each, digit) for each in value)


def _closure(states: Any) -> States:
    """All states that are reached without a digit, each beginning with an item that takes one."""
    return frozenset(reached for state in states for reached in _opened(tuple(state)))


def _opened(state: State) -> Iterator[State]:
    if not state or state[0][0] in {"LITERAL", "IN", "CATEGORY", "RANGE"}:
        yield state
        return
    (kind, value), rest = state[0], state[1:]
    if kind == "BRANCH":
        for branch in value:
            yield from _opened(branch + rest)
    elif kind == "GROUP":
        yield from _opened(value + rest)
    else:
        least, most, items = value
        if not least:
            yield from _opened(rest)
        if most:
            yield from _opened((*items, ("REPEAT", (max(least - 1, 0), most - 1, items)), *rest))


def _frozen(parsed: Any) -> State:
    return tuple(_item(str(kind), value) for kind, value in parsed)


def _item(kind: str, value: Any) -> tuple[str, Any]:
    match kind:
        case "LITERAL" | "RANGE":
            return kind, value
        case "CATEGORY" if str(value) == "CATEGORY_DIGIT":
            return kind, None
        case "IN":
            return kind, tuple(_item(str(k), v) for k, v in value)
        case "BRANCH":
            return kind, tuple(_frozen(branch) for branch in value[1])
        case "SUBPATTERN":
            return "GROUP", _frozen(value[3])
        case "MAX_REPEAT":
            return "REPEAT", (value[0], int(value[1]), _frozen(value[2]))
    raise ValueError(f"A pattern of phonenumbers has {kind} {value}, which is not known here.")
