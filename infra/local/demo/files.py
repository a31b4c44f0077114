"""The demo's files, made on the spot; each run's differ, because the same content twice is a duplicate."""

from __future__ import annotations

import hashlib
import io
import random
import zipfile
from dataclasses import dataclass

from PIL import Image, ImageDraw

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFile:
    """A file as its owner describes it; the description may be a lie."""

    name: str
    content_type: str
    content: bytes
    claimed_sha256: str | None = None

    @property
    def sha256(self) -> str:
        """What the owner says the hash is, in hexadecimal."""
        return self.claimed_sha256 or hashlib.sha256(self.content).hexdigest()


def picture(name: str, run: str) -> DemoFile:
    """A real PNG of 1600 by 900 pixels."""
    return DemoFile(name=name, content_type="image/png", content=_drawn(f"Spring campaign · {run}", "PNG"))


def price_list(name: str, run: str) -> DemoFile:
    """A real PDF of one page."""
    return DemoFile(name=name, content_type="application/pdf", content=_drawn(f"Price list · {run}", "PDF"))


def photo_archive(name: str, run: str) -> DemoFile:
    """A ZIP archive just too large for one request, full of noise."""
    noise, buffer = random.Random(run), io.BytesIO()  # noqa: S311 (noise, not a secret)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for number in range(1, 27):
            archive.writestr(f"photo-{number:02}.raw", noise.randbytes(4 * MIB))
    return DemoFile(name=name, content_type="application/zip", content=buffer.getvalue())


def text_posing_as_image(name: str, run: str) -> DemoFile:
    """A text that calls itself a PNG."""
    return DemoFile(name=name, content_type="image/png", content=f"Not a picture. {run}\n".encode())


def svg_posing_as_image(name: str, run: str) -> DemoFile:
    """An SVG with a script in it that calls itself a PNG."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><script>alert("{run}")</script></svg>'
    return DemoFile(name=name, content_type="image/png", content=svg.encode())


def picture_with_wrong_hash(name: str, run: str) -> DemoFile:
    """A real picture whose owner announces another hash."""
    wrong = hashlib.sha256(run.encode()).hexdigest()
    return DemoFile(name=name, content_type="image/png", content=_drawn(run, "PNG"), claimed_sha256=wrong)


def _drawn(text: str, image_format: str) -> bytes:
    image = Image.new("RGB", (1600, 900), "#0b3d5c")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, 1560, 860), outline="#f2c14e", width=6)
    draw.text((120, 400), text, fill="white", font_size=64)
    buffer = io.BytesIO()
    image.save(buffer, image_format)
    return buffer.getvalue()
