"""The documents name only files and folders that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOPS = ("functions", "layers", "infra", "schema", "events", "tests", "requirements")
DOCUMENTS = sorted(
    [
        ROOT / "README.md",
        ROOT / "schema" / "README.md",
        *(ROOT / "functions").rglob("README.md"),
        *(ROOT / "infra").rglob("*.md"),
    ]
)

# `path/to/file.py`, `file.py` or `folder/`, without placeholders; [text](target#heading).
NAMED = re.compile(r"`(\w[\w.-]*(?:/[\w.-]+)*(?:\.(?:py|sql|md|json|toml|txt|html|csv|tsv)|/))`")
LINK = re.compile(r"\]\((?!\w+://)([^)#\s]*)(?:#([^)\s]*))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)

# Prefixes of the bucket's objects, and names that stand for any.
NOT_FILES = {"incoming/", "thumbnails/", "hosted/", "exports/", "x.py", "x.sql", "x.html"}


def existing() -> Iterator[str]:
    """Each file and folder (with a slash at its end), as every part of its path from the right: a/b.py, b.py."""
    paths = [ROOT / "README.md", ROOT / "pyproject.toml", ROOT / "cdk.json"]
    paths += [path for top in TOPS for path in [ROOT / top, *(ROOT / top).rglob("*")]]
    for path in paths:
        parts = path.relative_to(ROOT).parts
        for start in range(len(parts)):
            yield "/".join(parts[start:]) + ("/" if path.is_dir() else "")
    # The migrator knows a repeatable file by its kind and its own name.
    yield from (f"functions/{path.name}" for path in (ROOT / "schema" / "functions").rglob("*.sql"))


EXISTING = set(existing())


@pytest.fixture(params=DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def document(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_every_path_that_is_named_exists(document: Path) -> None:
    named = set(NAMED.findall(document.read_text()))
    assert sorted(named - EXISTING - NOT_FILES) == []


def test_every_link_leads_somewhere(document: Path) -> None:
    broken = [
        f"{path}#{anchor}"
        for path, anchor in LINK.findall(document.read_text())
        if not leads_somewhere(document.parent / path if path else document, anchor)
    ]
    assert broken == []


def leads_somewhere(target: Path, anchor: str) -> bool:
    return target.exists() and (not anchor or anchor in anchors(target.read_text()))


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


def test_the_patterns_find_paths_and_links() -> None:
    assert len(NAMED.findall((ROOT / "infra" / "docs" / "recipes.md").read_text())) > 50
    assert len(LINK.findall((ROOT / "README.md").read_text())) > 20


@pytest.mark.parametrize(
    "capability", sorted(path.parent.name for path in ROOT.glob("functions/*/README.md"))
)
def test_every_capability_says_what_it_guarantees_and_where_that_ends(capability: str) -> None:
    if capability == "client":  # a library for front ends, which guarantees nothing by itself
        return
    text = (ROOT / "functions" / capability / "README.md").read_text()
    sections = re.findall(r"^##+ Guarantees\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(sections) == 1
    assert re.search(r"\*Limits?:\*", sections[0])
