"""The schema directory: ordered migrations, and repeatable files in the order of their requirements.

A file is known by its kind and its own name: `functions/require.sql`, in whatever folder below `functions` it lies.
The ledger and `-- requires:` use that name, so moving a file between folders changes nothing in any database.

Header lines are SQL comments above the first statement:

* `-- transaction: none`: the file holds one statement that refuses transactions, or a `do` block that commits piece by
  piece, and can be run again.
* `-- requires: functions/is_admin.sql, views/x.sql`: repeatable files that must be applied before this one.
* `-- statement_timeout: 1h`: in place of the default.
* `-- twin: sms (claim_sms_sends, sms_wait)`: the file is about e-mail, and is applied a second time about SMS; see
  ddp.migrator.twins.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path, PurePosixPath

from ddp.migrator.errors import InvalidFiles
from ddp.migrator.sources import Source, headers, read_sources
from ddp.migrator.twins import with_twins

REPEATABLE_KINDS = ("functions", "triggers", "views", "policies")
DEFAULT_STATEMENT_TIMEOUT = "5min"

_MIGRATION_NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")
_TRANSACTION_CONTROL = re.compile(
    r"^\s*(begin|commit|rollback|start\s+transaction)\s*;", re.IGNORECASE | re.MULTILINE
)
_UNGUARDED_INDEX = re.compile(
    r"\bindex\s+concurrently\s+(?!if\s+not\s+exists\b|if\s+exists\b)", re.IGNORECASE
)
_MATERIALIZED_VIEW = re.compile(r"^\s*create\s+materialized\s+view\s+([\w.]+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One ordered file. `path` is relative to the schema directory; `checksum` is a SHA-256 in hex."""

    name: str
    path: str
    text: str
    checksum: str
    in_transaction: bool
    statement_timeout: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """One file that always holds today's text. `checksum` covers its own text and all that it requires."""

    name: str
    path: str
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
        raise InvalidFiles(f"{directory} is not a schema directory: it has no folder `migrations`.")
    return SchemaFiles(migrations=_read_migrations(directory), repeatables=_read_repeatables(directory))


def _read_migrations(directory: Path) -> tuple[Migration, ...]:
    migrations = tuple(_migration(source) for source in read_sources(directory, "migrations").values())
    for first, second in pairwise(migrations):
        if _number(first.name) == _number(second.name):
            raise InvalidFiles(
                f"{first.path} and {second.path} have the same number: renumber the newer one."
            )
    return migrations


def _number(name: str) -> str:
    return name.removeprefix("migrations/")[:4]


def _migration(source: Source) -> Migration:
    if not _MIGRATION_NAME.fullmatch(source.name.removeprefix("migrations/")):
        raise InvalidFiles(f"{source.path} is not named like 0001_what_it_does.sql.")
    given = headers(source.text)
    in_transaction = given.get("transaction", ["default"]) != ["none"]
    _check_transaction(source, in_transaction=in_transaction)
    return Migration(
        name=source.name,
        path=source.path,
        text=source.text,
        checksum=_checksum(source.text),
        in_transaction=in_transaction,
        statement_timeout=given.get("statement_timeout", [DEFAULT_STATEMENT_TIMEOUT])[0],
    )


def _check_transaction(source: Source, *, in_transaction: bool) -> None:
    if in_transaction and (control := _TRANSACTION_CONTROL.search(source.text)):
        raise InvalidFiles(
            f"{source.path} says `{control[1]};`, but the migrator opens and ends the transaction: remove it."
        )
    if not in_transaction and _UNGUARDED_INDEX.search(source.text):
        raise InvalidFiles(
            f"{source.path} could not be run again after a crash: write `index concurrently if not exists`."
        )


def _read_repeatables(directory: Path) -> tuple[Repeatable, ...]:
    sources = with_twins(
        {name: source for kind in REPEATABLE_KINDS for name, source in read_sources(directory, kind).items()}
    )
    requirements = {name: _requirements(source, sources.keys()) for name, source in sources.items()}
    checksums: dict[str, str] = {}
    for name in _in_order(requirements):
        required = (checksums[each] for each in requirements[name])
        checksums[name] = _checksum(sources[name].text, *required)
    return tuple(
        _repeatable(sources[name], requirements[name], checksum) for name, checksum in checksums.items()
    )


def _repeatable(source: Source, requires: tuple[str, ...], checksum: str) -> Repeatable:
    _check_transaction(source, in_transaction=True)
    materialized = _MATERIALIZED_VIEW.findall(source.text)
    if len(materialized) > 1 or any("." not in view for view in materialized):
        raise InvalidFiles(
            f"{source.path} must create at most one materialized view, and name it with its schema."
        )
    return Repeatable(
        name=source.name,
        path=source.path,
        text=source.text,
        checksum=checksum,
        requires=requires,
        statement_timeout=headers(source.text).get("statement_timeout", [DEFAULT_STATEMENT_TIMEOUT])[0],
        materialized_view=materialized[0] if materialized else None,
    )


def _requirements(source: Source, known: Collection[str]) -> tuple[str, ...]:
    lines = headers(source.text).get("requires", [])
    words = {word for line in lines for word in re.split(r"[,\s]+", line) if word}
    required = {word if word.endswith(".sql") else f"{word}.sql" for word in words}
    if unknown := sorted(required - set(known)):
        raise InvalidFiles(
            f"{source.path} requires {unknown[0]}, which does not exist.{_hint(unknown[0], known)}"
        )
    return tuple(sorted(required))


def _hint(unknown: str, known: Collection[str]) -> str:
    """What to write in place of a path with sub-folders."""
    path = PurePosixPath(unknown)
    name = f"{path.parts[0]}/{path.name}"
    return f" Write {name}, without the sub-folder." if name in known else ""


def _in_order(requirements: dict[str, tuple[str, ...]]) -> list[str]:
    """Requirements first; otherwise by kind and name, so that every run has the same order."""
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


def _checksum(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
