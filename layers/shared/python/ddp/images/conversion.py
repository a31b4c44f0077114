"""What every conversion of an image does: reduce, convert the colours to sRGB, write a JPEG of at most so many bytes.

An image may have 100 megapixels. So it is made smaller first, and turned and converted to sRGB then: what is decoded is
held once or twice, which takes a gigabyte at most.
"""

from __future__ import annotations

import io

from PIL import Image, ImageCms, ImageOps

# What uploads admit. Pillow's own limit would warn or fail first.
PIXEL_LIMIT = 100_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
WHITE = (255, 255, 255)
_QUALITIES = (92, 85, 75, 60, 40)
# EXIF orientations that swap width and height.
_TURNED = {5, 6, 7, 8}
_ORIENTATION = 0x0112

Image.MAX_IMAGE_PIXELS = None


def orientation(image: Image.Image) -> int:
    """The EXIF orientation; 1 if it is upright."""
    return int(image.getexif().get(_ORIENTATION, 1))


def is_turned(image: Image.Image) -> bool:
    """Whether its width and height are swapped when it is shown."""
    return orientation(image) in _TURNED


def upright(image: Image.Image, turn: int) -> Image.Image:
    """The image, turned as this EXIF orientation says."""
    image.getexif()[_ORIENTATION] = turn
    return ImageOps.exif_transpose(image)


def scalable(image: Image.Image) -> Image.Image:
    """In a mode that can be scaled: without a palette or 16 bits."""
    if image.mode.startswith("I"):  # 16-bit greyscale
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"RGB", "RGBA", "L", "CMYK"} and "transparency" not in image.info:
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def flat(image: Image.Image) -> Image.Image:
    """The image on white, where it is transparent."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, WHITE)
    ground.paste(image, mask=image.getchannel("A"))
    ground.info = image.info
    return ground


def in_srgb(image: Image.Image) -> Image.Image:
    """The colours of an image that is not transparent, as sRGB."""
    profile = image.info.get("icc_profile")
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


def jpeg(image: Image.Image, most: int) -> bytes:
    """The image as a JPEG of at most so many bytes: of a lower quality if need be, and then smaller."""
    for quality in _QUALITIES:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= most:
            return file.getvalue()
    return jpeg(ImageOps.contain(image, (max(1, image.width // 2), max(1, image.height // 2))), most)
