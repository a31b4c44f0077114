"""The schema directory: ordered migrations, and repeatable files in the order of their requirements.

Header lines are SQL comments above the first statement:

* `-- transaction: none`: the file holds one statement that refuses transactions, or a `do` block that commits piece by
  piece, and can be run again.
* `-- requires: functions/is_admin.sql, views/x.sql`: repeatable files that must be applied before this one.
* `-- statement_timeout: 1h`: instead of the default.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

from ddp.migrator.errors import InvalidFiles

REPEATABLE_FOLDERS = ("functions", "triggers", "views", "policies")
DEFAULT_STATEMENT_TIMEOUT = "5min"

_MIGRATION_NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")
_HEADER = re.compile(r"--\s*(transaction|requires|statement_timeout)\s*:\s*(.+?)\s*")
_TRANSACTION_CONTROL = re.compile(
    r"^\s*(begin|commit|rollback|start\s+transaction)\s*;", re.IGNORECASE | re.MULTILINE
)
_UNGUARDED_INDEX = re.compile(
    r"\bindex\s+concurrently\s+(?!if\s+not\s+exists\b|if\s+exists\b)", re.IGNORECASE
)
_MATERIALIZED_VIEW = re.compile(r"^\s*create\s+materialized\s+view\s+([\w.]+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One ordered file; `name` is relative to the schema directory, `checksum` a SHA-256 in hex."""

    name: str
    text: str
    checksum: str
    in_transaction: bool
    statement_timeout: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """One file that always holds today's text. `checksum` covers its own text and all that it requires."""

    name: str
    text: str
    checksum: str
    requires: tuple[str, ...]
    statement_timeout: str
    materialized_view: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaFiles:
    """All files: migrations by number, repeatables so that each comes after what it requires."""

    migrations: tuple[Migration, ...]
    repeatables: tuple[Repeatable, ...]

    def required_by(self, names: set[str]) -> tuple[Repeatable, ...]:
        """These repeatables and all that they require, directly or not, in order of application."""
        found = set(names)
        for file in reversed(self.repeatables):
            if file.name in found:
                found |= set(file.requires)
        return tuple(file for file in self.repeatables if file.name in found)


def read_schema(directory: Path) -> SchemaFiles:
    """Read and check a schema directory. Raises InvalidFiles."""
    if not (directory / "migrations").is_dir():
        raise InvalidFiles(f"{directory} is no schema directory: it has no folder `migrations`.")
    return SchemaFiles(migrations=_read_migrations(directory), repeatables=_read_repeatables(directory))


def _read_migrations(directory: Path) -> tuple[Migration, ...]:
    migrations = tuple(_migration(path) for path in sorted((directory / "migrations").glob("*.sql")))
    for first, second in pairwise(migrations):
        if _number(first.name) == _number(second.name):
            raise InvalidFiles(
                f"{first.name} and {second.name} have the same number: renumber the newer one."
            )
    return migrations


def _number(name: str) -> str:
    return name.removeprefix("migrations/")[:4]


def _migration(path: Path) -> Migration:
    name, text = f"migrations/{path.name}", _read(path)
    if not _MIGRATION_NAME.fullmatch(path.name):
        raise InvalidFiles(f"{name} is not named like 0001_what_it_does.sql.")
    headers = _headers(text)
    in_transaction = headers.get("transaction", ["default"]) != ["none"]
    _check_transaction(name, text, in_transaction=in_transaction)
    return Migration(
        name=name,
        text=text,
        checksum=_checksum(text),
        in_transaction=in_transaction,
        statement_timeout=headers.get("statement_timeout", [DEFAULT_STATEMENT_TIMEOUT])[0],
    )


def _check_transaction(name: str, text: str, *, in_transaction: bool) -> None:
    if in_transaction and (control := _TRANSACTION_CONTROL.search(text)):
        raise InvalidFiles(
            f"{name} says `{control[1]};`, but the migrator opens and ends the transaction: remove it."
        )
    if not in_transaction and _UNGUARDED_INDEX.search(text):
        raise InvalidFiles(
            f"{name} could not be run again after a crash: write `index concurrently if not exists`."
        )


def _read_repeatables(directory: Path) -> tuple[Repeatable, ...]:
    texts = {
        f"{folder}/{path.name}": _read(path)
        for folder in REPEATABLE_FOLDERS
        for path in sorted((directory / folder).glob("*.sql"))
    }
    requirements = {name: _requirements(name, text, texts) for name, text in texts.items()}
    checksums: dict[str, str] = {}
    repeatables = []
    for name in _in_order(requirements):
        checksums[name] = _checksum(texts[name], *(checksums[required] for required in requirements[name]))
        repeatables.append(_repeatable(name, texts[name], requirements[name], checksums[name]))
    return tuple(repeatables)


def _repeatable(name: str, text: str, requires: tuple[str, ...], checksum: str) -> Repeatable:
    _check_transaction(name, text, in_transaction=True)
    materialized = _MATERIALIZED_VIEW.findall(text)
    if len(materialized) > 1 or any("." not in view for view in materialized):
        raise InvalidFiles(
            f"{name} creates at most one materialized view, named with its schema: it is built aside and swapped."
        )
    return Repeatable(
        name=name,
        text=text,
        checksum=checksum,
        requires=requires,
        statement_timeout=_headers(text).get("statement_timeout", [DEFAULT_STATEMENT_TIMEOUT])[0],
        materialized_view=materialized[0] if materialized else None,
    )


def _requirements(name: str, text: str, known: dict[str, str]) -> tuple[str, ...]:
    words = {
        word for line in _headers(text).get("requires", []) for word in re.split(r"[,\s]+", line) if word
    }
    required = {word if word.endswith(".sql") else f"{word}.sql" for word in words}
    if unknown := sorted(required - known.keys()):
        raise InvalidFiles(f"{name} requires {unknown[0]}, which does not exist in the schema directory.")
    return tuple(sorted(required))


def _in_order(requirements: dict[str, tuple[str, ...]]) -> list[str]:
    """Requirements first; otherwise by folder and name, so that every run has the same order."""
    position = {name: index for index, name in enumerate(requirements)}
    sorter = TopologicalSorter(requirements)
    try:
        sorter.prepare()
    except CycleError as error:
        raise InvalidFiles(
            f"These files require each other in a circle: {' → '.join(error.args[1])}."
        ) from None
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=position.__getitem__)
        ordered += ready
        sorter.done(*ready)
    return ordered


def _headers(text: str) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("--"):
            break
        if match := _HEADER.fullmatch(line):
            headers.setdefault(match[1], []).append(match[2])
    return headers


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")  # universal newlines: a checkout with CRLF has the same checksum


def _checksum(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
