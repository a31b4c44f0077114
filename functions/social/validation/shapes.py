"""The shape of an image as a platform takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

# The longest side that all platforms take, whatever more some of them would.
LONGEST_SIDE = 4_096

ImageConversion = Literal["none", "shrunk", "padded", "cropped", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sides in pixels, and what is done for them."""

    width: int
    height: int
    conversion: ImageConversion


def in_ratio(width: int, height: int, allowed: Sequence[float] | None, fit: str) -> Shape:
    """The shape within the allowed ratios (times as wide as high). `fit`: crop, refuse, or else pad."""
    if allowed is None:
        return Shape(width=width, height=height, conversion="none")
    least, most = allowed
    ratio = width / height
    wanted = min(max(ratio, least), most)
    if wanted == ratio:
        return Shape(width=width, height=height, conversion="none")
    if fit == "refuse":
        return Shape(width=width, height=height, conversion="refused")
    narrower, lower = (round(height * wanted), height), (width, round(width / wanted))
    if fit == "crop":
        sides = narrower if ratio > wanted else lower
        return Shape(width=sides[0], height=sides[1], conversion="cropped")
    sides = lower if ratio > wanted else narrower
    return Shape(width=sides[0], height=sides[1], conversion="padded")


def most_sides(limits: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height that an image may have at most."""
    return (
        min(limits.get("width_at_most", LONGEST_SIDE), LONGEST_SIDE),
        min(limits.get("height_at_most", LONGEST_SIDE), LONGEST_SIDE),
    )


def converted(width: int, height: int, limits: Mapping[str, Any], fit: str) -> Shape:
    """The shape of an image after its conversion under these limits (`ratio`, `width_at_most`, `height_at_most`)."""
    shape = in_ratio(width, height, limits.get("ratio"), fit)
    most_width, most_height = most_sides(limits)
    scale = min(1.0, most_width / shape.width, most_height / shape.height)
    if scale == 1.0:
        return shape
    return Shape(
        width=max(1, round(shape.width * scale)),
        height=max(1, round(shape.height * scale)),
        conversion="shrunk" if shape.conversion == "none" else shape.conversion,
    )
