"""Derivatives of images: small, upright, in sRGB, without anything that the original says beside its pixels."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from ddp.images import derivatives
from ddp.images.derivatives import derivative


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    return Image.effect_noise((width, height), 200).convert(mode)


@pytest.mark.parametrize(
    ("kind", "mode", "made"),
    [
        ("JPEG", "RGB", "image/jpeg"), ("JPEG", "L", "image/jpeg"), ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "RGB", "image/png"), ("PNG", "P", "image/png"), ("PNG", "I;16", "image/png"), ("GIF", "P", "image/png"),
        ("WEBP", "RGB", "image/jpeg"),
    ],
)  # fmt: skip
def test_each_kind_becomes_what_mail_programs_show(kind: str, mode: str, made: str):
    image = (
        Image.new("I;16", (20, 10), 40_000)
        if mode == "I;16"
        else Image.new("RGB", (20, 10), "red").convert(mode)
    )
    result = derivative(encoded(image, kind))
    assert result.content_type == made
    assert (opened(result.content).size, opened(result.content).mode) == ((20, 10), "RGB")


def test_it_is_at_most_1200_wide_and_nothing_is_enlarged():
    assert opened(derivative(encoded(Image.new("RGB", (3000, 1500)), "JPEG")).content).size == (1200, 600)
    assert opened(derivative(encoded(Image.new("RGB", (100, 20_000)), "PNG")).content).size == (24, 4800)
    assert opened(derivative(encoded(Image.new("RGB", (1200, 10)), "PNG")).content).size == (1200, 10)


def test_it_is_not_too_large(monkeypatch: pytest.MonkeyPatch):
    assert derivatives.LARGEST_BYTES == 1_000_000
    monkeypatch.setattr(derivatives, "LARGEST_BYTES", 50_000)
    for content in (encoded(noise(300, 300), "PNG"), encoded(noise(300, 300), "JPEG", quality=98)):
        result = derivative(content)
        assert result.content_type == "image/jpeg"
        assert len(result.content) <= derivatives.LARGEST_BYTES


def test_it_is_upright_and_says_nothing_of_camera_place_or_author():
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "Ann Author"
    exif.get_ifd(0x8825)[1] = "N"
    result = derivative(encoded(Image.new("RGB", (6000, 2000), "red"), "JPEG", exif=exif, comment=b"secret"))
    image = opened(result.content)
    assert image.size == (1200, 3600)
    assert not image.getexif()
    assert b"Ann Author" not in result.content
    assert b"secret" not in result.content
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "Ann Author")
    result = derivative(encoded(Image.new("RGB", (3, 3)), "PNG", pnginfo=text, exif=exif))
    assert set(opened(result.content).info) <= {"dpi"}


def test_colours_are_srgb_and_the_profile_is_gone():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for given in (profile, b"broken"):
        result = derivative(encoded(Image.new("RGB", (3, 3), "red"), "PNG", icc_profile=given))
        assert "icc_profile" not in opened(result.content).info


def test_what_is_transparent_stays_so_unless_it_would_be_too_large(monkeypatch: pytest.MonkeyPatch):
    result = derivative(encoded(Image.new("RGBA", (3, 3), (255, 0, 0, 10)), "WEBP", lossless=True))
    assert result.content_type == "image/png"
    assert opened(result.content).getpixel((1, 1)) == (255, 0, 0, 10)
    opaque = derivative(encoded(Image.new("RGBA", (3, 3), (255, 0, 0, 255)), "WEBP"))
    assert opaque.content_type == "image/jpeg"
    monkeypatch.setattr(derivatives, "LARGEST_BYTES", 50_000)
    large = noise(300, 300)
    large.putalpha(noise(300, 300, "L"))
    result = derivative(encoded(large, "PNG"))
    assert (result.content_type, opened(result.content).mode) == ("image/jpeg", "RGB")


def test_of_an_animation_the_first_frame_is_taken():
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    result = derivative(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert opened(result.content).convert("RGB").getpixel((4, 4)) == (255, 0, 0)


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims so many pixels in a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bomb(30_000, 30_000), "image-too-large"),
        (bomb(1_000, 1_000), "damaged-image"),
        (encoded(Image.new("RGB", (50, 50)), "JPEG")[:300], "damaged-image"),
        (b"", "damaged-image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "damaged-image"),
        (encoded(Image.new("RGB", (5, 5)), "TIFF"), "damaged-image"),
    ],
)
def test_what_cannot_be_made(content: bytes, code: str):
    with pytest.raises(derivatives.NotMade) as caught:
        derivative(content)
    assert caught.value.code == code
