"""Images as platforms take them: JPEG in sRGB, upright, without metadata, in the platform's shape and size."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageCms, ImageOps

from ddp.providers.social.base import Refused
from functions.social.validation import shapes

# What all platforms take, whatever more some of them would.
LARGEST_BYTES = 4_000_000
_QUALITIES = (92, 85, 75, 60, 40)
_WHITE = (255, 255, 255)


def fitted(content: bytes, limits: Mapping[str, Any], fit: str) -> bytes:
    """The image as a JPEG within these limits (`ratio`, `width_at_most`, `height_at_most`, `bytes`).

    `fit`: crop cuts away what is too much, pad adds white, refuse raises Refused for an image of another ratio. Raises
    Refused, too, for what cannot be read.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            upright = _in_srgb(ImageOps.exif_transpose(image))
    except Exception as error:  # hostile files make decoders raise almost anything
        raise Refused("damaged-image", "The image cannot be read: it is damaged or incomplete.") from error
    shaped = _in_ratio(upright, limits.get("ratio"), fit)
    shaped.thumbnail(shapes.most_sides(limits))
    return _encoded(shaped, min(limits["bytes"], LARGEST_BYTES))


def _in_srgb(image: Image.Image) -> Image.Image:
    """The colours as sRGB; what is transparent becomes white."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in {"RGB", "CMYK", "L"}:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        if converted is not None:
            return converted
    if image.mode in {"RGBA", "LA", "P", "PA"}:
        layered = image.convert("RGBA")
        ground = Image.new("RGBA", layered.size, (*_WHITE, 255))
        return Image.alpha_composite(ground, layered).convert("RGB")
    return image.convert("RGB")


def _in_ratio(image: Image.Image, allowed: tuple[float, float] | None, fit: str) -> Image.Image:
    shape = shapes.in_ratio(image.width, image.height, allowed, fit)
    if allowed is not None and shape.conversion == "refused":
        ratio, (least, most) = image.width / image.height, allowed
        raise Refused(
            "media-ratio", f"The image is {ratio:.2f} times as wide as high; {least} to {most} are allowed."
        )
    match shape.conversion:
        case "cropped":
            return ImageOps.fit(image, (shape.width, shape.height))
        case "padded":
            return ImageOps.pad(image, (shape.width, shape.height), color=_WHITE)
    return image


def _encoded(image: Image.Image, most: int) -> bytes:
    for quality in _QUALITIES:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= most:
            return file.getvalue()
    image.thumbnail((image.width // 2, image.height // 2))
    return _encoded(image, most)
