"""`ddp doctor` on this machine: what it finds is said with what to do, and the exit status says whether all is well."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli.doctor import command, findings, machine, processes
from infra.cli.doctor.findings import Level


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A clone that is not installed, with a state directory of its own."""
    monkeypatch.setattr(machine, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setenv("DDP_STATE_DIR", str(tmp_path / "state"))
    return tmp_path


def told(look):
    """The findings of one look that are wrong, as text."""
    return "\n".join(str(each) for each in look() if each.level is Level.WRONG)


def test_without_an_environment_it_says_make_setup(home):
    assert "make setup" in told(machine.look_at_environment)


def test_an_environment_older_than_its_lock_files(home):
    (home / ".venv").mkdir()
    (home / ".venv/.installed").touch()
    os.utime(home / ".venv/.installed", (0, 0))
    assert "older than requirements/uv.txt" in told(machine.look_at_environment)
    assert "Node, which comes as a Python package, is missing" in told(machine.look_at_environment)


@pytest.mark.parametrize(
    ("name", "version", "level"),
    [
        ("glibc", "2.36", Level.GOOD),
        ("glibc", "2.34", Level.GOOD),
        ("glibc", "2.31", Level.WRONG),
        ("", "", Level.WRONG),
    ],
)
def test_the_c_library(name, version, level):
    assert machine._glibc(name, version).level is level


def test_python_is_too_old(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    assert "3.11 or newer is needed" in told(machine.look_at_python)


def test_python_without_ensurepip(home, monkeypatch):
    monkeypatch.setattr(machine, "find_spec", lambda _: None)
    assert "python3-venv" in told(machine.look_at_python)


def test_no_space(home, monkeypatch):
    monkeypatch.setattr(machine, "SPACE_FOR_SETUP", 10**18)
    assert "are needed" in told(machine.look_at_state_directory)


def test_a_state_directory_of_somebody_else(home, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "cannot be written by you" in told(machine.look_at_state_directory)


def test_a_proxy_that_also_applies_here(monkeypatch):
    for name in ("http_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert "export NO_PROXY" in told(machine.look_at_ports)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    assert told(machine.look_at_ports) == ""


def test_a_package_index_that_does_not_answer_matters_until_all_is_installed(home, monkeypatch):
    monkeypatch.setattr(machine, "_output", lambda *_: None)
    assert "does not answer" in told(machine.look_at_packages)
    for made in (home / ".venv", home / "state/layers/base"):
        made.mkdir(parents=True)
    (home / ".venv/.installed").touch()
    assert told(machine.look_at_packages) == ""


def test_processes_of_an_earlier_stack_are_named(home):
    directory = home / "state"
    command_line = [sys.executable, "-c", "import sys; sys.stdin.read()", "-D", str(directory / "postgres")]
    with subprocess.Popen(command_line, stdin=subprocess.PIPE) as left:
        # pytest's own processes are no family of another stack's: the child of this test counts as left behind.
        found = processes.left_behind(directory, known=set(), own=-1)
        sentence = "\n".join(map(str, processes._left_over(found, directory)))
        assert [each.pid for each in found] == [left.pid]
        assert f"kill {left.pid}" in sentence
        assert processes.left_behind(directory, known={left.pid}, own=-1) == []
        assert processes.left_behind(Path(f"{directory}-other"), known=set(), own=-1) == []


def test_the_exit_status(capsys):
    assert command.tell([findings.good("A."), findings.note("B.")]) == 0
    assert command.tell([findings.good("A."), findings.wrong("C.", "Do this.")]) == 1
    assert "1 thing is missing or in the way." in capsys.readouterr().out


def test_it_runs_before_anything_is_installed():
    """With an old Python and without packages: only the standard library, and its syntax of 3.8."""
    folder = Path(machine.__file__).parent
    for file in (folder / "command.py", folder / "findings.py", folder / "machine.py"):
        ast.parse(file.read_text(), feature_version=(3, 8))
    code = "import sys, infra.cli.doctor.command, infra.cli.doctor.machine"
    asked = [sys.executable, "-S", "-c", code]
    subprocess.run(asked, cwd=machine.ROOT, check=True, env={"PATH": os.environ["PATH"]})
