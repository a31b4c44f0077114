"""The TypeScript client in functions/client: its packages, and the JavaScript that its compiler makes of it."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra.node import installed, run_node, run_npm
from infra.state import ROOT, keep_newest, make_once

CLIENT: Final = ROOT / "functions" / "client"
PACKAGES: Final = [CLIENT / "package.json", CLIENT / "package-lock.json"]

_KEPT = 3


def tools() -> Path:
    """A folder whose `node_modules` has the client's packages, TypeScript among them. Raises NodeError."""
    return installed("client", PACKAGES)


def built() -> Path:
    """A folder with the client and, in `dist`, its JavaScript and declarations; the example is `dist/example`.

    It is below `tools()`, so that Node finds the packages. Raises NodeError with what the compiler refuses.
    """
    finished = tools() / "built" / _digest()
    made = make_once(finished, _build)
    keep_newest(finished.parent, "", _KEPT)
    return made


def pack(destination: Path) -> str:
    """Write the package that a front end installs into this folder; returns its name. Raises NodeError."""
    with tempfile.TemporaryDirectory(dir=tools()) as scratch:
        package = Path(scratch)
        shutil.copytree(built() / "dist", package / "dist")
        for file in (CLIENT / "package.json", CLIENT / "README.md", CLIENT / "SUPABASE.md"):
            shutil.copy(file, package)
        printed = run_npm("pack", "--silent", "--pack-destination", destination, folder=package)
    return printed.split()[-1]


def compile_types(folder: Path) -> None:
    """Check the TypeScript project in a folder below `tools()`. Raises NodeError with what the compiler refuses."""
    run_node(tools() / "node_modules/typescript/bin/tsc", "--project", folder, folder=folder)


def _sources() -> Iterator[Path]:
    yield from (CLIENT / "package.json", CLIENT / "tsconfig.json")
    for folder in (CLIENT, CLIENT / "upload", CLIENT / "example"):
        yield from sorted(folder.glob("*.ts"))


def _digest() -> str:
    texts = (f"{path.relative_to(CLIENT)}\0{path.read_text()}\0" for path in _sources())
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:16]


def _build(folder: Path) -> None:
    for source in _sources():
        target = folder / source.relative_to(CLIENT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    compile_types(folder)
