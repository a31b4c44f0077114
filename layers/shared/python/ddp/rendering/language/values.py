"""The size of a value in a template, whatever its type."""

from __future__ import annotations

from ddp.rendering.language.limits import ITEMS, VALUE_LIMIT, LimitReached

# Characters, items of lists, and fields of objects, at all depths together. A plain tuple: it is made for each filter.
Size = tuple[int, int, int]


def measure(value: object) -> Size:
    """The size of a value. Raises LimitReached above VALUE_LIMIT characters or ITEMS parts, as soon as it is known."""
    if isinstance(value, str):
        size = (len(value), 0, 0)
    elif isinstance(value, list | tuple | dict):
        size = _measure_parts(value)
    elif isinstance(value, range):
        size = (0, len(value), 0)
    elif isinstance(value, int):
        size = (1 + value.bit_length() // 3, 0, 0)
    else:
        return (1, 0, 0)
    characters, items, fields = size
    if characters > VALUE_LIMIT:
        raise LimitReached(f"a value of more than {VALUE_LIMIT // 1024} K characters", token=None)
    if items + fields > ITEMS:
        raise LimitReached(f"a value of more than {ITEMS:,} items and fields", token=None)
    return size


def _measure_parts(value: object) -> Size:
    """Stops soon after a limit. Without recursion: the data's depth is not limited here."""
    characters = items = fields = 0
    waiting = [value]
    # Most data is one object of texts.
    if type(value) is dict and len(value) <= ITEMS:
        fields, waiting = len(value), []
        for name, part in value.items():
            characters += len(name)
            if type(part) is str:
                characters += len(part)
            else:
                waiting.append(part)
    while waiting and characters <= VALUE_LIMIT and items + fields <= ITEMS:
        part = waiting.pop()
        if isinstance(part, str):
            characters += len(part)
        elif isinstance(part, list | tuple):
            items += len(part)
            waiting += part[: ITEMS + 1]
        elif isinstance(part, dict):
            fields += len(part)
            waiting += [] if fields > ITEMS else [*part.keys(), *part.values()]
        elif isinstance(part, int):
            characters += 1 + part.bit_length() // 3
    return characters, items, fields
