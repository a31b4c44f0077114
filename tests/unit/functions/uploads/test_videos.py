"""What is recorded of videos: honest ones in each container, damaged ones, hostile ones, and a parser that fails."""

from __future__ import annotations

import random
import socket
import struct
import subprocess
import sys
import zlib

import pytest

from functions.uploads.videos import facts, parser, reader
from tests.unit.functions.uploads.video_samples import (
    MATRICES,
    Sparse,
    box,
    element,
    full,
    large_mp4,
    mp4,
    webm,
)

pytestmark = pytest.mark.thorough

UNKNOWN = {"no-video", "unreadable", "too-slow", "too-fragmented"}


def read(body: bytes) -> dict:
    return reader.read(len(body), lambda position, length: body[position : position + length])


def test_an_mp4():
    assert read(mp4(size=(1920, 1080), seconds=12.5, rate=30, channels=2, sample_rate=44_100)) == {
        "width": 1920,
        "height": 1080,
        "rotation": 0,
        "seconds": 12.5,
        "codec": "h264",
        "frames_per_second": 30.0,
        "bit_rate": pytest.approx(3_300, rel=0.2),
        "scan": None,
        "audio": {
            "codec": "aac",
            "channels": 2,
            "sample_rate": 44_100,
            "bit_rate": pytest.approx(7_000, rel=0.2),
        },
        "is_complete": True,
    }


@pytest.mark.parametrize("rotation", MATRICES)
def test_sizes_are_as_players_show_them(rotation):
    found = read(mp4(size=(640, 360), rotation=rotation))
    shown = (360, 640) if rotation in {90, 270} else (640, 360)
    assert (found["rotation"], found["width"], found["height"]) == (rotation, *shown)


@pytest.mark.parametrize(
    ("body", "codec"),
    [
        (webm(codec=b"V_VP9"), "vp9"),
        (webm(codec=b"V_VP8"), "vp8"),
        (webm(codec=b"V_MPEG4/ISO/AVC", kind=b"matroska"), "h264"),
        (mp4(codec=b"hvc1"), "hevc"),
        (mp4(codec=b"av01"), "av1"),
        (mp4(brand=b"qt  ", codec=b"apcn"), "prores"),
    ],
)
def test_containers_and_codecs(body, codec):
    found = read(body)
    assert (found["codec"], found["seconds"], found["width"], found["height"]) == (codec, 2.0, 640, 360)
    assert found["frames_per_second"] == 25.0


def test_a_video_without_sound():
    assert read(mp4(audio=None))["audio"] is None


def test_a_gigabyte_with_its_index_at_the_end_takes_few_requests():
    video = large_mp4(1.0)
    found = reader.read(video.size, video.read)
    assert (found["seconds"], found["width"]) == (300.0, 1920)
    assert len(video.asked) <= 5
    assert all(length == parser.BLOCK for _, length in video.asked)


@pytest.mark.parametrize("cut", [1, 300, 700])
def test_a_file_that_ends_too_early_says_so(cut):
    found = read(mp4()[:-cut])
    assert found.get("is_complete") is False or found == {"unknown": "no-video"}


def nested(depth: int) -> bytes:
    body = b""
    for _ in range(depth):
        body = box(b"moov", body)
    return body


def compressed_index(claimed: int) -> bytes:
    """QuickTime's compressed index, of zeros."""
    data = zlib.compress(bytes(50_000_000), 9)
    return box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", struct.pack(">I", claimed), data)))


FTYP = box(b"ftyp", b"isom", bytes(4), b"isom")
HOSTILE = {
    "empty boxes": FTYP + bytes(100_000),
    "boxes of a box": FTYP + nested(20_000),
    "a box larger than anything": FTYP + struct.pack(">I4sQ", 1, b"moov", 2**63) + bytes(1000),
    "a compressed index that grows": FTYP + compressed_index(50_000_000),
    "a compressed index that claims four gigabytes": FTYP + compressed_index(2**32 - 1),
    "tables of four thousand million rows": mp4()[:-200]
    + b"".join(full(kind, struct.pack(">3I", 0, 2**32 - 1, 1)) for kind in (b"stts", b"stsz", b"stco")),
    "ten thousand tracks": FTYP + box(b"moov", *[box(b"trak", full(b"tkhd", bytes(80)))] * 10_000),
    "elements of elements": webm()[:60] + b"\x1a\x45\xdf\xa3\xff" * 50_000,
    "an element of unknown size": element(0x1A45DFA3, b"") + b"\x18\x53\x80\x67\x01" + b"\xff" * 5_000,
    "text": b"<html>" * 10_000,
    "one byte": b"\0",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_not_known_and_no_more(name):
    found = read(HOSTILE[name])
    assert found.get("unknown") in UNKNOWN or found["width"] <= 65_535


def test_files_damaged_at_random_are_read_or_not_known():
    chance = random.Random(17)
    whole = mp4(media=100)
    for _ in range(12):
        body = bytearray(whole)
        for _ in range(chance.randint(1, 30)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        found = read(bytes(body))
        assert found.get("unknown") in UNKNOWN or (0 < found["seconds"] <= 10_000_000 and found["width"] >= 1)


def test_a_file_that_is_all_over_the_place_is_given_up(monkeypatch):
    monkeypatch.setattr(reader, "REQUESTS", 3)
    asked: list[int] = []

    def zeros(position: int, length: int) -> bytes:
        asked.append(position)
        return bytes(length)

    assert reader.read(2**40, zeros) == {"unknown": "too-fragmented"}
    assert len(asked) == 4


ASKS = "import os, sys, time; from functions.uploads.videos import parser as p; os.write(1, p.REQUEST.pack(0, 10)); "


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (ASKS + "time.sleep(600)", "too-slow"),
        (ASKS + "os.kill(os.getpid(), 11)", "unreadable"),
        (ASKS + "p._limit(); bytearray(2**30)", "unreadable"),
        (ASKS + "sys.stdout.buffer.write(p.REQUEST.pack(5, 0) + b'{{{{{')", "unreadable"),
        (ASKS + "sys.stdout.buffer.write(p.REQUEST.pack(2**63, 0) + b'{}')", "no-video"),
        (ASKS + "sys.stdout.buffer.write(p.REQUEST.pack(0, 2**32 - 1))", "unreadable"),
        (ASKS.replace("os.write", "os.close(0); os.write") + "time.sleep(600)", "unreadable"),
    ],
)
def test_a_parser_that_hangs_crashes_or_talks_nonsense_is_ended(monkeypatch, program, reason):
    monkeypatch.setattr(reader, "COMMAND", (sys.executable, "-c", program))
    if reason == "too-slow":
        monkeypatch.setattr(reader, "SECONDS", 2.0)
    started: list[subprocess.Popen[bytes]] = []
    start = reader._started
    monkeypatch.setattr(reader, "_started", lambda size: started.append(start(size)) or started[0])
    assert read(mp4()) == {"unknown": reason}
    assert started[0].returncode is not None


