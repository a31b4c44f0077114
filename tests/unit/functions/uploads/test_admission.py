"""Upload requests that are refused before anything is sent."""

from __future__ import annotations

import pytest

from ddp.errors import Invalid
from functions.uploads import admission
from functions.uploads.content_types import GIB, MIB, SPOOLED, SUPPORTED, Check


@pytest.mark.parametrize(
    "name", ["a.png", "Frühling 2026.png", "写真.png", "👩‍👩‍👧.png", "no extension", ".hidden", "a" * 500]
)
def test_honest_names_pass(name):
    assert admission.file_name(name) == name


def test_blanks_around_a_name_are_dropped():
    assert admission.file_name("  a.png\t") == "a.png"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        ".",
        "..",
        "../../etc/passwd",
        "a/b.png",
        "C:\\temp\\a.png",
        "a\x00.png",
        "a\r\nSet-Cookie: x.png",
        "a\x1b[2J.png",
        "a\x7f.png",
        "a\x85.png",
        "a\u2028b.png",
        "exe.\u202egnp.exe",
        "\u2066a\u2069.png",
        "a\u200fb.png",
        "\u061ca.png",
        "lone \ud800 surrogate.png",
        "a" * 501,
    ],
    ids=ascii,
)
def test_names_with_a_path_or_hidden_characters_are_refused(name):
    with pytest.raises(Invalid) as refusal:
        admission.file_name(name)
    assert refusal.value.code == "invalid-file-name"


def test_a_content_type_is_read_without_case_and_parameters():
    assert admission.content_type("Text/CSV; charset=utf-8") == "text/csv"


@pytest.mark.parametrize(
    "claimed", ["text/html", "application/x-msdownload", "application/javascript", "image", "", "*/*"]
)
def test_other_content_types_are_refused(claimed):
    with pytest.raises(Invalid) as refusal:
        admission.content_type(claimed)
    assert refusal.value.code == "unsupported-content-type"


@pytest.mark.parametrize(
    ("content_type", "largest"),
    [("video/mp4", 5 * GIB), ("image/png", 100 * MIB), ("image/gif", 25 * MIB), ("text/csv", 256 * MIB)],
)
def test_the_largest_file_of_a_type_passes_and_one_byte_more_does_not(content_type, largest):
    assert admission.file_size(largest, content_type) == largest
    with pytest.raises(Invalid) as refusal:
        admission.file_size(largest + 1, content_type)
    assert refusal.value.code == "file-too-large"


@pytest.mark.parametrize("size", [0, -1])
def test_an_empty_file_is_refused(size):
    with pytest.raises(Invalid) as refusal:
        admission.file_size(size, "image/png")
    assert refusal.value.code == "empty-file"


def test_a_hash_is_read_in_either_case():
    assert admission.sha256("AB" * 32) == admission.sha256("ab" * 32) == b"\xab" * 32


@pytest.mark.parametrize("text", ["", "ab", "ab" * 31, "ab" * 33, "zz" * 32, "ab " * 32, "\uff41\uff42" * 32])
def test_other_hashes_are_refused(text):
    with pytest.raises(Invalid) as refusal:
        admission.sha256(text)
    assert refusal.value.code == "invalid-sha256"


def test_what_is_read_as_a_whole_fits_on_the_disk():
    for name, supported in SUPPORTED.items():
        assert supported.check is Check.SIGNATURE or supported.largest <= SPOOLED, name
