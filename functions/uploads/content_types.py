"""The content types that may be uploaded, and how the bytes of each are checked.

The SQL function ddp.file_type_of derives the kind of file (image, video, …) from the content type.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MIB = 1024 * 1024
GIB = 1024 * MIB

# S3 copies at most 5 GiB in one request; a verified upload is moved that way.
LARGEST = 5 * GIB

# Widths of an image's previews in pixels.
THUMBNAIL_WIDTHS = (1024, 256)

# Files that are read as a whole are first spooled to the function's disk (1 GiB).
SPOOLED = 256 * MIB


class Check(StrEnum):
    """How to check that the bytes match the claimed type."""

    IMAGE = "image"  # decoded by Pillow
    SIGNATURE = "signature"  # magic bytes
    OFFICE = "office"  # ZIP archive with the right main part
    TEXT = "text"  # UTF-8 that is not markup
    SVG = "svg"  # XML whose root element is svg


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentType:
    """One supported type.

    `expected` depends on `check`. IMAGE: Pillow's name of the format. SIGNATURE: puremagic's extension for the type.
    OFFICE: the main part of the archive.
    `signature` is a pattern for the first bytes, for types of which puremagic knows too few variants.
    `largest` is in bytes, and at most SPOOLED unless `check` is SIGNATURE.
    """

    check: Check
    expected: str = ""
    signature: bytes = b""
    largest: int = LARGEST


def _image(pillow_format: str, *, largest: int = 100 * MIB) -> ContentType:
    return ContentType(check=Check.IMAGE, expected=pillow_format, largest=largest)


def _signed(extension: str, signature: bytes = b"") -> ContentType:
    return ContentType(check=Check.SIGNATURE, expected=extension, signature=signature)


def _office(main_part: str) -> ContentType:
    return ContentType(check=Check.OFFICE, expected=main_part, largest=SPOOLED)


_TEXT = ContentType(check=Check.TEXT, largest=SPOOLED)
_OPENXML = "application/vnd.openxmlformats-officedocument"

SUPPORTED: dict[str, ContentType] = {
    "image/jpeg": _image("JPEG"),
    "image/png": _image("PNG"),
    # Smaller, because counting the frames reads the whole file.
    "image/gif": _image("GIF", largest=25 * MIB),
    "image/webp": _image("WEBP"),
    # Treated as a document: it can contain scripts, so it has no preview and is only offered as a download.
    "image/svg+xml": ContentType(check=Check.SVG, largest=25 * MIB),
    # Any ISO base media brand except QuickTime's and the audio brands.
    "video/mp4": _signed(".mp4", rb"....ftyp(?!qt  |M4A |M4B )"),
    "video/quicktime": _signed(".mov"),
    "video/webm": _signed(".webm"),
    "application/pdf": _signed(".pdf"),
    f"{_OPENXML}.wordprocessingml.document": _office("word/document.xml"),
    f"{_OPENXML}.spreadsheetml.sheet": _office("xl/workbook.xml"),
    f"{_OPENXML}.presentationml.presentation": _office("ppt/presentation.xml"),
    "text/plain": _TEXT,
    "text/csv": _TEXT,
    # An ID3 tag or an MPEG layer III frame header.
    "audio/mpeg": _signed(".mp3", rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]"),
    "audio/wav": _signed(".wav"),
    "audio/mp4": _signed(".m4a"),
    "audio/ogg": _signed(".ogg"),
    "application/zip": _signed(".zip"),
}
