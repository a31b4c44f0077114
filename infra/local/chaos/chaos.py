"""`make chaos`: the platform under fire, with the proof at its end.

A local stack of its own has tenants who send and post, hostile ones among them. Meanwhile processes of every kind are
killed and providers fail, by seed. Then everything comes to rest, and the providers' own lists are the judges.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

from infra.local import control
from infra.local.chaos.attacks import Attacks
from infra.local.chaos.fire import Fire
from infra.local.chaos.happened import Happened
from infra.local.chaos.load import Load
from infra.local.chaos.platform import Platform
from infra.local.chaos.proof.course import Course, Plan
from infra.local.chaos.proof.live import Show, showing
from infra.local.chaos.proof.memory import Memory
from infra.local.chaos.proof.sums import add_up
from infra.local.chaos.proof.watch import Watch
from infra.local.chaos.settling import settle
from infra.local.chaos.tenants import prepare
from infra.local.state import StateDirectory


def run(plan: Plan, directory: StateDirectory, assembly: Path, console: Console) -> Course:
    """Start a stack in this directory, set fire to it, and judge; the stack is stopped again. Raises LocalError."""
    try:
        console.print("  a stack of its own starts", style="dim")
        return _burn(Platform.start(directory, assembly, lambda _: None), plan, console)
    finally:
        control.down(directory)


def _burn(platform: Platform, plan: Plan, console: Console) -> Course:
    happened, over = Happened(), threading.Event()
    load = Load(tenants=prepare(platform), seed=plan.seed, happened=happened, over=over)
    calm_since = time.monotonic() + plan.killing_minutes * 60
    fire = Fire(platform=platform, seed=plan.seed, happened=happened, over=over, calm_since=calm_since)
    attacks = Attacks(platform=platform, load=load, seed=plan.seed, happened=happened, over=over)
    with showing(console, happened) as show:
        memory, calm = Memory(platform.directory), threading.Event()
        watch = Watch(platform=platform, load=load, show=show, memory=memory, over=calm)
        with ThreadPoolExecutor(2) as watching:
            seen = [watching.submit(loop) for loop in watch.loops()]
            try:
                show.phase = f"under fire for {plan.minutes:g} min, seed {plan.seed}"
                _let_burn([*load.loops(), *fire.loops(), *attacks.loops()], over, plan.minutes * 60)
                began = time.monotonic()
                fire.out()
                waiting = settle(platform, is_hurried=plan.is_hurried, show=lambda left: _tell(show, left))
                seconds = time.monotonic() - began
            finally:
                calm.set()
            for each in seen:
                each.result()
    return Course(
        plan=plan,
        lines=add_up(platform, load),
        happened=happened,
        waiting=waiting,
        growth=memory.growth(calm_since),
        settled_seconds=seconds,
    )


def _let_burn(loops: Sequence[Callable[[], None]], over: threading.Event, seconds: float) -> None:
    """Run all threads for so long. Raises what one of them raised, at once."""
    with ThreadPoolExecutor(len(loops)) as pool:
        running = [pool.submit(_ending(loop, over)) for loop in loops]
        try:
            over.wait(seconds)
        finally:
            over.set()
    for each in running:
        each.result()


def _ending(loop: Callable[[], None], over: threading.Event) -> Callable[[], None]:
    """The loop; its error ends all of them."""

    def guarded() -> None:
        try:
            loop()
        except BaseException:
            over.set()
            raise

    return guarded


def _tell(show: Show, waiting: dict[str, int]) -> None:
    kinds = ", ".join(f"{number} {kind}" for kind, number in waiting.items())
    show.phase = f"the fire is out; still waiting: {kinds}"
