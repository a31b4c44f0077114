"""Which modules of infra/ may import which, and that none import each other in a circle."""

from __future__ import annotations

from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from infra.assets import imports
from infra.state import ROOT

# A folder of infra/, and the folders that no module in it may import.
FORBIDDEN = {
    "constructs": {"capabilities", "stacks", "cli", "local"},
    "capabilities": {"stacks", "cli", "local"},
    "stacks": {"cli", "local"},
    "cli": {"constructs", "capabilities", "stacks"},
    "local": {"constructs", "capabilities", "stacks"},
}


def modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (ROOT / "infra").rglob("*.py")
    }


def imported(path: Path) -> set[str]:
    """Modules of infra/ that the module at `path` imports, those for type checkers left out."""
    known = modules()
    names = imports(path.read_text(), path.relative_to(ROOT).parent.parts)
    return {module for name in names for module in (name, name.rpartition(".")[0]) if module in known}


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_arrows_run_one_way(folder):
    for path in (ROOT / "infra" / folder).rglob("*.py"):
        wrong = {name for name in imported(path) if name.split(".")[1] in FORBIDDEN[folder]}
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_there_is_no_circle():
    TopologicalSorter({name: imported(path) - {name} for name, path in modules().items()}).prepare()


def test_no_folder_shows_more_than_fourteen_source_files():
    for folder in {path.parent for path in modules().values()}:
        assert len({p.stem for p in folder.iterdir() if p.suffix in {".py", ".sql", ".html"}}) <= 14, folder
