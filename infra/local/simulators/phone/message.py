"""A message that the phone simulator accepted or received, and its parts as GSM 03.38 counts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of them takes an escape as well.
_EXTENSION = frozenset("^{}\\[~]|€\f")

# How messages of one part and of several differ in what fits into a part: septets, or UTF-16 code units.
_ROOM = {"GSM": (160, 153), "UNICODE": (70, 67)}

Direction = Literal["out", "in", "auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message between an identity of the account and a phone.

    `direction`: out (sent by the account), in (an answer), or auto (the answer of provider or carrier to STOP or HELP).
    `at`: seconds since the epoch. `price` and `fee`: what was charged, in 0.00001 US dollars. `history`: the states
    that the provider reports, with the seconds since the epoch from which each is known.
    """

    message_id: str
    at: float
    phone: str
    country: str
    identity: str
    direction: Direction
    body: str
    encoding: str = "GSM"
    parts: int = 1
    message_type: str = ""
    price: int = 0
    fee: int = 0
    send: str | None = None
    attempt: str | None = None
    history: tuple[tuple[float, str], ...] = ()

    def state(self, now: float) -> str:
        """The last state that was reported by `now`; ACCEPTED before the first."""
        return next((status for due, status in reversed(self.history) if due <= now), "ACCEPTED")


def encoding_of(text: str) -> str:
    """GSM if the text fits into the GSM 03.38 alphabet, otherwise UNICODE (UCS-2)."""
    return "GSM" if _BASIC.union(_EXTENSION).issuperset(text) else "UNICODE"


def count_parts(text: str) -> int:
    """The number of parts. No escape sequence and no surrogate pair is split, so a part may have a unit to spare."""
    encoding = encoding_of(text)
    sizes = [_size(character, encoding) for character in text]
    single, several = _ROOM[encoding]
    if sum(sizes) <= single:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > several:
            parts, used = parts + 1, 0
        used += size
    return parts


def _size(character: str, encoding: str) -> int:
    """Septets or code units that a character takes."""
    is_double = character in _EXTENSION if encoding == "GSM" else ord(character) > 0xFFFF
    return 2 if is_double else 1
