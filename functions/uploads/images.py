"""Reads the dimensions of images and makes previews, with limits against decompression bombs."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from functions.uploads.content_types import THUMBNAIL_WIDTHS

# At four bytes per pixel this decodes to 400 MB; the function has 1,769 MB.
PIXEL_LIMIT = 100_000_000
# WebP's decoder keeps four copies and the whole file in memory.
WEBP_PIXEL_LIMIT = 50_000_000
FRAME_LIMIT = 1_000
# A progressive JPEG has about ten. A scan can be a hundred bytes long and cost a pass over all pixels.
SCAN_LIMIT = 100

# Height of a preview's box, in multiples of its width: WebP allows at most 16,383 pixels.
TALLEST = 4

# Markers that end a scan's data. The length of the segment follows each of them except end-of-image.
_JPEG_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
_START_OF_SCAN, _END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"

# PIXEL_LIMIT replaces Pillow's own limit, which would warn or fail first.
Image.MAX_IMAGE_PIXELS = None


class NotThisFormat(Exception):
    """The content is not an image of the claimed format."""


class Unusable(Exception):
    """The image has the claimed format but is damaged or exceeds a limit. `code` is stable."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Width and height in pixels as displayed (EXIF orientation applied).

    `thumbnails` maps a width in pixels to a WebP image without metadata.
    """

    width: int
    height: int
    thumbnails: dict[int, bytes]


def inspect(file: IO[bytes], image_format: str) -> Picture:
    """Decode the first frame completely; return its dimensions and previews. Raises NotThisFormat, Unusable."""
    try:
        _check_structure(file, image_format)
        with Image.open(file, formats=[image_format]) as image:
            return _picture(image)
    except (Unusable, NotThisFormat):
        raise
    except Exception as error:  # hostile files make decoders raise almost anything
        raise Unusable("damaged-image", "The image cannot be opened: it is damaged or incomplete.") from error


def _check_structure(file: IO[bytes], image_format: str) -> None:
    """Check the limits, and the checksums of formats that have them, before anything is decoded."""
    try:
        image = Image.open(file, formats=[image_format])
    except UnidentifiedImageError:
        raise NotThisFormat(image_format) from None
    with image:
        limit = WEBP_PIXEL_LIMIT if image_format == "WEBP" else PIXEL_LIMIT
        if image.width * image.height > limit:
            raise Unusable(
                "image-too-large", f"An image of this type may have at most {limit // 1_000_000} megapixels."
            )
        if getattr(image, "n_frames", 1) > FRAME_LIMIT:
            raise Unusable("image-too-large", f"An animation may have at most {FRAME_LIMIT:,} frames.")
        image.seek(0)
        image.verify()
    file.seek(0)
    if image_format == "JPEG" and _scans(file.read()) > SCAN_LIMIT:
        raise Unusable("image-too-complex", f"A JPEG may have at most {SCAN_LIMIT} scans.")
    file.seek(0)


def _scans(jpeg: bytes) -> int:
    """Count the scans of the image, ignoring those inside segments (such as an embedded preview)."""
    count, position = 0, 2
    while (marker := _JPEG_MARKER.search(jpeg, position)) and marker[0] != _END_OF_IMAGE:
        count += marker[0] == _START_OF_SCAN
        position = marker.end() + max(2, int.from_bytes(jpeg[marker.end() : marker.end() + 2]))
    return count


def _picture(image: Image.Image) -> Picture:
    turned = image.getexif().get(0x0112, 1) in {5, 6, 7, 8}  # EXIF orientations that swap width and height
    width, height = (image.height, image.width) if turned else image.size
    if image.mode.startswith("I"):  # 16-bit greyscale, which Pillow cannot scale down
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    thumbnails: dict[int, bytes] = {}
    for target in THUMBNAIL_WIDTHS:
        box = (target, target * TALLEST)
        # Never enlarges, and decodes a JPEG directly at a reduced size.
        image.thumbnail(box[::-1] if turned else box)
        thumbnails |= _webp(image)
    return Picture(width=width, height=height, thumbnails=thumbnails)


def _webp(image: Image.Image) -> dict[int, bytes]:
    preview = _displayable(ImageOps.exif_transpose(image))
    file = io.BytesIO()
    preview.save(file, "WEBP", quality=80, method=4)
    return {preview.width: file.getvalue()}


def _displayable(image: Image.Image) -> Image.Image:
    """The image as RGB, or as RGBA if it has transparency."""
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
