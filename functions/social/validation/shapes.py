"""The shape of an image as a platform takes it. Needs no decoder: pictures.py makes what is said here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, inf
from typing import Any, Literal

from ddp.providers.social.base import Refused
from functions.social.validation.problems import ratio_sentence

# The longest side that all platforms take, whatever more some of them would.
LONGEST_SIDE = 4_096

Size = tuple[int, int]
ImageConversion = Literal["none", "shrunk", "padded", "cropped", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sides in pixels, and what is done for them."""

    width: int
    height: int
    conversion: ImageConversion


def converted(width: int, height: int, limits: Mapping[str, Any], fit: str) -> Shape:
    """What becomes of an upright image under these limits (`ratio`, `width_at_most`, `height_at_most`)."""
    least, most = ratios(limits)
    is_in_ratio = least * height <= width <= most * height
    if not is_in_ratio and fit == "refuse":
        return Shape(width=width, height=height, conversion="refused")
    wide, high = size((width, height), limits, fit)
    if not is_in_ratio:
        return Shape(width=wide, height=high, conversion="cropped" if fit == "crop" else "padded")
    return Shape(width=wide, height=high, conversion="none" if (wide, high) == (width, height) else "shrunk")


def size(upright: Size, limits: Mapping[str, Any], fit: str) -> Size:
    """Width and height that an upright image gets, padding included. Raises Refused, as `fitted`."""
    least, most = ratios(limits)
    width, height = _shape(upright, least, most, fit)
    scale = min(
        1.0,
        min(limits.get("width_at_most", LONGEST_SIDE), LONGEST_SIDE) / width,
        min(limits.get("height_at_most", LONGEST_SIDE), LONGEST_SIDE) / height,
    )
    wide, high = max(1, floor(width * scale)), max(1, floor(height * scale))
    # Whole pixels may leave the ratio by a hair, and platforms do not round.
    if wide < least * high:
        high = max(1, floor(wide / least))
    if wide > most * high:
        wide = max(1, floor(high * most))
    return wide, high


def ratios(limits: Mapping[str, Any]) -> tuple[float, float]:
    """The least and the most that an image may be wider than high."""
    return limits.get("ratio") or (0.0, inf)


def _shape(upright: Size, least: float, most: float, fit: str) -> tuple[float, float]:
    """What an image is after it was cropped or padded, before it is made smaller."""
    width, height = upright
    if least * height <= width <= most * height:
        return upright
    if fit == "refuse":
        raise Refused("media-ratio", ratio_sentence(width / height, least, most))
    is_too_wide = width > most * height
    if fit == "crop":
        return (height * most, height) if is_too_wide else (width, width / least)
    return (width, width / most) if is_too_wide else (height * least, height)
