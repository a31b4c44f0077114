"""Images as platforms take them: JPEG in sRGB, upright, without metadata, in the platform's shape and size."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageOps

from ddp.images import conversion
from ddp.providers.social.base import Refused
from functions.social.validation import shapes
from functions.social.validation.shapes import Size

# What all platforms take, whatever more some of them would.
LARGEST_BYTES = 4_000_000


def fitted(content: bytes, limits: Mapping[str, Any], fit: str) -> bytes:
    """The first frame as a JPEG within these limits (`ratio`, `width_at_most`, `height_at_most`, `bytes`).

    `fit`: crop cuts away what is too much, pad adds white, refuse raises Refused for an image of another ratio. Raises
    Refused, too, for what cannot be read. Nothing is enlarged.
    """
    try:
        with Image.open(io.BytesIO(content), formats=conversion.FORMATS) as image:
            return _converted(image, limits, fit)
    except Refused:
        raise
    except Exception as error:  # hostile files make decoders raise almost anything
        raise Refused("damaged-image", "The image cannot be read: it is damaged or incomplete.") from error


def _converted(image: Image.Image, limits: Mapping[str, Any], fit: str) -> bytes:
    if image.width * image.height > conversion.PIXEL_LIMIT:
        most = conversion.PIXEL_LIMIT // 1_000_000
        raise Refused("image-too-large", f"The image has more than {most} megapixels: make it smaller.")
    orientation = conversion.orientation(image)
    turn = _swapped if conversion.is_turned(image) else _as_it_is
    upright = turn(image.size)
    wanted = shapes.size(upright, limits, fit)
    least, most_wide = shapes.ratios(limits)
    is_padded = fit == "pad" and not least * upright[1] <= upright[0] <= most_wide * upright[1]
    small = _reduced(image, turn(wanted), whole=is_padded)
    flat = conversion.in_srgb(conversion.flat(conversion.upright(small, orientation)))
    if is_padded:
        flat = ImageOps.pad(flat, wanted, color=conversion.WHITE)
    flat.info = {}  # a comment of the original would be written into the JPEG
    return conversion.jpeg(flat, min(limits["bytes"], LARGEST_BYTES))


def _swapped(sides: Size) -> Size:
    return sides[::-1]


def _as_it_is(sides: Size) -> Size:
    return sides


def _reduced(image: Image.Image, wanted: Size, *, whole: bool) -> Image.Image:
    """The image in this size, its colours as they are, cropped if need be; with `whole`, as much as fits into it."""
    profile = image.info.get("icc_profile")
    image.draft(None, (shapes.LONGEST_SIDE, shapes.LONGEST_SIDE))  # decodes a JPEG directly at a reduced size
    scalable = conversion.scalable(image)
    small = ImageOps.contain(scalable, wanted) if whole else ImageOps.fit(scalable, wanted)
    small.info = {"icc_profile": profile}
    return small