def test_a_parser_that_does_not_start_says_nothing_about_the_video(monkeypatch):
    monkeypatch.setattr(reader, "COMMAND", (sys.executable, "-c", "import nothing_of_this_name"))
    with pytest.raises(reader.NotStarted):
        read(mp4())


def test_what_reading_raises_reaches_the_caller_and_ends_the_parser(monkeypatch):
    started: list[subprocess.Popen[bytes]] = []
    start = reader._started
    monkeypatch.setattr(reader, "_started", lambda size: started.append(start(size)) or started[0])

    def away(_: int, __: int) -> bytes:
        raise ConnectionError("S3 is away")

    with pytest.raises(ConnectionError):
        reader.read(100, away)
    assert started[0].returncode is not None


def test_the_parser_inherits_no_credentials(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "secret")
    assert set(reader.environment()) <= {"PATH", "LD_LIBRARY_PATH", "PYTHONPATH"}


def playlists(address: str) -> dict[str, bytes]:
    """What libmediainfo follows, if it may."""
    xml = '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT10S"><Period>'
    one = (
        f'<AdaptationSet><Representation id="1"><BaseURL>{address}</BaseURL></Representation></AdaptationSet>'
    )
    return {
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{address}\n#EXT-X-ENDLIST\n".encode(),
        "dash": f"{xml}{one}</Period></MPD>".encode(),
    }


@pytest.mark.parametrize("kind", ["hls", "dash"])
def test_the_parser_opens_no_connection(kind):
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        found = read(playlists(f"http://{host}:{port}/secret.mp4")[kind])
        server.settimeout(0)
        with pytest.raises(BlockingIOError):  # nobody is waiting to be accepted
            server.accept()
    assert found["unknown"] in UNKNOWN


@pytest.mark.parametrize("kind", ["hls", "dash"])
def test_the_parser_opens_no_file(kind, tmp_path):
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(mp4())
    for address in (str(secret), f"file://{secret}"):
        assert read(playlists(address)[kind])["unknown"] in UNKNOWN


def test_a_worker_that_reads_no_video_does_not_load_the_library():
    code = "import sys; from functions.uploads.videos import reader; assert 'pymediainfo' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env=reader.environment())


VIDEO = {"Format": "AVC", "Width": "1440", "Height": "1080", "Duration": "5.000", "FrameRate": "25.000"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"PixelAspectRatio": "1.333"}, {"width": 1920, "height": 1080}),
        ({"PixelAspectRatio": "1.333", "Rotation": "90.000"}, {"width": 1080, "height": 1920}),
        ({"Rotation": "-90.000"}, {"rotation": 270}),
        ({"Rotation": "much"}, {"rotation": 0}),
        ({"FrameRate": "nan"}, {"frames_per_second": None}),
        ({"FrameRate": "1e9"}, {"frames_per_second": None}),
        ({"FrameRate": "-25"}, {"frames_per_second": None}),
        ({"Format": "<script>"}, {"codec": "script"}),
        ({"Format": "\0\n"}, {"codec": None}),
        ({"ScanType": "MBAFF"}, {"scan": "interlaced"}),
        ({"ScanType": "Progressive"}, {"scan": "progressive"}),
    ],
)
def test_reports_are_taken_with_care(changes, expected):
    found = facts.of({"Video": VIDEO | changes})
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("name", ["Width", "Height", "Duration"])
@pytest.mark.parametrize("value", ["", "0", "-1", "99999999999999", "x"])
def test_a_picture_without_a_size_or_a_duration_is_no_video(name, value):
    with pytest.raises(facts.NotAVideo):
        facts.of({"Video": VIDEO | {name: value}})


def test_sparse_files_are_what_they_say():
    """The helper itself: what it returns is what a whole file has."""
    sparse = Sparse([(2, b"ab"), (10, b"c")], 11)
    assert sparse.read(0, 20) == b"\0\0ab\0\0\0\0\0\0c"
    assert sparse.read(3, 2) == b"b\0"
