"""Where X sees an address in a text: with a scheme, or a name that ends in a top-level domain.

Follows the rules of X's own library (twitter-text 3.1, extractUrlsWithIndices) but reads the text once, from left to
right, so that the time grows with the length alone: the library's patterns take seconds for `a.a.a.…`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# Of the same library: what is newer than its last version (2021) makes an address only with its scheme.
_TOPS: Final = frozenset(Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split())

_SPACES = r"\x09-\x0d \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TURNS = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_INVALID = "\ufffe\ufeff\uffff"
_LATIN = (
    "\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b\u02bb"
    "\u0300-\u036f\u1e00-\u1eff"
)
# What may stand in a name: anything but punctuation and spaces; and the marks that join a name.
_PUNCTUATION = r"!'#%&()*+,\\/:;<=>?@\[\]^{|}~$"
_NAME: Final = re.compile(rf"[^{_PUNCTUATION}{_SPACES}{_INVALID}{_TURNS}]+")
_SCHEME: Final = re.compile(r"https?://\Z", re.IGNORECASE)
# Not before an address. Letters and digits stand in the name itself.
_BEFORE: Final = re.compile(rf"[A-Za-z0-9@\uff20$#\uff03{_INVALID}]")
_ASCII_LABELS: Final = re.compile(rf"(?:[-a-z0-9{_LATIN}]+\.)+", re.IGNORECASE)
_TOP: Final = re.compile(r"(?:xn--[-0-9a-z]+|[a-z]+(?![0-9a-z@+-]))", re.IGNORECASE)
_OTHER_TOP: Final = re.compile(
    f"(?:{'|'.join(sorted((top for top in _TOPS if not top.isascii()), key=len, reverse=True))})(?![0-9a-zA-Z@+-])"
)
_PATH_MARKS = rf"a-z\u0400-\u04ff0-9!*';:=+,.$/%#\[\]\u2013_~@|&{_LATIN}-"
_PORT: Final = re.compile(r":[0-9]+")
_PATH: Final = re.compile(rf"/[{_PATH_MARKS}()]*", re.IGNORECASE)
_PATH_END: Final = re.compile(rf"[+a-z\u0400-\u04ff0-9=_#/{_LATIN})-]", re.IGNORECASE)
_QUERY: Final = re.compile(r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*", re.IGNORECASE)
_QUERY_END: Final = re.compile(r"[a-z0-9\-_&=#/]", re.IGNORECASE)
_SHORTENED: Final = re.compile(r"/[a-z0-9]+", re.IGNORECASE)
_LONGEST_LABEL = 63
_LONGEST_SCHEME = len("https://")
_LONGEST_SHORTENED = 40


def found(text: str) -> list[tuple[int, int]]:
    """Where each address begins and ends. The text is in NFC."""
    spans: list[tuple[int, int]] = []
    position = 0
    while name := _NAME.search(text, position):
        position = name.end()
        for span in _of_name(text, *name.span(), after=spans[-1][1] if spans else -1):
            spans.append(span)
            position = max(position, span[1])
    return spans


def _of_name(text: str, start: int, end: int, *, after: int) -> Iterator[tuple[int, int]]:
    """The addresses of a name, of which there may be several in scripts that write no spaces.

    `after`: where the address before ended.
    """
    scheme = _SCHEME.search(text, max(0, start - _LONGEST_SCHEME), start)
    if scheme and (scheme.start() == 0 or not _BEFORE.match(text, scheme.start() - 1)):
        host_end = _host_end(text, start, end)
        if host_end and (address_end := _end_with_scheme(text, start, host_end)):
            yield scheme.start(), address_end
        return
    # A character stands between two addresses: here the name's first.
    first = _start_without_scheme(text, start + (start == after), end)
    host_end = _host_end(text, first, end) if first is not None else None
    if first is not None and host_end:
        yield from _in_ascii(text, first, host_end)


def _start_without_scheme(text: str, start: int, end: int) -> int | None:
    """Where an address may begin; None: what stands before it, such as `@` or `/`, says that it is none."""
    if start == 0 or not _BEFORE.match(text, start - 1):
        return None if start and text[start - 1] == "/" else start
    for place in range(start, end - 1):
        if not text[place].isascii():
            return place + 1
        if text[place] in "-_.":
            return None
    return None


def _host_end(text: str, start: int, end: int) -> int | None:
    """Where the host ends that begins here: after the last top-level domain that follows whole labels."""
    host_end, place = None, start
    previous: str | None = None
    for label in text[start:end].split("."):
        if previous is not None and "_" not in previous and (top := _top(text, place, end)):
            host_end = top
        if not _is_label(label):
            break
        previous, place = label, place + len(label) + 1
    return host_end


def _top(text: str, place: int, end: int) -> int | None:
    """Where the top-level domain ends that begins here; None: there is none."""
    if (ascii_top := _TOP.match(text, place, end)) and _is_followed_well(text, ascii_top.end()):
        word = ascii_top[0].lower()
        return ascii_top.end() if word.startswith("xn--") or word in _TOPS else None
    other = _OTHER_TOP.match(text, place, end)
    return other.end() if other and _is_followed_well(text, other.end()) else None


def _is_followed_well(text: str, place: int) -> bool:
    """`a.com@` and `a.com+` are none: the marks end the name, but are part of something else."""
    return text[place : place + 1] not in {"@", "+"}


def _is_label(label: str) -> bool:
    """Whether it begins and ends with what is not `-` or `_`, and is no longer than DNS has it."""
    if not 0 < len(label) <= _LONGEST_LABEL or label[0] in "-_" or label[-1] in "-_":
        return False
    if label.isascii():
        return True
    is_encoded = label[:4].lower() == "xn--"
    return not is_encoded and len(label.encode("punycode")) + len("xn--") <= _LONGEST_LABEL


def _in_ascii(text: str, start: int, host_end: int) -> Iterator[tuple[int, int]]:
    """Addresses without a scheme have ASCII names; the last may have a path."""
    spans = []
    for labels in _ASCII_LABELS.finditer(text, start, host_end):
        dots = [place for place in range(labels.start(), labels.end()) if text[place] == "."]
        tops = (_top(text, dot + 1, host_end) for dot in reversed(dots))
        if top := next(filter(None, tops), None):
            spans.append((labels.start(), top))
    for place, span in enumerate(spans, 1):
        is_last = place == len(spans)
        yield span[0], _end(text, host_end) if is_last and _has_path(text, host_end) else span[1]


def _has_path(text: str, host_end: int) -> bool:
    return _PATH.match(text, _after_port(text, host_end)) is not None


def _after_port(text: str, host_end: int) -> int:
    port = _PORT.match(text, host_end)
    return port.end() if port else host_end


def _end_with_scheme(text: str, start: int, host_end: int) -> int | None:
    """Where the address ends. X's own short addresses end with their code; one that is too long is none."""
    shortened = _SHORTENED.match(text, host_end) if text[start:host_end].lower() == "t.co" else None
    if shortened is None:
        return _end(text, host_end)
    if len(shortened[0]) - 1 > _LONGEST_SHORTENED:
        return None
    return _trimmed(text, _QUERY, _QUERY_END, shortened.end())


def _end(text: str, host_end: int) -> int:
    path_end = _trimmed(text, _PATH, _PATH_END, _after_port(text, host_end))
    return _trimmed(text, _QUERY, _QUERY_END, path_end)


def _trimmed(text: str, pattern: re.Pattern[str], last: re.Pattern[str], place: int) -> int:
    """Where what matches here ends, without marks at its end that belong to the sentence; `place` if nothing does."""
    matched = pattern.match(text, place)
    if not matched:
        return place
    end = matched.end()
    while end > place and not last.match(text, end - 1):
        end -= 1
    unclosed = text.count(")", place, end) - text.count("(", place, end)
    while unclosed > 0 and text[end - 1] == ")":
        end, unclosed = end - 1, unclosed - 1
        while end > place and not last.match(text, end - 1):
            end -= 1
    return end
