"""Meta's field expansion: `id,reactions.type(LIKE).limit(0).summary(total_count).as(likes),insights.metric(a,b){name}`.

From developers.facebook.com: Graph API, field expansion (limiting, nested requests, aliasing), read in November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"\s*(\w+)")
_MODIFIER = re.compile(r"\.(\w+)\(([^()]*)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field that is asked for. `modifiers` by name: limit, summary, type, filter, metric, period, as."""

    name: str
    modifiers: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The member that answers it."""
        return self.modifiers.get("as", self.name)


def parse(text: str) -> list[Field]:
    """The fields of a request; what is asked of their own members is not looked at."""
    return [_field(piece) for piece in _split(text) if piece.strip()]


def _field(piece: str) -> Field:
    outer = re.sub(r"\{.*\}", "", piece, flags=re.DOTALL)
    match = _NAME.match(outer)
    return Field(name=match[1] if match else outer, modifiers=dict(_MODIFIER.findall(outer)))


def _split(text: str) -> list[str]:
    """The pieces between commas that stand in no brackets."""
    pieces, depth = [""], 0
    for each in text:
        depth += (each in "({") - (each in ")}")
        if each == "," and not depth:
            pieces.append("")
        else:
            pieces[-1] += each
    return pieces
