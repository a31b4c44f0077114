"""Named SQL: `files.sql` holds statements under `-- name: …` headings, `files.py` beside it runs them.

The line below a heading says what the statement is for. Text that several statements of a file share stands once,
under `-- part: columns`; the statements refer to it as `{columns}`.

Statements about a ledger are written about e-mail; `load_by_channel` gives each channel its own (see ddp.twins).
Where the channels differ, a part named for e-mail (`email_columns`) has a counterpart written by hand (`sms_columns`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddp.channels import CHANNELS, EMAIL, Channel
from ddp.errors import NotFound
from ddp.twins import exchange

if TYPE_CHECKING:
    from psycopg import Cursor
    from psycopg.rows import DictRow

_HEADING = re.compile(r"^-- (name|part): *(\w+) *$", re.MULTILINE)


class Queries:
    """The statements of one .sql file as attributes, each as bytes (what psycopg takes from a trusted source)."""

    def __init__(self, sql_file: Path, channel: Channel = EMAIL) -> None:
        text = sql_file.read_text(encoding="utf-8")
        pieces = _HEADING.split(text)
        headings = list(zip(pieces[1::3], pieces[2::3], map(str.strip, pieces[3::3]), strict=True))
        if len(set(pieces[2::3])) != len(headings):
            raise ValueError(f"{sql_file.name}: two statements have the same name")
        texts = headings if channel is EMAIL else list(_exchanged(headings))
        parts = {name: text for kind, name, text in texts if kind == "part"}
        self._statements = {
            name: _filled_in(text, parts).encode() for kind, name, text in texts if kind == "name"
        }
        self._file = sql_file.name

    def __getattr__(self, name: str) -> bytes:
        try:
            return self._statements[name]
        except KeyError:
            raise AttributeError(f"{self._file} has no statement named {name}") from None


def _exchanged(texts: Sequence[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """The texts about SMS. Where the file has one of that name, that one: it was written by hand."""
    by_hand = {name for _, name, _ in texts}
    for kind, name, text in texts:
        name_of_sms = exchange(name)
        if name_of_sms == name or name_of_sms not in by_hand:
            yield kind, name_of_sms, exchange(text)


def _filled_in(text: str, parts: Mapping[str, str]) -> str:
    """The statement with its parts filled in. Other braces, such as those of JSON and arrays, stay."""
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", part)
    return text


def load(python_file: str) -> Queries:
    """The statements of the .sql file beside a Python module: `SQL = load(__file__)`."""
    return Queries(Path(python_file).with_suffix(".sql"))


def load_by_channel(python_file: str) -> Mapping[str, Queries]:
    """The statements of the .sql file beside a Python module, by channel: each about that channel's ledger."""
    sql_file = Path(python_file).with_suffix(".sql")
    return {channel.name: Queries(sql_file, channel) for channel in CHANNELS}


def found(cursor: Cursor[DictRow], what: str) -> DictRow:
    """The first row that a statement returns. Raises NotFound if there is none; `what` is a noun, such as `product`."""
    row = cursor.fetchone()
    if row is None:
        raise NotFound(f"There is no such {what}.", code=f"{what.replace(' ', '-')}-not-found")
    return row


def value(cursor: Cursor[DictRow]) -> Any:
    """The one value of the one row that a statement returns, such as a call of a function."""
    (row,) = cursor.fetchall()
    (only,) = row.values()
    return only
