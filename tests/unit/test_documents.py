"""Documents lead somewhere: every link and every path that they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("functions/**/*.md"),
        *ROOT.glob("infra/**/*.md"),
        ROOT / "schema/README.md",
    ]
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
# Paths in backticks, from the root or from the document's folder. Placeholders (NNNN, <table>, {key}) and examples that do not exist are left out.
PATH = re.compile(r"`((?:functions|infra|layers|schema|events|tests)/[\w./-]+)`")
EXAMPLES = re.compile(r"NNNN|catalogue|campaign_notes|campaign_theme|postmark|functions/require\.sql")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(document: Path) -> None:
    links = LINK.findall(document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_exist(document: Path) -> None:
    paths = [path for path in PATH.findall(document.read_text()) if not EXAMPLES.search(path)]
    places = (ROOT, document.parent)
    assert [path for path in paths if not any((place / path).exists() for place in places)] == []


def test_the_recipes_name_paths() -> None:
    assert len(PATH.findall((ROOT / "infra/docs/recipes.md").read_text())) > 20
