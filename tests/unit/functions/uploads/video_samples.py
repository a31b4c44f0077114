"""Small real videos, written box by box and element by element; and large ones, whose bytes are nowhere."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

# Transformation matrices of a track (ISO 14496-12), by clockwise degrees.
MATRICES = {
    0: (1, 0, 0, 1),
    90: (0, 1, -1, 0),
    180: (-1, 0, 0, -1),
    270: (0, -1, 1, 0),
}
TIMESCALE = 90_000


@dataclass(frozen=True, slots=True)
class Sparse:
    """A file of which only some parts are not zero. Remembers what was read of it."""

    parts: Sequence[tuple[int, bytes]]
    size: int
    asked: list[tuple[int, int]] = field(default_factory=list)

    def read(self, position: int, length: int) -> bytes:
        self.asked.append((position, length))
        end = min(position + length, self.size)
        window = bytearray(max(0, end - position))
        for start, data in self.parts:
            first, last = max(position, start), min(end, start + len(data))
            if first < last:
                window[first - position : last - position] = data[first - start : last - start]
        return bytes(window)


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *content)


def mp4(
    *,
    size: tuple[int, int] = (640, 360),
    seconds: float = 2.0,
    rate: float = 25.0,
    rotation: int = 0,
    codec: bytes = b"avc1",
    audio: bytes | None = b"mp4a",
    channels: int = 2,
    sample_rate: int = 48_000,
    brand: bytes = b"isom",
    media: int = 4_000,
) -> bytes:
    """An MP4 with its index behind `media` bytes of pictures and sound."""
    return b"".join(data for _, data in _mp4(locals()))


def large_mp4(gigabytes: float, **options: object) -> Sparse:
    """An MP4 of this size, its index at the end."""
    media = int(gigabytes * 1024**3)
    defaults = {"size": (1920, 1080), "seconds": 300.0, "rate": 30.0, "rotation": 0, "codec": b"avc1", "audio": b"mp4a",
                "channels": 2, "sample_rate": 48_000, "brand": b"isom"}  # fmt: skip
    parts = _mp4({**defaults, **options, "media": media}, is_sparse=True)
    return Sparse(parts, max(start + len(data) for start, data in parts))


def _mp4(options: dict, *, is_sparse: bool = False) -> list[tuple[int, bytes]]:
    brand = options["brand"]
    head = box(b"ftyp", brand, struct.pack(">I", 512), brand, b"mp42")
    media = options["media"]
    opening = struct.pack(">I4sQ", 1, b"mdat", 16 + media)  # a 64-bit size
    first = len(head) + len(opening)
    index = _moov(options, first)
    if is_sparse:
        return [(0, head), (len(head), opening), (first + media, index)]
    return [(0, head), (len(head), opening), (first, bytes(media)), (first + media, index)]


def _moov(options: dict, first: int) -> bytes:
    duration = int(options["seconds"] * TIMESCALE)
    unity = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    mvhd = full(b"mvhd", struct.pack(">4I", 0, 0, TIMESCALE, duration), struct.pack(">IH10x", 0x10000, 0x100), unity,
                bytes(24), struct.pack(">I", 3))  # fmt: skip
    tracks = [_video(options, first, duration)]
    if options["audio"]:
        tracks.append(_audio(options, first, duration))
    return box(b"moov", mvhd, *tracks)


def _video(options: dict, first: int, duration: int) -> bytes:
    width, height = options["size"]
    a, b, c, d = (value * 0x10000 for value in MATRICES[options["rotation"]])
    matrix = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 0x40000000)
    count = max(1, round(options["seconds"] * options["rate"]))
    entry = box(
        options["codec"],
        bytes(6) + struct.pack(">H16x2H2I", 1, width, height, 0x480000, 0x480000),
        struct.pack(">IH32sHh", 0, 1, b"", 24, -1),
        _avcc() if options["codec"] == b"avc1" else b"",
    )
    return _track(1, b"vide", duration, matrix, (width, height), entry, count, duration // count, first,
                  full(b"vmhd", bytes(8), flags=1))  # fmt: skip


def _audio(options: dict, first: int, duration: int) -> bytes:
    unity = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    entry = box(
        options["audio"],
        bytes(6) + struct.pack(">H8x2H4xI", 1, options["channels"], 16, options["sample_rate"] << 16),
        _esds(options) if options["audio"] == b"mp4a" else b"",
    )
    count = max(1, int(options["seconds"] * options["sample_rate"] / 1024))
    return _track(2, b"soun", duration, unity, (0, 0), entry, count, duration // count, first,
                  full(b"smhd", bytes(4)))  # fmt: skip


def _track(
    number: int, handler: bytes, duration: int, matrix: bytes, size: tuple[int, int], entry: bytes, count: int,
    delta: int, first: int, header: bytes,
) -> bytes:  # fmt: skip
    tkhd = full(b"tkhd", struct.pack(">5I", 0, 0, number, 0, duration), bytes(8), struct.pack(">4h", 0, 0, 0x100, 0),
                matrix, struct.pack(">2I", size[0] << 16, size[1] << 16), flags=7)  # fmt: skip
    mdhd = full(b"mdhd", struct.pack(">4I2H", 0, 0, TIMESCALE, duration, 0x55C4, 0))
    hdlr = full(b"hdlr", bytes(4), handler, bytes(12), b"\0")
    stbl = box(
        b"stbl",
        full(b"stsd", struct.pack(">I", 1), entry),
        full(b"stts", struct.pack(">3I", 1, count, delta)),
        full(b"stsc", struct.pack(">4I", 1, 1, count, 1)),
        full(b"stsz", struct.pack(">2I", 20, count)),
        full(b"stco", struct.pack(">2I", 1, first)),
    )
    dinf = box(b"dinf", full(b"dref", struct.pack(">I", 1), full(b"url ", flags=1)))
    return box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, box(b"minf", header, dinf, stbl)))


def _avcc() -> bytes:
    """The decoder's configuration without parameter sets: the sizes are those of the sample entry."""
    return box(b"avcC", bytes((1, 100, 0, 40, 0xFF, 0xE0, 0)))


