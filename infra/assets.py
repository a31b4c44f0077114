"""What each Lambda function ships: the modules that its handler imports, and the data files beside them.

The modules are found in the syntax trees, starting at the handler's, so a change in a module restarts the functions
that import it and no others. A module `x.py` also ships the files beside it that have its name: `x.sql`, `x.html`, ….
Third-party packages and the package `ddp` are layers, and no part of an asset.
"""

from __future__ import annotations

import ast
import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from infra.state import ROOT, keep_newest, make_once, state_directory

PACKAGE = "functions"
# Ways to import a module whose name the syntax tree does not show.
COMPUTED = {"importlib", "__import__"}
# Assets that are kept of each function: the local runtime may still run the one before.
KEPT = 3


class AssetError(ValueError):
    """A module imports what no asset can hold; the text names the module."""


def stage(name: str, handler: str, *, folders: Sequence[str] = (), root: Path = ROOT) -> Path:
    """The folder that function `name` ships, named by the hash of what is in it.

    It holds the modules that `handler` (`functions.email.http.handler`) needs, and the `folders` of the repository as
    a whole. Raises AssetError.
    """
    files = [*modules(handler.rpartition(".")[0], root), *files_in(*(root / folder for folder in folders))]
    assets = state_directory() / "functions" / name
    staged = make_once(assets / digest(files, root), lambda folder: _copy(files, root, folder))
    keep_newest(assets, "", KEPT)
    return staged


def digest(files: Iterable[Path], root: Path = ROOT) -> str:
    """A hash of the names and contents of files below `root`, in any order."""
    content = hashlib.sha256()
    for path in sorted(files):
        content.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return content.hexdigest()


def files_in(*folders: Path) -> list[Path]:
    """All files in folders that ship as a whole, but documents."""
    return [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".md" and "__pycache__" not in path.parts
    ]


def modules(name: str, root: Path = ROOT) -> list[Path]:
    """The file of module `name`, of every module that it imports directly or indirectly, and their data files."""
    found: set[Path] = set()
    waiting = list(_files_of(name, root))
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported_by(path, root)
    return sorted(found | {beside for path in found for beside in _data_of(path)})


def _copy(files: Iterable[Path], root: Path, folder: Path) -> None:
    for path in files:
        target = folder / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def _files_of(name: str, root: Path) -> Iterator[Path]:
    """The file of a module, and the `__init__.py` of each package above it that has one."""
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        initial = root.joinpath(*parts[:depth], "__init__.py")
        if initial.is_file():
            yield initial
    if (module := root.joinpath(*parts).with_suffix(".py")).is_file():
        yield module
    elif not root.joinpath(*parts).is_dir():
        raise AssetError(f"The module {name} does not exist.")


def _data_of(module: Path) -> Iterator[Path]:
    return (path for path in module.parent.glob(f"{module.stem}.*") if path.suffix not in {".py", ".md"})


def _imported_by(path: Path, root: Path) -> Iterator[Path]:
    """Files below functions/ that the module at `path` imports, wherever in it the import stands."""
    place = path.relative_to(root)
    for name in imports(path.read_text(), place.parent.parts):
        top = name.split(".")[0]
        if top in COMPUTED:
            raise AssetError(
                f"{place} imports by a computed name (importlib or __import__). Write an import statement, because "
                f"functions ship what import statements name."
            )
        if top == PACKAGE:
            try:
                yield from _files_of(_module_of(name, root), root)
            except AssetError as error:
                raise AssetError(f"{place}: {error}") from None


def _module_of(name: str, root: Path) -> str:
    """The module that an import of `name` means: `name` itself, or the module that defines a thing of that name."""
    path = root.joinpath(*name.split("."))
    if path.with_suffix(".py").is_file() or path.is_dir():
        return name
    definer = path.parent
    is_module = definer.with_suffix(".py").is_file() or (definer / "__init__.py").is_file()
    return name.rpartition(".")[0] if is_module else name


@cache
def imports(source: str, package: tuple[str, ...]) -> tuple[str, ...]:
    """Dotted names that the text of a module in `package` imports; `from a import b` counts as `a.b`.

    Imports inside functions count, those under `if TYPE_CHECKING:` do not. A call of `__import__` counts as an import
    of that name.
    """
    return tuple(name for node in _nodes(ast.parse(source)) for name in _names(node, package))


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node that can run."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and _is_for_types(child.test):
            child = ast.Module(body=child.orelse, type_ignores=[])
        yield child
        yield from _nodes(child)


def _is_for_types(test: ast.expr) -> bool:
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(value=ast.Name(id="typing"), attr="TYPE_CHECKING"):
            return True
    return False


def _names(node: ast.AST, package: tuple[str, ...]) -> list[str]:
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom():
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *filter(None, [node.module])])
            return [f"{module}.{alias.name}" for alias in node.names]
        case ast.Call(func=ast.Name(id="__import__")):
            return ["__import__"]
    return []
