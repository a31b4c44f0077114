"""Conditions as PostgreSQL shows them once they went through pg_dump and pg_restore.

The server then reads what it printed itself. It casts each word of a list instead of the list, and puts no parentheses
around an AND within an AND, or an OR within an OR: the same condition, written otherwise.
"""

from __future__ import annotations

import re
from typing import Final

# (ARRAY['a'::character varying, 'b'::character varying])::text[], one of its words, and that word as it is restored.
_WORD: Final = re.compile(r"'(?:[^']|'')*'::character varying")
_WORDS: Final = re.compile(rf"\(ARRAY\[((?:{_WORD.pattern}(?:, )?)+)\]\)::text\[\]")
_CAST: Final = r"(\g<0>)::text"

# A string, a parenthesis, or what is between them.
_PIECE: Final = re.compile(r"'(?:[^']|'')*'|[()]|[^'()]+")

_JOINING: Final = (" AND ", " OR ")

# What is inside of parentheses: text, and groups that are such lists themselves.
Group = list["str | Group"]


def as_restored(condition: str) -> str:
    """The condition as it is shown after a restore; unchanged if it was restored before."""
    cast = _WORDS.sub(lambda found: f"ARRAY[{_WORD.sub(_CAST, found[1])}]", condition)
    return _text(_flat(_groups(cast)))


def _groups(condition: str) -> Group:
    stack: list[Group] = [[]]
    for piece in _PIECE.findall(condition):
        if piece == "(":
            stack.append([])
        elif piece == ")" and len(stack) > 1:
            group = stack.pop()
            stack[-1].append(group)
        else:
            stack[-1].append(piece)
    return stack[0]


def _flat(group: Group) -> Group:
    parts: Group = [part if isinstance(part, str) else _flat(part) for part in group]
    word = _joined_by(parts)
    if word is None:
        return parts
    flat: Group = []
    for place, part in enumerate(parts):
        is_term = _ends(parts[:place], word) and _begins(parts[place + 1 :], word)
        flat += part if not isinstance(part, str) and is_term and _joined_by(part) == word else [part]
    return flat


def _joined_by(group: Group) -> str | None:
    """The word that joins the terms, if it is the same everywhere."""
    between = [part for part in group if isinstance(part, str) and not part.startswith("'")]
    found = [word for word in _JOINING if any(word in text for text in between)]
    return found[0] if len(found) == 1 else None


def _ends(before: Group, word: str) -> bool:
    return not before or (isinstance(before[-1], str) and before[-1].endswith(word))


def _begins(after: Group, word: str) -> bool:
    return not after or (isinstance(after[0], str) and after[0].startswith(word))


def _text(group: Group) -> str:
    return "".join(part if isinstance(part, str) else f"({_text(part)})" for part in group)