def _esds(options: dict) -> bytes:
    rates = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000]
    index = rates.index(options["sample_rate"])
    specific = struct.pack(">H", 2 << 11 | index << 7 | options["channels"] << 3)  # AAC LC
    decoder = _descriptor(
        4, bytes((0x40, 0x15, 0, 0, 0)) + struct.pack(">2I", 128_000, 128_000) + _descriptor(5, specific)
    )
    return full(b"esds", _descriptor(3, bytes((0, 1, 0)) + decoder + _descriptor(6, b"\x02")))


def _descriptor(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content


def element(name: int, content: bytes) -> bytes:
    """An element of EBML; its size has eight bytes."""
    return name.to_bytes((name.bit_length() + 7) // 8) + (1 << 56 | len(content)).to_bytes(8) + content


def number(name: int, value: int) -> bytes:
    return element(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))


def webm(
    *, size: tuple[int, int] = (640, 360), seconds: float = 2.0, rate: float = 25.0, codec: bytes = b"V_VP9",
    kind: bytes = b"webm", media: int = 4_000,
) -> bytes:  # fmt: skip
    """A WebM (or, as `matroska`, an MKV) with one cluster."""
    header = element(0x1A45DFA3, number(0x4286, 1) + number(0x42F7, 1) + number(0x42F2, 4) + number(0x42F3, 8)
                     + element(0x4282, kind) + number(0x4287, 4) + number(0x4285, 2))  # fmt: skip
    info = element(0x1549A966, number(0x2AD7B1, 1_000_000) + element(0x4489, struct.pack(">d", seconds * 1000))
                   + element(0x4D80, b"t") + element(0x5741, b"t"))  # fmt: skip
    video = element(0xE0, number(0xB0, size[0]) + number(0xBA, size[1]))
    track = element(0xAE, number(0xD7, 1) + number(0x73C5, 1) + number(0x83, 1) + element(0x86, codec)
                    + number(0x23E383, round(1e9 / rate)) + video)  # fmt: skip
    cluster = element(0x1F43B675, number(0xE7, 0) + element(0xA3, b"\x81\0\0\x80" + bytes(media)))
    return header + element(0x18538067, info + element(0x1654AE6B, track) + cluster)
