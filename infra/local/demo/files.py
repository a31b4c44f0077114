"""The demo's files. Each run makes its own, because content that was uploaded before is refused as a duplicate."""

from __future__ import annotations

import hashlib
import io
import random
import zipfile

from PIL import Image, ImageDraw

from infra.cli.api_client import FileToUpload

MIB = 1024 * 1024


def picture(name: str, run: str) -> FileToUpload:
    """A PNG of 1600 by 900 pixels."""
    return FileToUpload(
        name=name, content_type="image/png", content=_drawn(f"Spring campaign · {run}", "PNG")
    )


def price_list(name: str, run: str) -> FileToUpload:
    """A PDF of one page."""
    return FileToUpload(
        name=name, content_type="application/pdf", content=_drawn(f"Price list · {run}", "PDF")
    )


def logo(name: str, store: str) -> FileToUpload:
    """A PNG of 640 by 160 pixels, the same in each run: a store has one logo."""
    image = Image.new("RGB", (640, 160), "white")
    ImageDraw.Draw(image).text((20, 50), store, fill="#0b3d5c", font_size=60)
    return FileToUpload(name=name, content_type="image/png", content=_bytes(image, "PNG"))


def invoice(name: str, subject: str) -> FileToUpload:
    """A PDF of one page."""
    return FileToUpload(
        name=name, content_type="application/pdf", content=_drawn(f"Invoice · {subject}", "PDF")
    )


def photo_archive(name: str, run: str) -> FileToUpload:
    """A ZIP archive of random bytes, slightly too large for one request."""
    noise, buffer = random.Random(run), io.BytesIO()  # noqa: S311 (noise, not a secret)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for number in range(1, 27):
            archive.writestr(f"photo-{number:02}.raw", noise.randbytes(4 * MIB))
    return FileToUpload(name=name, content_type="application/zip", content=buffer.getvalue())


def text_posing_as_image(name: str, run: str) -> FileToUpload:
    """A text file that claims to be a PNG."""
    return FileToUpload(name=name, content_type="image/png", content=f"Not a picture. {run}\n".encode())


def svg_posing_as_image(name: str, run: str) -> FileToUpload:
    """An SVG with a script that claims to be a PNG."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><script>alert("{run}")</script></svg>'
    return FileToUpload(name=name, content_type="image/png", content=svg.encode())


def picture_with_wrong_hash(name: str, run: str) -> FileToUpload:
    """A PNG whose owner announces another hash."""
    wrong = hashlib.sha256(run.encode()).hexdigest()
    return FileToUpload(name=name, content_type="image/png", content=_drawn(run, "PNG"), claimed_sha256=wrong)


def _drawn(text: str, image_format: str) -> bytes:
    image = Image.new("RGB", (1600, 900), "#0b3d5c")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, 1560, 860), outline="#f2c14e", width=6)
    draw.text((120, 400), text, fill="white", font_size=52)
    return _bytes(image, image_format)


def _bytes(image: Image.Image, image_format: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format)
    return buffer.getvalue()
