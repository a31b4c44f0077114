"""Images as e-mails show them: at most 1,200 pixels wide and 1 MB, in sRGB, upright, without metadata.

A photograph becomes a JPEG. What is drawn (PNG and GIF, the first frame) or transparent stays a PNG, unless that would
be too large. WebP, which many mail programs do not show, becomes one of the two.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from ddp.images import conversion

WIDTH = 1_200
# Of an image that is longer than this, the width is less.
HEIGHT = 4 * WIDTH
LARGEST_BYTES = 1_000_000
_DRAWN = {"PNG", "GIF"}


class NotMade(Exception):
    """No derivative can be made of the image. `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivative:
    """An image as it is served."""

    content: bytes
    content_type: Literal["image/jpeg", "image/png"]


def derivative(content: bytes) -> Derivative:
    """The first frame as e-mails show it. Nothing is enlarged. Raises NotMade."""
    try:
        with Image.open(io.BytesIO(content), formats=conversion.FORMATS) as image:
            if image.width * image.height > conversion.PIXEL_LIMIT:
                raise NotMade("image-too-large")
            return _encoded(_reduced(image), is_drawn=image.format in _DRAWN)
    except NotMade:
        raise
    except Exception as error:  # hostile files make decoders raise almost anything
        raise NotMade("damaged-image") from error


def _reduced(image: Image.Image) -> Image.Image:
    """The image in its final size, in sRGB and upright; RGBA only if some of it is transparent."""
    profile, turn = image.info.get("icc_profile"), conversion.orientation(image)
    box = (HEIGHT, WIDTH) if conversion.is_turned(image) else (WIDTH, HEIGHT)
    image.draft(None, box)  # decodes a JPEG directly at a reduced size
    small = conversion.scalable(image)
    small.thumbnail(box)
    small.info = {"icc_profile": profile}
    turned = conversion.upright(small, turn)
    colours = conversion.in_srgb(turned.convert("RGB") if turned.mode == "RGBA" else turned)
    colours.info = {}  # a comment of the original would be written into the file
    if turned.mode == "RGBA" and turned.getchannel("A").getextrema() != (255, 255):
        colours.putalpha(turned.getchannel("A"))
    return colours


def _encoded(image: Image.Image, *, is_drawn: bool) -> Derivative:
    if is_drawn or image.mode == "RGBA":
        file = io.BytesIO()
        image.save(file, "PNG")
        if file.tell() <= LARGEST_BYTES:
            return Derivative(content=file.getvalue(), content_type="image/png")
    photograph = conversion.jpeg(conversion.flat(image), LARGEST_BYTES)
    return Derivative(content=photograph, content_type="image/jpeg")
