"""The platform under fire for a minute, by one seed, on a stack of its own; for ten minutes with the slow tests."""

from __future__ import annotations

import pytest
from rich.console import Console

from infra.local import control
from infra.local.chaos.chaos import run
from infra.local.chaos.proof.course import Plan, print_sums
from infra.local.state import StateDirectory

SEED = "a minute in CI"


@pytest.fixture
def burn(tmp_path, assembly):
    """A run; pytest shows what it printed when the test fails."""
    directory, console = StateDirectory(tmp_path), Console(width=120)

    def burn(plan):
        course = run(plan, directory, assembly, console)
        print_sums(course, console)
        return course

    yield burn
    control.down(directory, delete_data=True)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_minute(burn):
    course = burn(Plan(minutes=1, seed=SEED, is_hurried=True))
    assert course.wrong == []
    # Something happened, of every kind.
    emails, texts, posts = course.lines
    assert emails.out > 300
    assert texts.out > 20
    assert posts.out > 5
    happened = course.happened
    assert happened.killed.total() > 20
    assert len(happened.killed) > 5
    assert happened.accidents.total() > 10
    assert set(happened.refused) >= {"foreign ids", "forged tokens"}


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_ten_minutes(burn):
    course = burn(Plan(minutes=10, seed="ten minutes"))
    assert course.wrong == []
    assert {"runner", "emulator", "mailbox", "phones", "platforms", "postgres"} <= set(course.happened.killed)
