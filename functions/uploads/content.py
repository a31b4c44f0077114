"""Checks that the uploaded bytes are what the caller claimed, in one pass and bounded memory."""

from __future__ import annotations

import hashlib
import io
import mmap
import re
from collections.abc import Callable, Iterable
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

import puremagic

from ddp.errors import Permanent
from functions.uploads.content_types import MIB, SPOOLED, SUPPORTED, Check, ContentType

if TYPE_CHECKING:
    from ddp.queries.files.uploads import Upload
    from functions.uploads.images import Picture

# Bytes from the start of the file; no signature needs more.
HEAD = 65_536

# Nested elements; real drawings have a few dozen.
SVG_DEPTH = 1_000

# Text is taken for HTML or XML if it begins with a tag, or if a tag that makes a page stands where browsers look for
# one: within the first 1,445 bytes (MIME Sniffing Standard, "reading the resource header").
_TAG = re.compile(r"\s*<([!?]|/?[a-z][a-z0-9:-]*(\s|/?>))", re.IGNORECASE)
_PAGE = re.compile(r"<(!doctype\s+html|(html|head|body|script|iframe|svg)[\s/>])", re.IGNORECASE)
_SNIFFED = 1_445


class Rejected(Permanent):
    """The content is not what was claimed. `code` is stable; `reason` is a sentence for the file's owner."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def verify(chunks: Iterable[bytes], upload: Upload, spool: IO[bytes]) -> Picture | None:
    """Check the size, SHA-256 and content of an upload; return the previews if it is an image.

    `spool` is an empty temporary file, used for types that must be read as a whole. Raises Rejected.
    """
    claimed = SUPPORTED.get(upload.content_type)
    if claimed is None:
        raise Rejected("unsupported-content-type", "Files of this type are not accepted.")
    if upload.file_size > claimed.largest:  # a row made without the API; the disk could not hold its spool
        raise Rejected(
            "file-too-large", f"A file of this type may have at most {claimed.largest // MIB:,} MiB."
        )
    head = _receive(chunks, upload, spool if claimed.largest <= SPOOLED else None)
    spool.seek(0)
    if claimed.check is Check.IMAGE:
        return _picture(claimed, head, spool)
    if not _CHECKS[claimed.check](claimed, head, spool):
        raise _mismatch(upload.content_type, head)
    return None


def _receive(chunks: Iterable[bytes], upload: Upload, spool: IO[bytes] | None) -> bytes:
    """Check size and hash, copy the bytes to `spool` if given, and return the first HEAD bytes."""
    digest, size, head = hashlib.sha256(), 0, b""
    for chunk in chunks:
        size += len(chunk)
        if size > upload.file_size:
            break
        digest.update(chunk)
        if len(head) < HEAD:
            head += chunk[: HEAD - len(head)]
        if spool is not None:
            spool.write(chunk)
    if size != upload.file_size:
        raise Rejected(
            "size-mismatch",
            f"The file does not have the announced size of {upload.file_size:,} bytes: upload it again.",
        )
    if digest.digest() != upload.content_sha256:
        raise Rejected("hash-mismatch", "The file's SHA-256 is not the announced one: upload it again.")
    return head


def _picture(claimed: ContentType, head: bytes, spool: IO[bytes]) -> Picture:
    from functions.uploads import images  # imported only for images: Pillow loads slowly

    try:
        return images.inspect(spool, claimed.expected)
    except images.NotThisFormat:
        raise _mismatch(f"image/{claimed.expected.lower()}", head) from None
    except images.Unusable as error:
        raise Rejected(error.code, str(error)) from error


def _mismatch(content_type: str, head: bytes) -> Rejected:
    guess = next((m.mime_type for m in _known_signatures(head) if m.mime_type), None)
    found = f" It looks like {guess}." if guess and guess != content_type else ""
    return Rejected("content-mismatch", f"The file's content is not {content_type}.{found}")


def _known_signatures(head: bytes) -> list[puremagic.PureMagicWithConfidence]:
    """The file types that the first bytes suggest; only those with the highest confidence."""
    try:
        matches = puremagic.magic_string(head)
    except puremagic.PureError:
        return []
    return [match for match in matches if match.confidence == matches[0].confidence]


def _has_signature(claimed: ContentType, head: bytes, _: IO[bytes]) -> bool:
    if claimed.signature and re.match(claimed.signature, head, re.DOTALL):
        return True
    return any(match.extension == claimed.expected for match in _known_signatures(head))


def _is_office(claimed: ContentType, head: bytes, spool: IO[bytes]) -> bool:
    """Whether the file is a ZIP archive with the main part of that document type.

    Searches the local file headers: the memory needed to read the archive's directory depends on what a hostile
    archive claims.
    """
    if not head.startswith(b"PK\x03\x04"):
        return False
    with mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_READ) as archive:
        names = (b"[Content_Types].xml", claimed.expected.encode())
        return all(re.search(rb"PK\x03\x04.{26}" + re.escape(name), archive, re.DOTALL) for name in names)


def _is_text(_: ContentType, __: bytes, spool: IO[bytes]) -> bool:
    """Whether the file is UTF-8 without NUL characters and is not HTML or XML."""
    reader = io.TextIOWrapper(spool, encoding="utf-8-sig")
    try:
        block = reader.read(HEAD)
        if _TAG.match(block) or _PAGE.search(block[:_SNIFFED]):
            return False
        while block and "\0" not in block:
            block = reader.read(HEAD)
    except UnicodeDecodeError:
        return False
    finally:
        reader.detach()
    return not block


def _is_svg(_: ContentType, __: bytes, spool: IO[bytes]) -> bool:
    """Whether the file is well-formed XML with root element svg, no internal DTD, at most SVG_DEPTH levels deep.

    Entities can expand beyond memory, default attributes take quadratic time, and open elements take memory.
    """
    open_elements: list[str] = []

    def enter(name: str, _: object) -> None:
        if not open_elements and name.rpartition(":")[2] != "svg":
            raise ValueError("another root")
        open_elements.append(name)
        if len(open_elements) > SVG_DEPTH:
            raise ValueError("nested too deeply")

    def refuse_declarations(_: object, __: object, ___: object, has_internal_subset: int) -> None:
        if has_internal_subset:
            raise ValueError("declarations")

    parser = expat.ParserCreate()
    parser.StartElementHandler = enter
    parser.EndElementHandler = lambda _: open_elements.pop()
    parser.StartDoctypeDeclHandler = refuse_declarations
    try:
        # In large pieces: expat rereads an unfinished token with every piece.
        while piece := spool.read(MIB):
            parser.Parse(piece)
        parser.Parse(b"", True)  # noqa: FBT003 - by position only
    except (expat.ExpatError, ValueError):
        return False
    return True


_CHECKS: dict[Check, Callable[[ContentType, bytes, IO[bytes]], bool]] = {
    Check.SIGNATURE: _has_signature,
    Check.OFFICE: _is_office,
    Check.TEXT: _is_text,
    Check.SVG: _is_svg,
}
