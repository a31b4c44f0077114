"""Small files of every supported type, and impostors."""

from __future__ import annotations

import io
import zipfile

from PIL import Image

OPENXML = "application/vnd.openxmlformats-officedocument"

HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b"""<?xml version="1.0"?>\n<!-- logo -->
<svg xmlns="http://www.w3.org/2000/svg"><rect width="1" height="1"/></svg>"""
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
EXECUTABLE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + b"\x00" * 200


def picture(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: object) -> bytes:
    """An image with a gradient, so that its colours differ."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def archive(*names: str) -> bytes:
    """A ZIP archive with these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, b"<x/>" * 50)
    return file.getvalue()


def iso_media(brand: bytes) -> bytes:
    """The beginning of a file in ISO base media format."""
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00\x00\x02\x00" + brand + b"isom" + b"\x00" * 200


def riff(kind: bytes) -> bytes:
    return b"RIFF\x24\x08\x00\x00" + kind + b"fmt \x10\x00\x00\x00" + b"\x00" * 200


def ebml(kind: bytes) -> bytes:
    """The beginning of a Matroska or WebM file."""
    return (
        b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82"
        + bytes([0x80 + len(kind)])
        + kind
        + b"B\x87\x81\x04"
        + b"\x00" * 200
    )


HONEST: list[tuple[str, bytes]] = [
    ("image/jpeg", picture("JPEG")),
    ("image/png", picture("PNG")),
    ("image/gif", picture("GIF", mode="P")),
    ("image/webp", picture("WEBP")),
    ("image/svg+xml", SVG),
    ("video/mp4", iso_media(b"isom")),
    ("video/mp4", iso_media(b"avc1")),
    ("video/mp4", iso_media(b"iso5")),
    ("video/quicktime", iso_media(b"qt  ")),
    ("video/webm", ebml(b"webm")),
    ("application/pdf", PDF),
    (f"{OPENXML}.wordprocessingml.document", archive("[Content_Types].xml", "word/document.xml")),
    (f"{OPENXML}.spreadsheetml.sheet", archive("[Content_Types].xml", "xl/workbook.xml")),
    (f"{OPENXML}.presentationml.presentation", archive("[Content_Types].xml", "ppt/presentation.xml")),
    ("text/plain", "Grüße\n".encode()),
    ("text/plain", b"a < b <- c\n"),
    ("text/plain", b"<ann@example.com> wrote: <3\n"),
    ("text/plain", b"x" * 2_000 + b"<script> is how scripts begin\n"),
    ("text/csv", b"name,description\nDiver,<p>For <b>divers</b></p>\n"),
    ("text/csv", b"\xef\xbb\xbfname;mail\nA;a@example.com\n"),
    ("audio/mpeg", b"ID3\x04\x00\x00\x00\x00\x00\x0f" + b"\x00" * 200),
    ("audio/mpeg", b"\xff\xfb\x90\x64" + b"\x00" * 200),
    ("audio/mpeg", b"\xff\xf3\x90\x64" + b"\x00" * 200),
    ("audio/wav", riff(b"WAVE")),
    ("audio/mp4", iso_media(b"M4A ")),
    ("audio/ogg", b"OggS\x00\x02" + b"\x00" * 22 + b"\x01\x1e\x01vorbis" + b"\x00" * 200),
    ("application/zip", archive("a.txt")),
]

# (claimed type, bytes)
POSING: list[tuple[str, bytes]] = [
    *(
        (image, other)
        for image in ("image/jpeg", "image/png", "image/gif", "image/webp")
        for other in (SVG, HTML, PDF)
    ),
    ("image/jpeg", picture("PNG")),
    ("image/png", picture("JPEG")),
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/svg+xml", HTML),
    ("image/svg+xml", b'<html xmlns:svg="http://www.w3.org/2000/svg"><svg:svg/></html>'),
    ("image/svg+xml", SVG[:-3]),
    ("image/svg+xml", b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>'),
    ("image/svg+xml", picture("PNG")),
    ("video/mp4", HTML),
    ("video/mp4", iso_media(b"qt  ")),
    ("video/mp4", iso_media(b"M4A ")),
    ("video/quicktime", iso_media(b"isom")),
    ("video/webm", ebml(b"matroska")),
    ("audio/wav", riff(b"AVI ")),
    ("audio/wav", picture("WEBP")),
    ("audio/mpeg", EXECUTABLE),
    ("audio/mpeg", picture("JPEG")),
    ("audio/ogg", b"OggZ" + b"\x00" * 100),
    ("application/pdf", HTML + PDF),
    ("application/pdf", EXECUTABLE),
    (f"{OPENXML}.wordprocessingml.document", archive("a.txt")),
    (f"{OPENXML}.wordprocessingml.document", archive("[Content_Types].xml", "xl/workbook.xml")),
    (f"{OPENXML}.wordprocessingml.document", b"[Content_Types].xml word/document.xml"),
    ("text/plain", HTML),
    ("text/plain", b"\xef\xbb\xbf  \n<script>alert(1)</script>"),
    ("text/plain", b"<p>Hello</p><script>alert(1)</script>"),
    ("text/plain", b"<h1>Sign in</h1><form action=//evil.example>"),
    ("text/plain", b"<x-a onfocus=alert(1) tabindex=1>"),
    ("text/plain", b"Hello <script>alert(1)</script>"),
    ("text/csv", b"name,x\n<HTML\n><body>"),
    ("text/csv", SVG),
    ("text/csv", b"name;mail\xff\xfe\n"),
    ("text/plain", b"abc\x00def"),
    ("text/plain", b"a" * 100_000 + b"\xc3"),
    ("text/plain", EXECUTABLE),
    ("application/zip", b"PK is how archives begin"),
    ("application/zip", EXECUTABLE),
]
