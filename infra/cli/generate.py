"""`ddp generate`: write every generated file that is checked in; with `--check`, fail if one is stale."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from infra.cli import diagram, generated, openapi
from infra.cli.contract import client_types
from infra.cli.database import migrate
from infra.cli.typegen import types
from infra.local.postgres.binaries import DEFAULT_MAJOR, SUPPORTED_MAJORS, BinariesUnavailableError
from infra.local.postgres.fresh import fresh_database
from infra.seed import generate as reference_data
from infra.seed import holiday_dates, phones

Contents = dict[Path, str]

# Each returns its files as {path: text}.
FROM_CODE: Final[tuple[Callable[[], Contents], ...]] = (
    openapi.contents,
    client_types.contents,  # from the document, which has been written
    reference_data.contents,
    phones.contents,
    holiday_dates.contents,
)
# These read a database of the newest PostgreSQL with the schema applied.
FROM_SCHEMA: Final[tuple[Callable[[str], Contents], ...]] = (
    migrate.fingerprint_contents,
    diagram.contents,
    types.contents,
)

_EPILOG: Final = f"""
Generates functions/openapi.json, the types of the API and of the database in functions/client, schema/diagram.md,
schema/fingerprints, the reference data in schema/seed, and what functions/sms knows about numbers.

--check does not compare the fingerprints of PostgreSQL {SUPPORTED_MAJORS[0]} to {SUPPORTED_MAJORS[-2]}, \
which need other servers; `make test-owners` does.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp generate`."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is stale")
    parser.set_defaults(run=migrate.guarded(_run, "ddp generate"))


def _run(arguments: argparse.Namespace) -> int:
    if arguments.check:
        return max([generated.check(contents) for contents in _contents()])
    for contents in _contents():
        generated.write(contents)
    return _write_older_fingerprints()


def _contents() -> Iterator[Contents]:
    for from_code in FROM_CODE:
        yield from_code()
    with fresh_database(migrate.SCHEMA) as url:
        for from_schema in FROM_SCHEMA:
            yield from_schema(url)


def _write_older_fingerprints() -> int:
    """Those of the other majors, which hold what differs from the newest one; 1 if a server is not available."""
    status = 0
    for major in sorted(set(SUPPORTED_MAJORS) - {DEFAULT_MAJOR}, reverse=True):
        try:
            with fresh_database(migrate.SCHEMA, major) as url:
                generated.write(migrate.fingerprint_contents(url))
        except BinariesUnavailableError as error:
            print(f"The fingerprint of PostgreSQL {major} was not renewed: {error}", file=sys.stderr)
            status = 1
    return status
