"""Rules of the code's layout: the direction of imports, and the size of folders, files and functions.

tests/unit/schema/test_layout.py has the rules for SQL functions.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from infra.assets import imports

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers/shared/python"
SOURCES = {
    path: ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")
    for base, top in ((LAYER, "ddp"), (ROOT, "functions"), (ROOT, "infra"))
    for path in sorted((base / top).rglob("*.py"))
}
MODULES = set(SOURCES.values())

MOST_FILES = 14
# The layer's top folder is the vocabulary that everything imports, one word per module.
MOST_VOCABULARY = 18
LONGEST_FILE = 300
LONGEST_FUNCTION = 45


def module_of(name: str) -> str | None:
    """The module of ours that an imported dotted name refers to; None if it is not ours."""
    if name in MODULES:
        return name
    above = name.rpartition(".")[0]
    return above if above in MODULES else None


@cache
def graph() -> Mapping[str, set[str]]:
    """The modules that each module imports, anywhere in its code, except only for types."""
    found: dict[str, set[str]] = defaultdict(set)
    for path, module in SOURCES.items():
        package = path.parent.relative_to(LAYER if path.is_relative_to(LAYER) else ROOT).parts
        for name in imports(path.read_text(), package):
            target = module_of(name)
            if target and target != module:
                found[module].add(target)
    return found


def circle(arrows: Mapping[str, set[str]]) -> list[str]:
    """The modules of one import circle, in order; empty if there is none."""
    done: set[str] = set()

    def visit(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        for target in sorted(arrows.get(module, ())):
            if found := visit(target, [*path, module]):
                return found
        done.add(module)
        return []

    return next(filter(None, (visit(module, []) for module in sorted(arrows))), [])


def inside(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def arrows(start: str, *forbidden: str, but: tuple[str, ...] = ()) -> list[str]:
    """Imports from inside `start` to one of the forbidden packages."""
    return [
        f"{module} -> {target}"
        for module, targets in graph().items()
        if inside(module, start)
        for target in sorted(targets)
        if inside(target, *forbidden) and not inside(target, *but)
    ]


def test_no_import_circle() -> None:
    assert circle(graph()) == []


def test_a_circle_would_be_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


def test_the_graph_sees_imports_inside_functions() -> None:
    assert "functions.uploads.images" in graph()["functions.uploads.content"]


@pytest.mark.parametrize(
    ("start", "forbidden"),
    [
        ("ddp", ("functions", "infra")),
        ("functions", ("infra",)),
        ("functions.sending", ("functions.email", "functions.sms")),
        ("ddp.providers", ("ddp.queries",)),
        ("ddp.queries", ("ddp.providers", "ddp.edge", "ddp.rendering")),
        ("infra.constructs", ("infra.capabilities", "infra.stacks", "infra.cli", "infra.local")),
        ("infra.capabilities", ("infra.stacks", "infra.cli", "infra.local")),
        ("infra.stacks", ("infra.cli", "infra.local")),
        ("infra.local", ("infra.constructs", "infra.capabilities", "infra.stacks")),
        ("infra.cli", ("infra.constructs", "infra.capabilities", "infra.stacks")),
        ("infra.cli.api_client", ("infra.local",)),
    ],
)
def test_arrows_run_one_way(start: str, forbidden: tuple[str, ...]) -> None:
    assert arrows(start, *forbidden) == []


def test_capabilities_import_each_other_only_through_sending() -> None:
    capabilities = {path.name for path in (ROOT / "functions").iterdir() if path.is_dir()} - {"sending"}
    for capability in capabilities:
        others = tuple(f"functions.{name}" for name in capabilities - {capability})
        assert arrows(f"functions.{capability}", *others) == []


def folders() -> Iterator[Path]:
    for top in (ROOT / "functions", ROOT / "infra", LAYER / "ddp"):
        yield from (path for path in [top, *top.rglob("*")] if path.is_dir() and path.name != "__pycache__")


def shown(folder: Path) -> set[str]:
    return {
        path.stem for path in folder.iterdir() if path.suffix in {".py", ".sql"} and path.stem != "__init__"
    }


def test_a_folder_shows_at_most_a_dozen_files() -> None:
    crowded = {
        str(folder.relative_to(ROOT)): sorted(files)
        for folder in folders()
        if len(files := shown(folder)) > (MOST_VOCABULARY if folder == LAYER / "ddp" else MOST_FILES)
    }
    assert crowded == {}


def test_files_are_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}, {node.name}: {length} lines"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


def test_every_named_query_says_what_it_is_for() -> None:
    silent = [
        f"{path.relative_to(LAYER)}: {name}"
        for path in sorted((LAYER / "ddp").rglob("*.sql"))
        for name, next_line in re.findall(r"^-- name: *(\w+) *\n(.*)$", path.read_text(), re.MULTILINE)
        if not next_line.startswith("-- ")
    ]
    assert silent == []
