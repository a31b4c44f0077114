"""When memory counts as grown."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from infra.local.chaos.proof import memory as module
from infra.local.chaos.proof.course import Plan
from infra.local.chaos.proof.memory import MEGABYTE, Growth, Memory
from infra.local.state import StateDirectory

SOAK = Plan(minutes=60, seed="1")
CALM_SINCE = SOAK.killing_minutes * 60
# Seconds that a part lives while there is fire.
LIFE = 150


@pytest.mark.parametrize(("second", "holds"), [(100, True), (105, True), (106, False), (50, True)])
def test_five_percent(second, holds):
    assert Growth(part="runner", first=100, second=second).holds is holds


def soaked(directory, *, leak: float, calm_since: float = CALM_SINCE) -> Memory:
    """The readings of an hour: 50 MB and a warm-up of a minute, then `leak` more megabytes each minute of a life."""
    memory = Memory(StateDirectory(directory))
    for at in range(0, 3600, 5):
        born = min(at // LIFE * LIFE, int(calm_since))
        age = at - born
        if age > module.YOUNG_SECONDS:
            size = 50 + min(age, 60) / 6 + leak * age / 60
            memory.readings["runner", (born, float(born))].append((float(at), size))
    return memory


@pytest.mark.parametrize(("leak", "holds"), [(0.0, True), (0.2, True), (1.0, False), (10.0, False)])
def test_a_part_that_leaks_while_it_lives_is_found(tmp_path, leak, holds):
    (growth,) = soaked(tmp_path, leak=leak).growth(CALM_SINCE)
    assert growth.holds is holds, growth


def test_the_same_leak_is_not_seen_in_a_run_that_kills_to_the_end(tmp_path):
    """Why nothing is killed in the last third: no process lives long enough to be compared with itself."""
    assert soaked(tmp_path, leak=10.0, calm_since=3600.0).growth(CALM_SINCE) == []


def test_processes_of_a_part_are_compared_each_with_itself(tmp_path):
    """Another small process in the second half hides nothing."""
    memory = Memory(StateDirectory(tmp_path))
    for at in range(0, 100, 5):
        memory.readings["email-send", (1, 0.0)].append((float(at), 60.0 if at < 62 else 90.0))
        if at > 62:
            memory.readings["email-send", (2, 60.0)].append((float(at), 10.0))
    (growth,) = memory.growth(0.0)
    assert (growth.first, growth.second) == (60.0, 90.0)


def test_without_readings_there_is_no_verdict(tmp_path):
    assert Memory(StateDirectory(tmp_path)).growth(0.0) == []


def test_a_stack_that_was_never_started_has_no_parts(tmp_path):
    memory = Memory(StateDirectory(tmp_path))
    memory.sample()
    assert memory.growth(0.0) == []


def test_a_server_has_the_memory_of_all_its_processes(monkeypatch):
    monkeypatch.setattr(module, "YOUNG_SECONDS", -1.0)
    wasteful = "x = bytearray(b'1') * 50_000_000; print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", wasteful], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        child.stdout.readline()
        ((part, process, size),) = module._with_children("postgres", os.getpid())
        own = psutil.Process().memory_full_info().uss
        child.communicate(b"\n")
    assert (part, process[0]) == ("postgres", os.getpid())
    assert size > own + 45 * MEGABYTE


@pytest.mark.parametrize(("minutes", "killing"), [(1, 1), (29, 29), (30, 20), (60, 40)])
def test_the_last_third_of_a_long_run_is_without_kills(minutes, killing):
    assert Plan(minutes=minutes, seed="1").killing_minutes == pytest.approx(killing)
