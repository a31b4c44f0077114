"""The supervisor starts parts again that end, and gives up after a few times; the parts are sleeping processes."""

from __future__ import annotations

import sys

import pytest

from infra.local import control, supervisor
from infra.local.processes import LocalError, start, stop
from infra.local.state import Phase, StateDirectory
from infra.local.supervisor import Supervisor

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]


class Sleepers:
    """A stack whose parts sleep. While `failure` is set, no part starts again."""

    def __init__(self, log):
        self.ports, self.processes, self._log = {"runner": 1}, {}, log
        self.failure = None
        for name in ("postgres", "runner"):
            self._start(name)

    def restart(self, names, say):
        if self.failure:
            raise LocalError(self.failure)
        for name in names:
            self._start(name)

    def kill(self, name):
        self.processes[name].kill()
        self.processes[name].wait()

    def _start(self, name):
        self.processes[name] = start(SLEEP, log=self._log)


@pytest.fixture
def sleepers(tmp_path):
    stack = Sleepers(tmp_path / "log")
    yield stack
    for process in stack.processes.values():
        stop(process)


@pytest.fixture
def directory(tmp_path):
    return StateDirectory(tmp_path)


@pytest.fixture
def ready(directory, sleepers):
    """The supervisor of a stack that is up."""
    watcher = Supervisor(directory, sleepers)
    watcher.set_phase(Phase.READY)
    return watcher


def test_a_part_that_ends_is_started_again_and_its_restarts_are_counted(ready, directory, sleepers):
    other = directory.read().parts["postgres"]
    for restarts in (1, 2):
        sleepers.kill("runner")
        ready.look()
        part = directory.read().parts["runner"]
        assert (part.process.pid, part.restarts) == (sleepers.processes["runner"].pid, restarts)
        assert part.is_running
        assert control.status(directory).is_ready
    assert directory.read().parts["postgres"] == other


def test_a_part_that_ends_too_often_is_named_and_the_others_go_on(ready, directory, sleepers):
    for _ in range(supervisor.RESTARTS + 1):
        assert control.status(directory).is_ready
        sleepers.kill("runner")
        ready.look()
    status = control.status(directory)
    assert status.phase is Phase.BROKEN
    assert status.explanation == (
        "Ended unexpectedly: runner; 3 restarts within 10 minutes did not help. See the logs."
    )
    assert sleepers.processes["postgres"].poll() is None
    sleepers.kill("postgres")
    ready.look()
    assert "postgres, runner" in control.status(directory).explanation
    assert sleepers.processes["postgres"].poll() is not None


def test_whoever_kills_parts_on_purpose_says_how_often_they_start_again(directory, sleepers):
    patient = Supervisor(directory, sleepers, restarts=supervisor.RESTARTS + 2)
    patient.set_phase(Phase.READY)
    for _ in range(supervisor.RESTARTS + 2):
        sleepers.kill("runner")
        patient.look()
    assert control.status(directory).is_ready
    sleepers.kill("runner")
    patient.look()
    assert "5 restarts within 10 minutes did not help" in control.status(directory).explanation


def test_ends_that_were_long_ago_do_not_count(ready, directory, sleepers, monkeypatch):
    monkeypatch.setattr(supervisor, "WINDOW", 0.0)
    for _ in range(supervisor.RESTARTS + 3):
        sleepers.kill("runner")
        ready.look()
    assert control.status(directory).is_ready


def test_a_restart_that_fails_is_tried_again(ready, directory, sleepers):
    sleepers.failure = "The port is taken."
    sleepers.kill("runner")
    ready.look()
    status = control.status(directory)
    assert status.phase is Phase.RESTARTING
    assert "runner (signal SIGKILL)" in status.explanation
    sleepers.failure = None
    ready.look()
    assert control.status(directory).is_ready


def test_the_last_failure_is_told_when_it_gives_up(ready, directory, sleepers):
    sleepers.failure = "The port is taken."
    sleepers.kill("runner")
    for _ in range(supervisor.RESTARTS + 1):
        ready.look()
    status = control.status(directory)
    assert status.phase is Phase.BROKEN
    assert status.explanation.endswith("See the logs. The port is taken.")


def test_a_part_that_ends_again_before_the_restart_is_over_is_started_again(ready, directory, sleepers):
    restart = sleepers.restart

    def restart_and_lose_it(names, say):
        restart(names, say)
        sleepers.restart = restart
        sleepers.kill("runner")

    sleepers.restart = restart_and_lose_it
    sleepers.kill("runner")
    ready.look()
    ready.look()
    assert control.status(directory).is_ready
    assert sleepers.processes["runner"].poll() is None


def test_a_part_that_ends_while_another_starts_is_started_too(ready, directory, sleepers):
    restart = sleepers.restart

    def restart_and_lose_the_other(names, say):
        restart(names, say)
        sleepers.restart = restart
        sleepers.kill("postgres")

    sleepers.restart = restart_and_lose_the_other
    sleepers.kill("runner")
    ready.look()
    ready.look()
    assert control.status(directory).is_ready
    assert sleepers.processes["postgres"].poll() is None
