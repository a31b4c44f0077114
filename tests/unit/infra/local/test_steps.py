"""What a start prints where there is no terminal: something at once, and something while a step takes long."""

from __future__ import annotations

import io
import threading

from rich.console import Console

from infra.local.steps import Steps


class Output(io.StringIO):
    """Keeps what is printed, and tells when some words were."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words, self.seen = words, threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        if self.words in self.getvalue():
            self.seen.set()
        return written


def test_a_step_is_told_when_it_begins_while_it_lasts_and_when_it_ends():
    output = Output("layers, for")
    steps = Steps(Console(file=output), patience=0.01)
    steps("layers")
    assert output.getvalue() == "  … layers\n"
    assert output.seen.wait(10)
    steps("stacks")
    assert "✓ layers" in output.getvalue()
    steps.finish()
    assert "✓ stacks" in output.getvalue()


def test_a_step_that_failed_is_not_told_as_done():
    output = Output("layers")
    steps = Steps(Console(file=output))
    steps("layers")
    steps.stop()
    assert "✓" not in output.getvalue()
