"""Builds the Lambda layers without Docker: wheels for the target, byte-code that survives CDK's zip files.

A layer is a folder `python/` that Lambda mounts at /opt. It depends only on its lock file and the target, so it
is built once and kept under the state directory by a hash of both.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra import notices
from infra.settings import Architecture, Settings, machine_architecture, machine_python
from infra.state import ROOT, keep_newest, make_once, state_directory

# Part of every cache key: raise it when this module makes layers differently.
RECIPE = "3"
# Builds that are kept of each layer and target.
KEPT = 3

# uv's names for the platforms of Lambda's Amazon Linux 2023 (glibc 2.34; 2_28 is the newest that has all wheels).
PLATFORMS = {
    Architecture.ARM64: "aarch64-manylinux_2_28",
    Architecture.X86_64: "x86_64-manylinux_2_28",
}

# Of a wheel's metadata only what importlib.metadata reads is kept: the rest has paths and times of the build in it.
DROPPED_METADATA = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")


# Folders that no function reads: places, carriers and time zones of numbers are 40 of the 48 MB of phonenumbers.
# infra/seed/phone_places.py makes of them the small table that ships.
UNUSED = ("phonenumbers/geodata", "phonenumbers/carrierdata", "phonenumbers/tzdata")


class LayerBuildError(RuntimeError):
    """A layer's libraries could not be installed; the text is uv's message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a layer's binaries and byte-code are made for."""

    python_version: str
    architecture: Architecture

    @classmethod
    def of(cls, settings: Settings) -> Target:
        """The target of one deployment."""
        return cls(python_version=settings.python_version, architecture=settings.architecture)

    @property
    def has_byte_code(self) -> bool:
        """Whether byte-code can be made here: only an interpreter of the same minor version writes it."""
        return self.python_version == machine_python()

    @property
    def is_this_machine(self) -> bool:
        """Whether this interpreter itself could run the layer."""
        return self.has_byte_code and self.architecture is machine_architecture()


def third_party(name: str, target: Target) -> Path:
    """The folder of layer `name`, built from layers/<name>/requirements.txt. Raises LayerBuildError."""
    requirements = ROOT / "layers" / name / "requirements.txt"
    key = _key(requirements.read_bytes(), target)

    def fill(folder: Path) -> None:
        _install(requirements, folder, target)
        notices.write(folder, folder.parent / "notices", name)

    return _once(name, key, fill, target)


def shared(target: Target) -> Path:
    """The folder of the layer that holds the package `ddp`."""
    source = ROOT / "layers" / "shared" / "python"
    files = sorted(p for p in source.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    content = b"".join(str(p.relative_to(source)).encode() + b"\0" + p.read_bytes() + b"\0" for p in files)
    ignore = shutil.ignore_patterns("__pycache__")
    return _once(
        "shared", _key(content, target), lambda folder: shutil.copytree(source, folder, ignore=ignore), target
    )


def _key(content: bytes, target: Target) -> str:
    words = (RECIPE, target.python_version, target.architecture, sys.implementation.cache_tag)
    return hashlib.sha256("\0".join((*words, "")).encode() + content).hexdigest()[:16]


def _once(name: str, key: str, fill: Callable[[Path], object], target: Target) -> Path:
    """The layer's finished folder, made by `fill(folder)` where its key is new."""

    def make(layer: Path) -> None:
        fill(layer / "python")
        _clean(layer / "python")
        if target.has_byte_code:
            _compile(layer)

    layers = state_directory() / "layers"
    # No dot in the name: CDK would take what follows for an extension.
    prefix = f"{name}-{target.python_version.replace('.', '_')}-{target.architecture}-"
    finished = make_once(layers / f"{prefix}{key}", make)
    keep_newest(layers, prefix, KEPT)
    return finished


def _install(requirements: Path, folder: Path, target: Target) -> None:
    """Unpack the locked wheels into `folder`; sources are refused, so nothing is compiled or run here."""
    uv = Path(sys.executable).with_name("uv")
    foreign = () if target.is_this_machine else ("--python-platform", PLATFORMS[target.architecture])
    command = (
        uv, "pip", "install", "--quiet", "--no-config", "--target", folder, "--requirements", requirements,
        "--require-hashes", "--only-binary", ":all:", "--link-mode", "copy",
        "--python", sys.executable, "--python-version", target.python_version, *foreign,
    )  # fmt: skip
    outcome = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    if outcome.returncode:
        raise LayerBuildError(f"{requirements.relative_to(ROOT)} for {target}:\n{outcome.stderr}")


def _clean(folder: Path) -> None:
    """Remove files that no function uses or that differ from build to build."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    (folder / ".lock").unlink(missing_ok=True)
    for metadata in folder.glob("*.dist-info"):
        for name in DROPPED_METADATA:
            (metadata / name).unlink(missing_ok=True)
    unused = (folder / name for name in UNUSED)
    for path in (*folder.rglob("__pycache__"), *folder.rglob("tests"), *unused):
        shutil.rmtree(path, ignore_errors=True)


def _compile(layer: Path) -> None:
    """Write byte-code that is valid whatever the files' times are, with the paths that the files have on Lambda.

    CDK's zip files reset all times, which would make ordinary byte-code stale: imports would take twice as long. A
    fixed hash seed and a process of its own make the bytes the same at each build.
    """
    command = (
        sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
        "-s", layer, "-p", "/opt", layer,
    )  # fmt: skip
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(command, env=environment, check=True)
