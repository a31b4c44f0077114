"""What may be uploaded: one table from the claimed content type to how its bytes are checked.

The kind of file (image, video, …) follows from the type in the database: ddp.file_type_of.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MIB = 1024 * 1024
GIB = 1024 * MIB

# S3 copies an object of up to 5 GiB in one request, and so can a verified upload be moved to its place.
LARGEST = 5 * GIB

# What is read as a whole is spooled to the function's disk (1 GB) first.
SPOOLED = 256 * MIB


class Check(StrEnum):
    """How the bytes prove that they are what the caller said."""

    IMAGE = "image"  # decoded by Pillow
    SIGNATURE = "signature"  # magic bytes
    OFFICE = "office"  # a ZIP archive with the right main part
    TEXT = "text"  # UTF-8 without markup at its beginning
    SVG = "svg"  # UTF-8 whose root element is svg


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentType:
    """One supported type.

    `expected` is, by check: Pillow's format, the extension puremagic knows the type by, or the archive's main part.
    `signature` is a pattern for the first bytes where puremagic knows too few variants.
    `largest` in bytes; at most SPOOLED for every check but SIGNATURE.
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
    # Smaller, because counting frames reads every one of them.
    "image/gif": _image("GIF", largest=25 * MIB),
    "image/webp": _image("WEBP"),
    # A document and not an image: it can carry scripts, so it gets no preview and leaves only as a download.
    "image/svg+xml": ContentType(check=Check.SVG, largest=25 * MIB),
    # Any brand of ISO base media but QuickTime's own and the audio ones.
    "video/mp4": _signed(".mp4", rb"....ftyp(?!qt  |M4A |M4B )"),
    "video/quicktime": _signed(".mov"),
    "video/webm": _signed(".webm"),
    "application/pdf": _signed(".pdf"),
    f"{_OPENXML}.wordprocessingml.document": _office("word/document.xml"),
    f"{_OPENXML}.spreadsheetml.sheet": _office("xl/workbook.xml"),
    f"{_OPENXML}.presentationml.presentation": _office("ppt/presentation.xml"),
    "text/plain": _TEXT,
    "text/csv": _TEXT,
    # An ID3 tag, or an MPEG frame header of layer III.
    "audio/mpeg": _signed(".mp3", rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]"),
    "audio/wav": _signed(".wav"),
    "audio/mp4": _signed(".m4a"),
    "audio/ogg": _signed(".ogg"),
    "application/zip": _signed(".zip"),
}
