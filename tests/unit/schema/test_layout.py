"""schema/functions has few files per folder, and functions short enough to read."""

from __future__ import annotations

import re
from pathlib import Path

FUNCTIONS = Path(__file__).parents[3] / "schema" / "functions"
MOST_FILES = 14
MOST_LINES = 120

# A function ends where the comment on it begins.
_FUNCTION = re.compile(
    r"^create or replace function ([\w.]+)\(.*?(?=^comment on function )", re.DOTALL | re.MULTILINE
)


def lengths() -> dict[str, int]:
    """The number of lines of each function."""
    texts = [file.read_text() for file in FUNCTIONS.rglob("*.sql")]
    return {found[1]: found[0].count("\n") for text in texts for found in _FUNCTION.finditer(text)}


def test_no_function_is_too_long_to_read() -> None:
    assert len(lengths()) > 200
    assert {name for name, lines in lengths().items() if lines > MOST_LINES} == set()


def test_no_folder_has_too_many_files() -> None:
    folders = [folder for folder in (FUNCTIONS, *FUNCTIONS.rglob("*")) if folder.is_dir()]
    assert {str(f): n for f in folders if (n := len(list(f.glob("*.sql")))) > MOST_FILES} == {}


def test_every_file_is_in_a_folder() -> None:
    assert list(FUNCTIONS.glob("*.sql")) == []


def test_what_moves_one_ledger_moves_the_other() -> None:
    """Whoever looks for a function about SMS finds the text that makes it, by its name in the header."""
    files = list((FUNCTIONS / "ledger").glob("*.sql"))
    assert len(files) > 10
    assert [file.name for file in files if not file.read_text().startswith("-- twin: sms (")] == []
