"""The size of a value in a template, whatever its type."""

from __future__ import annotations

from collections.abc import Mapping

from liquid.undefined import Undefined

from ddp.rendering.limits import ITEMS


def size(value: object, limit: int) -> int:
    """Roughly the characters that a value takes, plus 1 per item. Counting ends soon after `limit`.

    A list of more than ITEMS is larger than any limit.
    """
    if isinstance(value, str):
        return len(value)
    if isinstance(value, int):
        return value.bit_length() // 3
    if isinstance(value, range):
        return len(value)
    if isinstance(value, Mapping) and not isinstance(value, Undefined):
        value = [part for pair in list(value.items())[:limit] for part in pair]
    if isinstance(value, (list, tuple)):
        return _size_of_items(value, limit)
    return 1


def _size_of_items(items: list[object] | tuple[object, ...], limit: int) -> int:
    total = len(items)
    for item in items:
        total += size(item, limit - total)
        if total > limit:
            break
    return total if len(items) <= ITEMS else limit + 1
