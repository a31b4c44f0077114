"""Commands that a message tells people to type: written as this shell finds them."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path


def typed(*words: str) -> str:
    """A `ddp` command as it can be typed here: `ddp …`, or `.venv/bin/ddp …` where the shell does not find `ddp`."""
    return shlex.join([_program(), *words])


def _program() -> str:
    own = Path(sys.argv[0] if Path(sys.argv[0]).name == "ddp" else Path(sys.executable).with_name("ddp"))
    found = shutil.which("ddp")
    if (found and Path(found).absolute() == own.absolute()) or not own.exists():
        return "ddp"
    return min(str(own.absolute()), os.path.relpath(own.absolute()), key=len)
