"""Images as platforms take them: JPEG in sRGB, upright, without metadata, in the platform's shape and size.

An image may have 100 megapixels. So it is made smaller first, and turned and converted to sRGB then: what is decoded is
held once or twice, which takes a gigabyte at most.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageCms, ImageOps

from ddp.providers.social.base import Refused
from functions.social.validation import shapes
from functions.social.validation.shapes import Size

# What all platforms take, whatever more some of them would.
LARGEST_BYTES = 4_000_000
# What uploads admit. Pillow's own limit would warn or fail first.
PIXEL_LIMIT = 100_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
_QUALITIES = (92, 85, 75, 60, 40)
_WHITE = (255, 255, 255)
# EXIF orientations that swap width and height.
_TURNED = {5, 6, 7, 8}
_ORIENTATION = 0x0112

Image.MAX_IMAGE_PIXELS = None


def fitted(content: bytes, limits: Mapping[str, Any], fit: str) -> bytes:
    """The first frame as a JPEG within these limits (`ratio`, `width_at_most`, `height_at_most`, `bytes`).

    `fit`: crop cuts away what is too much, pad adds white, refuse raises Refused for an image of another ratio. Raises
    Refused, too, for what cannot be read. Nothing is enlarged.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return _converted(image, limits, fit)
    except Refused:
        raise
    except Exception as error:  # hostile files make decoders raise almost anything
        raise Refused("damaged-image", "The image cannot be read: it is damaged or incomplete.") from error


def _converted(image: Image.Image, limits: Mapping[str, Any], fit: str) -> bytes:
    if image.width * image.height > PIXEL_LIMIT:
        most = PIXEL_LIMIT // 1_000_000
        raise Refused("image-too-large", f"The image has more than {most} megapixels: make it smaller.")
    orientation = image.getexif().get(_ORIENTATION, 1)
    turn = _swapped if orientation in _TURNED else _as_it_is
    upright = turn(image.size)
    wanted = shapes.size(upright, limits, fit)
    least, most_wide = shapes.ratios(limits)
    is_padded = fit == "pad" and not least * upright[1] <= upright[0] <= most_wide * upright[1]
    small = _reduced(image, turn(wanted), whole=is_padded)
    small.getexif()[_ORIENTATION] = orientation
    flat = _in_srgb(ImageOps.exif_transpose(small))
    if is_padded:
        flat = ImageOps.pad(flat, wanted, color=_WHITE)
    flat.info = {}  # a comment of the original would be written into the JPEG
    return _encoded(flat, min(limits["bytes"], LARGEST_BYTES))


def _swapped(sides: Size) -> Size:
    return sides[::-1]


def _as_it_is(sides: Size) -> Size:
    return sides


def _reduced(image: Image.Image, wanted: Size, *, whole: bool) -> Image.Image:
    """The image in this size, its colours as they are, cropped if need be; with `whole`, as much as fits into it."""
    profile = image.info.get("icc_profile")
    image.draft(None, (shapes.LONGEST_SIDE, shapes.LONGEST_SIDE))  # decodes a JPEG directly at a reduced size
    scalable = _scalable(image)
    small = ImageOps.contain(scalable, wanted) if whole else ImageOps.fit(scalable, wanted)
    small.info = {"icc_profile": profile}
    return small


def _scalable(image: Image.Image) -> Image.Image:
    """In a mode that can be scaled: without a palette or 16 bits."""
    if image.mode.startswith("I"):  # 16-bit greyscale
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"RGB", "RGBA", "L", "CMYK"} and "transparency" not in image.info:
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _in_srgb(image: Image.Image) -> Image.Image:
    """The colours as sRGB; what is transparent becomes white."""
    profile = image.info.get("icc_profile")
    if image.mode == "RGBA":
        ground = Image.new("RGB", image.size, _WHITE)
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    if not profile:
        return image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (
        ImageCms.PyCMSError,
        OSError,
    ):  # a profile that is broken, or of other colours: viewers ignore it, too
        return image.convert("RGB")
    return converted or image.convert("RGB")


def _encoded(image: Image.Image, most: int) -> bytes:
    for quality in _QUALITIES:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= most:
            return file.getvalue()
    return _encoded(ImageOps.contain(image, (max(1, image.width // 2), max(1, image.height // 2))), most)
