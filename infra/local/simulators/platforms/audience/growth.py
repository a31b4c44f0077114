"""How an audience grows: numbers as a function of a seed, a post and its age, and of nothing else.

Views come first, quickly and then ever more slowly; everything else is a share of them. Some people take their like
back, so likes sink a little at the end.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

# What is counted. A reaction is one other than a like; watch time is in seconds.
TYPES = (
    "like", "reaction", "comment", "share", "save", "click", "view", "reach", "follow", "watch_seconds",
)  # fmt: skip

# Views that a post gets in the end, before its own luck; and the seconds in which it gets two thirds of them.
_VIEWS = {
    "facebook": (600, 43_200.0),
    "instagram": (900, 43_200.0),
    "twitter": (500, 14_400.0),
    "linkedin": (400, 86_400.0),
    "tiktok": (2_000, 86_400.0),
    "youtube": (800, 432_000.0),
}
# What there is of everything else for a view.
_SHARES = {
    "like": 0.06,
    "reaction": 0.012,
    "comment": 0.01,
    "share": 0.008,
    "save": 0.009,
    "click": 0.02,
    "reach": 0.6,
    "follow": 0.003,
}
_SECONDS_PER_VIEW = 7.0
# Likes are taken back this many times later than views come.
_LATER = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The settings of growth. `size` 1: some hundred views a post; `speed` 2: in half the time."""

    seed: int
    size: float
    speed: float
    withdrawn: float


def luck(seed: int, *names: str) -> float:
    """A number from 0 to 1 that these names always have with this seed."""
    digest = hashlib.sha256("/".join((str(seed), *names)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / (1 << 56)


def counts(audience: Audience, platform: str, post: str, *, age: float, is_video: bool) -> dict[str, int]:
    """All numbers of a post at this age, in seconds; nothing of a post that is not out yet."""
    if age < 0:
        return dict.fromkeys(TYPES, 0)
    base, seconds = _VIEWS[platform]
    popularity = math.exp(2.4 * (luck(audience.seed, platform, post, "views") - 0.5))
    most = base * audience.size * popularity
    grown = _grown(age * audience.speed / seconds)
    found = {kind: int(most * _rate(audience, platform, post, kind) * grown) for kind in _SHARES}
    found["view"] = int(most * grown)
    found["like"] -= int(
        most
        * _rate(audience, platform, post, "like")
        * audience.withdrawn
        * _grown(age * audience.speed / seconds - _LATER)
    )
    found["watch_seconds"] = int(most * grown * _SECONDS_PER_VIEW) if is_video else 0
    return found


def _rate(audience: Audience, platform: str, post: str, kind: str) -> float:
    wide = 0.5 + luck(audience.seed, platform, post, kind)
    return _SHARES[kind] * (min(wide, 1.5) if kind != "reach" else 0.8 + 0.4 * (wide - 0.5))


def _grown(times: float) -> float:
    return 1 - math.exp(-times) if times > 0 else 0.0
