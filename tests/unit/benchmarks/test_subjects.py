"""`make bench` measures each subject in a new process, whatever ran before it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from infra.state import ROOT
from tests.benchmarks.__main__ import measure

pytestmark = pytest.mark.thorough

SUBJECT = """
import os
from tests.benchmarks.measure import Row, peak_megabytes

ballast = b"x" * {ballast}

def rows():
    what = "{name} in process " + str(os.getpid())
    yield Row(what=what, measured=1.0, wrong=peak_megabytes() > 150)
"""


@pytest.fixture
def subjects(tmp_path, monkeypatch):
    """Two subjects: `huge` takes more than the 150 MB that both allow, `slim` takes less."""
    for name, ballast in (("huge", 200_000_000), ("slim", 1)):
        (tmp_path / f"{name}.py").write_text(SUBJECT.format(name=name, ballast=ballast))
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize(
    ("order", "status"), [(["huge", "slim"], 1), (["slim", "huge"], 1), (["slim", "slim"], 0)]
)
def test_each_subject_has_its_own_process_in_any_order(subjects, capfd, order, status):
    assert measure(order) == status
    found = [line.split() for line in capfd.readouterr().out.splitlines() if " in process " in line]
    assert [words[words.index("process") - 2] for words in found] == order
    assert len({words[words.index("process") + 1] for words in found}) == 2


def test_a_subject_that_fails_does_not_keep_the_others_from_running(subjects, capfd):
    assert measure(["nothing", "slim"]) == 1
    assert "slim in process" in capfd.readouterr().out


INTERRUPTED = """
import os, signal, time

def rows():
    try:
        os.killpg(0, signal.SIGINT)  # as Ctrl-C in a terminal
        time.sleep(60)
    finally:
        time.sleep(0.5)  # a server that takes a while to stop
        print("stopped its servers", flush=True)
"""


# A shell's background job ignores the signal, and so would what it starts.
MEASURE = """
import signal
from tests.benchmarks.__main__ import measure

signal.signal(signal.SIGINT, signal.default_int_handler)
measure(["interrupted"])
"""


def test_an_interrupted_subject_stops_its_servers(subjects, tmp_path):
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    command = [sys.executable, "-c", MEASURE]
    ended = subprocess.run(command, capture_output=True, text=True, start_new_session=True, timeout=60)
    assert ended.returncode != 0
    assert "stopped its servers" in ended.stdout


def test_the_peak_of_a_process_is_not_that_of_the_process_that_started_it():
    ballast = b"x" * 300_000_000
    program = "from tests.benchmarks.measure import peak_megabytes; print(peak_megabytes())"
    command = [sys.executable, "-c", program]
    peak = float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    assert 5 < peak < 150 < len(ballast) / 1e6
