"""When memory counts as grown."""

from __future__ import annotations

import pytest

from infra.local.chaos.proof.memory import Growth, Memory
from infra.local.state import StateDirectory


@pytest.mark.parametrize(("second", "holds"), [(100, True), (105, True), (106, False), (50, True)])
def test_five_percent(second, holds):
    assert Growth(part="runner", first=100, second=second).holds is holds


def test_halves_are_those_of_the_run_and_not_of_the_samples(tmp_path):
    memory = Memory(StateDirectory(tmp_path))
    memory.samples["runner"] = [(0.0, 10.0), (1.0, 10.0), (2.0, 11.0), (3.0, 12.0), (10.0, 30.0)]
    memory.samples["mailbox"] = [(0.0, 5.0)]  # it was never old enough in the second half
    (growth,) = memory.growth()
    assert (growth.part, growth.first, growth.second) == ("runner", 10.5, 30.0)


def test_without_samples_there_is_no_verdict(tmp_path):
    assert Memory(StateDirectory(tmp_path)).growth() == []


def test_a_stack_that_was_never_started_has_no_parts(tmp_path):
    memory = Memory(StateDirectory(tmp_path))
    memory.sample()
    assert memory.growth() == []
