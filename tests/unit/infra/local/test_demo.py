"""The end of the demo: every address and command that it prints works, or it says what makes it work."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from infra.local.demo import demo

URLS = dict.fromkeys(("Portal", "Documentation", "Mailbox"), "http://127.0.0.1:20000/")


@pytest.mark.parametrize(
    ("was_up", "words"), [(True, "still running"), (False, "work again after `make dev`")]
)
def test_what_to_look_at_next(was_up, words):
    output = io.StringIO()
    demo._print_what_next(Console(file=output), URLS, was_up=was_up)
    told = output.getvalue()
    assert told.index(words) < told.index("http://127.0.0.1:20000/")
    command = next(line for line in told.splitlines() if "local token brand" in line).split()[0]
    assert Path(command).name == "ddp"
