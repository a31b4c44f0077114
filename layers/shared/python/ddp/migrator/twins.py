"""Twins: a repeatable file about e-mail that is applied a second time, about SMS.

The header `-- twin: sms (claim_sms_sends, sms_wait)` asks for it, and names the functions that the twin makes, so that
a search for them finds the text. ddp.twins has the exchange.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from ddp.migrator.errors import InvalidFiles
from ddp.migrator.sources import Source, headers
from ddp.twins import exchange

_TWIN = re.compile(r"sms \(([a-z0-9_]+(?:, [a-z0-9_]+)*)\)")
_TWIN_LINE = re.compile(r"^--\s*twin\s*:.*\n", re.MULTILINE)
_REQUIRES_LINE = re.compile(r"^--\s*requires\s*:.*$", re.MULTILINE)
_MAKES = re.compile(
    r"^\s*create (?:or replace )?(?:function|procedure) (?:\w+\.)?(\w+)", re.IGNORECASE | re.MULTILINE
)


def with_twins(sources: Mapping[str, Source]) -> dict[str, Source]:
    """The sources, each followed by its twin if it has one. Raises InvalidFiles."""
    originals = {name for name, source in sources.items() if "twin" in headers(source.text)}
    found: dict[str, Source] = {}
    for name, source in sources.items():
        found[name] = source
        if name in originals:
            twin = _twin(source, originals)
            if twin.name in sources:
                raise InvalidFiles(
                    f"The twin of {source.path} would be {twin.name}, which exists: put `email` into its name."
                )
            found[twin.name] = twin
    return found


def _twin(source: Source, originals: set[str]) -> Source:
    text = exchange(_TWIN_LINE.sub("", source.text, count=1))
    text = _REQUIRES_LINE.sub(_requires_of(source.text, originals), text)
    _check(source, text)
    return Source(name=_name(source.name), path=f"{source.path} (twin for SMS)", text=text)


def _name(name: str) -> str:
    path = PurePosixPath(name)
    return str(path.with_name(exchange(path.name)))


def _requires_of(text: str, originals: set[str]) -> str:
    """The header of the twin: what it requires is exchanged only if that is a twin, too."""
    required = [
        word for line in headers(text).get("requires", []) for word in re.split(r"[,\s]+", line) if word
    ]
    names = [_name(name) if name in originals else name for name in required]
    return f"-- requires: {', '.join(names)}"


def _check(source: Source, twin: str) -> None:
    """Raise InvalidFiles unless the header names exactly what the twin makes, and the original makes none of it."""
    made, original = set(_MAKES.findall(twin)), set(_MAKES.findall(source.text))
    if both := sorted(made & original):
        raise InvalidFiles(
            f"{source.path} and its twin would both make {both[0]}: put the channel into its name, such as "
            f"email_{both[0]}."
        )
    header = headers(source.text)["twin"][0]
    match = _TWIN.fullmatch(header)
    if match is None or set(match[1].split(", ")) != made:
        raise InvalidFiles(
            f"{source.path} must say what its twin makes: write `-- twin: sms ({', '.join(sorted(made))})`."
        )
