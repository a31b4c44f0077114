"""Starting, recognising and ending processes."""

import os
import socket
import subprocess
import sys
import time

import psutil
import pytest

from infra.local.processes import LocalError, ProcessId, end, free_port, start, stop, wait_until

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-S",
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]


def gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def start_child_of_a_parent(log):
    """Start a parent whose child writes "up"; returns the parent and the child's process id."""
    child = [sys.executable, "-S", "-c", "import time; print('up', flush=True); time.sleep(60)"]
    program = f"""
import pathlib, time
from infra.local.processes import start
print(start({child!r}, log=pathlib.Path({str(log)!r})).pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with parent.stdout:
        return parent, int(parent.stdout.readline())


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path):
    parent, child = start_child_of_a_parent(tmp_path / "log")
    wait_until(lambda: "up" in (tmp_path / "log").read_text(), what="the child's start", seconds=5)
    parent.kill()
    parent.wait()
    wait_until(lambda: gone(child), what="the child's death", seconds=5)


def test_a_child_dies_with_a_parent_that_was_killed_before_it_ran(tmp_path):
    parent, child = start_child_of_a_parent(tmp_path / "log")
    parent.kill()
    parent.wait()
    wait_until(lambda: gone(child), what="the child's death", seconds=5)


def test_output_is_appended_to_the_log(tmp_path):
    for _ in range(2):
        start([sys.executable, "-S", "-c", "print('hello')"], log=tmp_path / "logs" / "log").wait()
    assert (tmp_path / "logs" / "log").read_text() == "hello\nhello\n"


@pytest.fixture
def stubborn(tmp_path):
    """A process that ignores SIGTERM."""
    process = start(STUBBORN, log=tmp_path / "log")
    wait_until(lambda: "up" in (tmp_path / "log").read_text(), what="start", seconds=5)
    yield process
    process.kill()
    process.wait()


def test_a_child_that_ignores_the_request_is_killed(stubborn):
    stop(stubborn, grace=0.3)
    assert stubborn.returncode == -9


def test_a_stranger_that_ignores_the_request_is_killed(stubborn):
    end([psutil.Process(stubborn.pid)], grace=0.3)
    assert gone(stubborn.pid)


def test_a_process_id_is_not_taken_for_a_later_one():
    mine = ProcessId.of(os.getpid())
    assert mine.find() is not None
    assert ProcessId(pid=mine.pid, created=mine.created - 1).find() is None


def test_the_preferred_port_is_given_when_it_is_free():
    port = free_port()
    assert free_port(port) == port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert free_port(port) not in {port, 0}


def test_waiting_ends_with_a_sentence():
    began = time.monotonic()
    with pytest.raises(LocalError, match=r"The start did not happen within 0\.1 s\."):
        wait_until(lambda: False, what="The start", seconds=0.1)
    assert time.monotonic() - began < 10
