"""Filters: those of our own, and what a filter may take and make.

`result_size` tells before a filter runs how much it would make, for the filters whose result can be much larger than
their input.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from ddp.rendering.limits import ITEMS, VALUE_LIMIT, LimitReached
from ddp.rendering.values import size

Arguments = tuple[Any, ...]

# Characters that pass through a filter in one step.
_STEP_CHARACTERS = 256
# Items of `uniq`, which compares each with every other.
_COMPARED_ITEMS = 1_000
# Bits of a product.
_NUMBER_BITS = 4_096
# Characters of a date and of its format.
_DATE_LENGTH = 100

_TOO_LARGE = VALUE_LIMIT + 1

_TAG_IN_HTML = re.compile(r"<[^<>]*>")


def input_size(value: object, arguments: Arguments) -> int:
    """Characters that go into a filter (see `values.size`)."""
    return size(value, VALUE_LIMIT) + sum(size(argument, VALUE_LIMIT) for argument in arguments)


def steps(input_size: int) -> int:
    """The steps that a filter takes for an input of this size."""
    return 1 + input_size // _STEP_CHARACTERS


def result_size(name: str, value: Any, arguments: Arguments) -> int:
    """The size of a filter's result where it can be much larger than the input; otherwise 0."""
    sizer = _RESULT_SIZES.get(name)
    return sizer(value, arguments) if sizer else 0


def _replace(value: Any, arguments: Arguments) -> int:
    if not arguments:
        return 0
    text, sought = str(value), str(arguments[0])
    replacement = str(arguments[1]) if len(arguments) > 1 else ""
    found = text.count(sought) if sought else len(text) + 1
    return len(text) + found * len(replacement)


def _join(value: Any, arguments: Arguments) -> int:
    if arguments and isinstance(value, (list, tuple, range)):
        return size(value, VALUE_LIMIT) + len(value) * len(str(arguments[0]))
    return _list(value, arguments)


def _list(value: Any, _: Arguments) -> int:
    """Filters that make a list of a range, which itself takes no space."""
    return _TOO_LARGE if isinstance(value, range) and len(value) > ITEMS else 0


def _uniq(value: Any, _: Arguments) -> int:
    items = len(value) if isinstance(value, (list, tuple, range)) else 1
    return _TOO_LARGE if items > _COMPARED_ITEMS else 0


def _times(value: Any, arguments: Arguments) -> int:
    return _TOO_LARGE if arguments and _bits(value) + _bits(arguments[0]) > _NUMBER_BITS else 0


def _date(value: Any, arguments: Arguments) -> int:
    return _TOO_LARGE if arguments and max(len(str(value)), len(str(arguments[0]))) > _DATE_LENGTH else 0


def _bits(value: object) -> int:
    if isinstance(value, int):
        return value.bit_length()
    return len(value) * 4 if isinstance(value, str) else 64


_RESULT_SIZES: Mapping[str, Callable[[Any, Arguments], int]] = {
    "replace": _replace,
    "join": _join,
    "uniq": _uniq,
    "times": _times,
    "date": _date,
    **dict.fromkeys(("sort", "reverse", "concat", "map", "sum", "where", "compact"), _list),
}


def strip_html(value: object) -> str:
    """The text without tags. The library's own filter reads the text again for each tag."""
    text = _TAG_IN_HTML.sub("", "" if value is None else str(value))
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704 - it was escaped before


def split(value: object, separator: object = " ") -> list[str]:
    """The parts between separators, at most ITEMS. Raises LimitReached before the list is made."""
    text = "" if value is None else str(value)
    wanted = "" if separator is None else str(separator)
    parts = text.count(wanted) if wanted else len(text)
    if parts > ITEMS:
        raise LimitReached(f"split makes more than {ITEMS:,} parts", token=None)
    if not wanted:
        return list(text)
    return [] if not text or text == wanted else text.split(None if wanted == " " else wanted)
