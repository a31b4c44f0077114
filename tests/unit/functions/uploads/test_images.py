"""Dimensions, previews and the limits of images."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from functions.uploads import images
from tests.unit.functions.uploads.samples import picture

pytestmark = pytest.mark.thorough


def inspect(body: bytes, kind: str) -> images.Picture:
    return images.inspect(io.BytesIO(body), kind)


def opened(webp: bytes) -> Image.Image:
    return Image.open(io.BytesIO(webp), formats=["WEBP"])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_large_image_gets_previews_of_both_widths(kind):
    found = inspect(picture(kind, (2000, 1000)), kind)
    assert (found.width, found.height) == (2000, 1000)
    assert {width: opened(webp).size for width, webp in found.thumbnails.items()} == {
        1024: (1024, 512),
        256: (256, 128),
    }


def test_a_small_image_is_never_enlarged():
    found = inspect(picture("PNG", (100, 50)), "PNG")
    assert {width: opened(webp).size for width, webp in found.thumbnails.items()} == {100: (100, 50)}


def test_a_very_tall_image_gets_a_preview_that_webp_can_hold():
    found = inspect(picture("PNG", (300, 20_000)), "PNG")
    assert found.thumbnails
    assert all(opened(webp).height <= 4096 for webp in found.thumbnails.values())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_orientation_is_applied_and_all_metadata_dropped(kind):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010F] = "Secret Camera"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = inspect(picture(kind, (1200, 600), exif=exif, icc_profile=profile), kind)
    assert (found.width, found.height) == (600, 1200)
    for width, webp in found.thumbnails.items():
        assert opened(webp).size == (width, 2 * width)
        assert not opened(webp).getexif()
        assert "icc_profile" not in opened(webp).info
        assert b"Secret Camera" not in webp


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "P"), ("PNG", "1"), ("PNG", "LA")]
)
def test_every_colour_mode_gets_a_preview(kind, mode):
    found = inspect(picture(kind, (300, 200), mode), kind)
    assert opened(found.thumbnails[256]).mode in {"RGB", "RGBA"}


def test_transparency_is_kept():
    found = inspect(picture("PNG", (300, 200), "RGBA"), "PNG")
    image = Image.new("RGBA", (300, 200), (255, 0, 0, 0))
    file = io.BytesIO()
    image.save(file, "PNG")
    found = inspect(file.getvalue(), "PNG")
    assert opened(found.thumbnails[256]).getpixel((0, 0))[3] == 0


@pytest.mark.parametrize("size", [(300, 200), (3000, 2000)])
def test_sixteen_bits_of_grey_are_scaled_and_not_cut_off(size):
    image = Image.new("I;16", size, 0x4000)
    file = io.BytesIO()
    image.save(file, "PNG")
    grey = opened(inspect(file.getvalue(), "PNG").thumbnails[256]).convert("L").getpixel((100, 100))
    assert 0x38 <= grey <= 0x48


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("kept", [0.4, 0.9])
def test_an_image_that_is_cut_off_is_rejected(kind, kept):
    body = picture(kind, (600, 400))
    with pytest.raises((images.Unusable, images.NotThisFormat)):
        inspect(body[: int(len(body) * kept)], kind)


@pytest.mark.parametrize("chunk", [b"IDAT", b"tEXt"])
def test_a_broken_checksum_is_rejected(chunk):
    text = PngInfo()
    text.add_text("Comment", "fine")
    body = bytearray(picture("PNG", (300, 200), pnginfo=text))
    start = body.index(chunk)
    (length,) = struct.unpack(">I", body[start - 4 : start])
    body[start + 4 + length] ^= 0xFF  # the checksum alone
    with pytest.raises((images.Unusable, images.NotThisFormat)):
        inspect(bytes(body), "PNG")


def test_a_decompression_bomb_is_rejected_by_its_header():
    with pytest.raises(images.Unusable) as error:
        inspect(_png_header(50_000, 50_000), "PNG")
    assert error.value.code == "image-too-large"


def test_the_largest_number_of_pixels_is_not_a_bomb():
    with pytest.raises(images.Unusable) as error:
        inspect(_png_header(10_000, 10_000), "PNG")
    assert error.value.code == "damaged-image"  # it has no pixels, but its header is valid


def test_webp_has_a_lower_limit_because_its_decoder_takes_more():
    file = io.BytesIO()
    Image.new("RGB", (10_000, 5_001)).save(file, "WEBP", lossless=True, method=0)
    with pytest.raises(images.Unusable, match="50 megapixels"):
        inspect(file.getvalue(), "WEBP")


@pytest.mark.parametrize(("repetitions", "fine"), [(1, True), (90, True), (101, False)])
def test_a_jpeg_has_a_limit_of_scans(repetitions, fine):
    """An empty scan of a hundred bytes costs a pass over all pixels, so a small file could take hours."""
    body = _jpeg_with_scans(repetitions)
    if fine:
        assert inspect(body, "JPEG").width == 64
    else:
        with pytest.raises(images.Unusable) as error:
            inspect(body, "JPEG")
        assert error.value.code == "image-too-complex"


def test_scans_of_an_embedded_preview_do_not_count():
    preview = b"Exif\x00\x00" + b"\xff\xda\x00\x02" * 1000
    body = picture("JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", len(preview) + 2) + preview
    assert inspect(body[:2] + segment + body[2:], "JPEG").width == 40


@pytest.mark.parametrize(("frames", "fine"), [(3, True), (1001, False)])
def test_an_animation_has_a_limit_of_frames(frames, fine):
    stills = [Image.new("P", (4, 4), n % 256) for n in range(frames)]
    file = io.BytesIO()
    stills[0].save(file, "GIF", save_all=True, append_images=stills[1:], optimize=False)
    if fine:
        assert inspect(file.getvalue(), "GIF").width == 4
    else:
        with pytest.raises(images.Unusable, match="1,000 frames"):
            inspect(file.getvalue(), "GIF")


def _png_header(width: int, height: int) -> bytes:
    """A PNG that claims these dimensions but has almost no data."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ]
    body = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        body += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return body


def _jpeg_with_scans(repetitions: int) -> bytes:
    """A progressive JPEG with its last scan, including its tables, repeated that many more times."""
    file = io.BytesIO()
    Image.new("L", (64, 64), 128).save(file, "JPEG", progressive=True)
    body = file.getvalue().removesuffix(b"\xff\xd9")
    last = body[body.rindex(b"\xff\xc4") :]  # its Huffman table
    return body + last * repetitions + b"\xff\xd9"
