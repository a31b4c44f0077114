"""Images as platforms get them: upright, in sRGB, without metadata, in shape and size, whatever was uploaded."""

from __future__ import annotations

import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from ddp.providers.social import rules
from ddp.providers.social.base import Platform, Refused
from functions.social import pictures
from functions.social.validation import shapes

pytestmark = pytest.mark.thorough

LIMITS = {"bytes": 8_000_000}
FEED = rules.of(Platform.INSTAGRAM)["media"]["image"]
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def written(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def converted(content: bytes, limits=LIMITS, fit: str = "pad") -> Image.Image:
    image = Image.open(io.BytesIO(pictures.fitted(content, limits, fit)))
    image.load()
    assert (image.format, image.mode) == ("JPEG", "RGB")
    return image


def is_near(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 12 for one, other in zip(found, wanted, strict=True))


def halves(size=(80, 40), mode="RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image.convert(mode)


UPRIGHT = {  # where red and blue are once the image is shown, by EXIF orientation
    1: ("left", "right"), 2: ("right", "left"), 3: ("right", "left"), 4: ("left", "right"),
    5: ("top", "bottom"), 6: ("top", "bottom"), 7: ("bottom", "top"), 8: ("bottom", "top"),
}  # fmt: skip


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("fit", ["pad", "crop"])
def test_orientation_is_applied(orientation, fit):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = converted(written(halves(), "JPEG", quality=95, exif=exif), fit=fit)
    places = {
        "left": (2, image.height // 2),
        "right": (image.width - 3, image.height // 2),
        "top": (image.width // 2, 2),
        "bottom": (image.width // 2, image.height - 3),
    }
    assert image.size == ((80, 40) if orientation < 5 else (40, 80))
    red, blue = UPRIGHT[orientation]
    assert is_near(image.getpixel(places[red]), RED)
    assert is_near(image.getpixel(places[blue]), BLUE)
    assert image.getexif().get(0x0112) is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_no_metadata_is_left(kind):
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    exif.get_ifd(0x8825)[2] = (47.0, 22.0, 7.0)
    options = {
        "exif": exif,
        "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    }
    if kind == "JPEG":
        options |= {"comment": b"secret comment", "xmp": b"<x>secret words</x>", "dpi": (72, 72)}
    content = written(halves(), kind, **options)
    assert b"secret" in content
    body = pictures.fitted(content, LIMITS, "pad")
    assert b"secret" not in body
    assert b"ICC_PROFILE" not in body
    assert not Image.open(io.BytesIO(body)).getexif()


MODES = ["RGB", "L", "1", "P", "CMYK", "LA", "RGBA", "I;16"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fit", ["pad", "crop"])
def test_every_kind_of_colour_becomes_rgb(mode, fit):
    if mode == "I;16":
        content = written(Image.new("I;16", (60, 30), 65_535))
    else:
        kind = "JPEG" if mode == "CMYK" else "PNG"
        content = written(Image.new("RGB", (60, 30), WHITE).convert(mode), kind)
    image = converted(content, FEED, fit)
    assert is_near(image.getpixel((image.width // 2, image.height // 2)), WHITE)


def test_what_is_transparent_becomes_white():
    image = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (20, 0, 40, 40))
    result = converted(written(image))
    assert is_near(result.getpixel((3, 20)), WHITE)
    assert is_near(result.getpixel((37, 20)), BLUE)


@pytest.mark.parametrize("mode", ["P", "RGB", "L"])
def test_a_colour_that_stands_for_transparency_becomes_white(mode):
    image = Image.new(mode, (40, 40), 0)
    transparency = (0, 0, 0) if mode == "RGB" else 0
    assert is_near(converted(written(image, transparency=transparency)).getpixel((20, 20)), WHITE)


def test_colours_are_converted_to_srgb():
    """Half of a light grey in a profile of gamma 1 is lighter in sRGB."""
    linear = io.BytesIO(ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes())
    lab = ImageCms.ImageCmsProfile(linear)
    assert lab.profile.xcolor_space.strip() == "XYZ"  # no profile of RGB: ignored, as viewers do
    content = written(Image.new("RGB", (20, 20), (100, 100, 100)), icc_profile=linear.getvalue())
    assert is_near(converted(content).getpixel((10, 10)), (100, 100, 100))
    wide = written(Image.new("RGB", (20, 20), (200, 60, 60)), icc_profile=wide_gamut())
    found = converted(wide).getpixel((10, 10))
    assert found[0] > 210
    assert found[1] < 50


def wide_gamut() -> bytes:
    """sRGB's profile with red further out: its red is more than sRGB's."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    start = profile.index(b"rXYZ")
    offset = int.from_bytes(profile[start + 4 : start + 8])
    profile[offset + 8 : offset + 12] = round(0.55 * 65_536).to_bytes(4)
    return bytes(profile)


@pytest.mark.parametrize("profile", [b"nonsense", b"", bytes(3_000)])
def test_a_broken_profile_is_ignored(profile):
    content = written(halves(), "JPEG", quality=95, icc_profile=profile or None)
    assert is_near(converted(content).getpixel((2, 20)), RED)


@pytest.mark.parametrize(
    ("size", "fit", "expected"),
    [
        ((400, 400), "pad", (400, 400)),
        ((400, 100), "pad", (400, 210)),
        ((100, 400), "pad", (320, 400)),
        ((400, 100), "crop", (191, 100)),
        ((100, 400), "crop", (100, 125)),
        ((400, 400), "refuse", (400, 400)),
    ],
)
def test_fit(size, fit, expected):
    image = converted(written(halves(size)), FEED, fit)
    assert abs(image.width - expected[0]) <= 1
    assert abs(image.height - expected[1]) <= 1


def test_padding_is_white_and_shows_the_whole_image():
    image = converted(written(halves((400, 100))), FEED, "pad")
    assert is_near(image.getpixel((200, 2)), WHITE)
    middle = image.height // 2
    assert is_near(image.getpixel((2, middle)), RED)
    assert is_near(image.getpixel((397, middle)), BLUE)


def test_cropping_keeps_the_middle():
    image = converted(written(halves((400, 100))), FEED, "crop")
    assert is_near(image.getpixel((2, 50)), RED)
    assert is_near(image.getpixel((image.width - 3, 50)), BLUE)


@pytest.mark.parametrize("size", [(400, 100), (100, 400)])
def test_refuse_names_the_ratio_and_the_way_out(size):
    with pytest.raises(Refused, match=r"times as wide as high.*crop or pad") as refusal:
        pictures.fitted(written(halves(size)), FEED, "refuse")
    assert refusal.value.code == "media-ratio"


SIDES = st.integers(1, 12_000)


@given(
    SIDES,
    SIDES,
    st.sampled_from(["pad", "crop"]),
    st.sampled_from([FEED, {"ratio": (0.5, 0.6), "width_at_most": 1_920, "height_at_most": 1_920}, LIMITS]),
)
def test_sizes_are_within_the_limits_and_nothing_is_enlarged(width, height, fit, limits):
    found = shapes.size((width, height), limits, fit)
    least, most = limits.get("ratio", (0, 1e9))
    assert max(found) <= 4_096
    assert found[0] <= limits.get("width_at_most", 4_096)
    if fit == "crop":
        assert found[0] <= width
        assert found[1] <= height
    if min(found) > 1:  # one pixel cannot be made less
        assert least * found[1] <= found[0] <= most * found[1]


@given(st.integers(1, 12_000), st.integers(1, 12_000))
def test_an_image_in_the_right_ratio_keeps_it(width, height):
    found = shapes.size((width, height), LIMITS, "refuse")
    assert abs(found[0] / found[1] - width / height) <= 2 * max(1, width / height) / min(found)


def test_no_line_of_padding_comes_of_rounding():
    """Sides that do not divide: the white of padding would be the last row or column."""
    image = converted(
        written(Image.new("RGB", (1_999, 1_501), RED)), {"bytes": 10**7, "width_at_most": 1_001}
    )
    for place in ((0, 0), (image.width - 1, 0), (0, image.height - 1), (image.width - 1, image.height - 1)):
        assert is_near(image.getpixel(place), RED)


def test_bytes_are_within_the_limit_even_for_noise():
    noise = Image.effect_noise((3_000, 3_000), 200).convert("RGB")
    content = written(noise, "JPEG", quality=100)
    body = pictures.fitted(content, {"bytes": 10**9}, "pad")
    assert len(body) <= pictures.LARGEST_BYTES < len(content)
    assert len(pictures.fitted(content, {"bytes": 60_000}, "pad")) <= 60_000


def test_an_animation_becomes_its_first_frame():
    frames = [Image.new("RGB", (30, 30), colour) for colour in (RED, BLUE)]
    for kind in ("GIF", "WEBP", "PNG"):
        content = written(frames[0], kind, save_all=True, append_images=frames[1:])
        assert is_near(converted(content).getpixel((15, 15)), RED), kind


def bomb(side: int) -> bytes:
    """A PNG that claims `side` by `side` pixels of one bit, compressed a thousandfold."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)

    header = side.to_bytes(4) * 2 + bytes((1, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(100_000)))
        + chunk(b"IEND", b"")
    )


def test_a_decompression_bomb_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(Refused) as refusal:
        pictures.fitted(bomb(30_000), LIMITS, "pad")
    assert refusal.value.code == "image-too-large"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        written(halves())[:-80],
        written(halves(), "BMP"),
        written(halves(), "TIFF"),
        bomb(9_000),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(content):
    with pytest.raises(Refused, match=r"damaged") as refusal:
        pictures.fitted(content, LIMITS, "pad")
    assert refusal.value.code == "damaged-image"
