"""The steps of a start, as they happen: with a spinner on a terminal, in lines where there is none."""

from __future__ import annotations

import threading
import time

from rich.console import Console

# Seconds after which a line says that a step still runs: the first start builds layers for minutes.
PATIENCE = 20.0


class Steps:
    """Prints the current step, and how long each step took. Without a terminal, also that a step goes on."""

    def __init__(self, console: Console, patience: float = PATIENCE) -> None:
        self._console, self._patience = console, patience
        self._step, self._began = "", time.monotonic()
        self._spinner = console.status("")
        self._is_over = threading.Event()

    def __call__(self, step: str) -> None:
        """Begin the next step."""
        self.finish()
        self._step, self._began = step, time.monotonic()
        if self._console.is_terminal:
            self._spinner.update(step)
            self._spinner.start()
            return
        self._console.print(f"  … {step}")
        self._is_over = threading.Event()
        threading.Thread(target=self._go_on, args=(step, self._is_over), daemon=True).start()

    def finish(self) -> None:
        """End the current step."""
        self.stop()
        if self._step:
            self._console.print(f"  [green]✓[/] {self._step} [dim]{self._seconds():.1f} s[/]")
            self._step = ""

    def stop(self) -> None:
        """Print nothing further about the current step, which failed."""
        self._is_over.set()
        self._spinner.stop()

    def _go_on(self, step: str, is_over: threading.Event) -> None:
        while not is_over.wait(self._patience):
            self._console.print(f"  … {step}, for {self._seconds():.0f} s so far")

    def _seconds(self) -> float:
        return time.monotonic() - self._began
