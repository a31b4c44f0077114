"""Images: dimensions and previews, with limits on what a small file can unfold to."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

# Decoded, this many pixels take 400 MB at four bytes each; the function has 1,769.
PIXEL_LIMIT = 100_000_000
# WebP's decoder keeps four copies, and the whole file beside them.
WEBP_PIXEL_LIMIT = 50_000_000
FRAME_LIMIT = 1_000
# A progressive JPEG has about ten. Each may weigh a hundred bytes and cost a pass over all pixels.
SCAN_LIMIT = 100

THUMBNAIL_WIDTHS = (1024, 256)
# A preview of a very tall image is narrower than its box, because WebP ends at 16,383 pixels.
TALLEST = 4

# Markers that end a scan's data; all but the image's end are followed by the length of their segment.
_JPEG_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
_START_OF_SCAN, _END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"

# The limit above is checked here, with a sentence of ours; Pillow's own would come first, as a warning.
Image.MAX_IMAGE_PIXELS = None


class NotThisFormat(Exception):
    """The content is no image of the claimed format."""


class Unusable(Exception):
    """An image of the claimed format that is damaged or too large; `code` is a stable word."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Pixels as displayed (EXIF orientation applied), and previews: width in pixels → WebP without metadata."""

    width: int
    height: int
    thumbnails: dict[int, bytes]


def inspect(file: IO[bytes], image_format: str) -> Picture:
    """What an image looks like; every byte of its first frame is decoded. Raises NotThisFormat, Unusable."""
    try:
        _check_structure(file, image_format)
        with Image.open(file, formats=[image_format]) as image:
            return _picture(image)
    except (Unusable, NotThisFormat):
        raise
    except Exception as error:  # hostile files make decoders raise nearly anything
        raise Unusable("damaged-image", "The image is damaged or incomplete: it cannot be opened.") from error


def _check_structure(file: IO[bytes], image_format: str) -> None:
    """The limits, and the checksums of formats that have them; nothing is decoded yet."""
    try:
        image = Image.open(file, formats=[image_format])
    except UnidentifiedImageError:
        raise NotThisFormat(image_format) from None
    with image:
        limit = WEBP_PIXEL_LIMIT if image_format == "WEBP" else PIXEL_LIMIT
        if image.width * image.height > limit:
            raise Unusable(
                "image-too-large", f"An image of this type may have {limit // 1_000_000} megapixels at most."
            )
        if getattr(image, "n_frames", 1) > FRAME_LIMIT:
            raise Unusable("image-too-large", f"An animation may have {FRAME_LIMIT:,} frames at most.")
        image.seek(0)
        image.verify()
    file.seek(0)
    if image_format == "JPEG" and _scans(file.read()) > SCAN_LIMIT:
        raise Unusable("image-too-complex", f"A JPEG may have {SCAN_LIMIT} scans at most.")
    file.seek(0)


def _scans(jpeg: bytes) -> int:
    """How often the image itself begins a scan; what its segments hold (a preview, say) does not count."""
    count, position = 0, 2
    while (marker := _JPEG_MARKER.search(jpeg, position)) and marker[0] != _END_OF_IMAGE:
        count += marker[0] == _START_OF_SCAN
        position = marker.end() + max(2, int.from_bytes(jpeg[marker.end() : marker.end() + 2]))
    return count


def _picture(image: Image.Image) -> Picture:
    turned = image.getexif().get(0x0112, 1) in {5, 6, 7, 8}  # orientations that swap width and height
    width, height = (image.height, image.width) if turned else image.size
    if image.mode.startswith("I"):  # 16 bits of grey: Pillow cannot make large ones smaller
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    thumbnails: dict[int, bytes] = {}
    for target in THUMBNAIL_WIDTHS:
        box = (target, target * TALLEST)
        # Never enlarges; decodes JPEG at a fraction of its size.
        image.thumbnail(box[::-1] if turned else box)
        thumbnails |= _webp(image)
    return Picture(width=width, height=height, thumbnails=thumbnails)


def _webp(image: Image.Image) -> dict[int, bytes]:
    preview = _displayable(ImageOps.exif_transpose(image))
    file = io.BytesIO()
    preview.save(file, "WEBP", quality=80, method=4)
    return {preview.width: file.getvalue()}


def _displayable(image: Image.Image) -> Image.Image:
    """Red, green and blue, with transparency where there is some."""
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
