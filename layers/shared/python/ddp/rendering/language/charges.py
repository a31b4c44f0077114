"""What each filter costs: the steps that it is charged before it runs, and what it may make.

One table for all filters of python-liquid. The figures were measured with the worst input that we found for each, on a
machine where a step is 1 µs, and rounded up. A call in C cannot be interrupted: a filter that would take more than the
rest of a message's steps is refused before it starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ddp.rendering.language.limits import VALUE_LIMIT, LimitReached
from ddp.rendering.language.values import Size, measure

Arguments = tuple[Any, ...]

_NOTHING: Size = (0, 0, 0)

# Bits of a product.
_NUMBER_BITS = 4_096
# Characters of a date and of its format.
_DATE_LENGTH = 100


class Charge(NamedTuple):
    """`characters`: how many pass through in one step. `item`: steps of each item of a list, for each argument part."""

    call: int = 4
    characters: int = 64
    item: int = 0


# Looks at one end or the length only: needs no measuring.
_FREE = Charge(characters=0)
_NUMBER = Charge()
_TEXT = Charge()
_TEXT_BY_LETTERS = Charge(characters=16)
_TEXT_BY_PIECES = Charge(characters=8)

CHARGES: Mapping[str, Charge] = {
    **dict.fromkeys(("first", "last", "size", "default"), _FREE),
    **dict.fromkeys(("abs", "at_least", "at_most", "ceil", "floor", "round"), _NUMBER),
    **dict.fromkeys(("plus", "minus", "times", "divided_by", "modulo"), _NUMBER),
    "date": Charge(call=150),
    **dict.fromkeys(("append", "prepend", "strip", "lstrip", "rstrip"), _TEXT),
    **dict.fromkeys(("truncate", "slice", "escape", "replace", "remove"), _TEXT),
    **dict.fromkeys(("remove_first", "remove_last", "replace_first", "replace_last"), _TEXT),
    **dict.fromkeys(("base64_encode", "base64_decode"), _TEXT),
    **dict.fromkeys(("base64_url_safe_encode", "base64_url_safe_decode"), _TEXT),
    **dict.fromkeys(("upcase", "downcase", "capitalize"), _TEXT_BY_LETTERS),
    **dict.fromkeys(("squish", "strip_newlines", "newline_to_br"), _TEXT_BY_PIECES),
    **dict.fromkeys(("strip_html", "split", "truncatewords"), _TEXT_BY_PIECES),
    "url_encode": Charge(characters=4),
    **dict.fromkeys(("url_decode", "escape_once"), Charge(characters=1)),
    "concat": Charge(),
    **dict.fromkeys(("reverse", "compact"), Charge(item=1)),
    **dict.fromkeys(("join", "map", "where", "reject"), Charge(item=2)),
    **dict.fromkeys(("find", "find_index", "has"), Charge(item=2)),
    **dict.fromkeys(("sort", "sort_natural", "uniq"), Charge(item=4)),
    "sum": Charge(characters=16, item=4),
}


def makes_nothing(name: str) -> bool:
    """Whether the filter returns a value that exists already, or a number."""
    return not CHARGES[name].characters


def steps(name: str, value: Any, arguments: Arguments) -> int:
    """The steps of one call. Raises LimitReached for values that are too large, and for results that would be."""
    charge = CHARGES[name]
    if not charge.characters:
        return charge.call
    size, other = measure(value), _together(arguments)
    if making := _MAKES.get(name):
        _refuse(name, making(value, size, arguments))
    characters, items, fields = size
    other_characters, other_items, other_fields = other
    taken = charge.call + (characters + other_characters) // charge.characters
    if charge.item:
        taken += charge.item * (1 + items) * (1 + other_items + other_fields + other_characters // 256)
    # Measuring takes a step for each part, and so does printing a number.
    taken += items + fields + other_items + other_fields
    if comparing := _COMPARES.get(name):
        taken += comparing(value, size, arguments)
    return taken


def _together(arguments: Arguments) -> Size:
    if not arguments:
        return _NOTHING
    characters = items = fields = 0
    for argument in arguments:
        more_characters, more_items, more_fields = measure(argument)
        characters, items, fields = characters + more_characters, items + more_items, fields + more_fields
    return characters, items, fields


def _each_with_each(value: Any, size: Size, _: Arguments) -> int:
    return len(value) * (size[1] + size[2]) // 32 if isinstance(value, list | tuple | range) else 0


def _each_with_whole(_: Any, size: Size, arguments: Arguments) -> int:
    return size[0] * measure(arguments[0])[0] // 1_000 if arguments else 0


# Steps of filters whose time grows with a product: of the items with themselves, of a text's places with another text.
_COMPARES: Mapping[str, Callable[[Any, Size, Arguments], int]] = {
    "uniq": _each_with_each,
    "remove_last": _each_with_whole,
    "replace_last": _each_with_whole,
}


def _refuse(name: str, made: int) -> None:
    if made > VALUE_LIMIT:
        raise LimitReached(
            f"the result of the filter {name} is too large: shorten what it is given", token=None
        )


def _replaced(value: Any, _: Size, arguments: Arguments) -> int:
    if not arguments:
        return 0
    text, sought = str(value), str(arguments[0])
    replacement = str(arguments[1]) if len(arguments) > 1 else ""
    found = text.count(sought) if sought else len(text) + 1
    return len(text) + found * len(replacement)


def _joined(_: Any, size: Size, arguments: Arguments) -> int:
    return size[0] + size[1] * len(str(arguments[0])) if arguments else 0


def _multiplied(value: Any, _: Size, arguments: Arguments) -> int:
    return VALUE_LIMIT + 1 if arguments and _bits(value) + _bits(arguments[0]) > _NUMBER_BITS else 0


def _dated(_: Any, size: Size, arguments: Arguments) -> int:
    longest = max(size[0], _together(arguments)[0])
    return VALUE_LIMIT + 1 if longest > _DATE_LENGTH else 0


def _bits(value: object) -> int:
    if isinstance(value, int):
        return value.bit_length()
    return len(value) * 4 if isinstance(value, str) else 64


# How much a filter would make, where that can be far more than it is given.
_MAKES: Mapping[str, Callable[[Any, Size, Arguments], int]] = {
    "replace": _replaced,
    "join": _joined,
    "times": _multiplied,
    "date": _dated,
}
