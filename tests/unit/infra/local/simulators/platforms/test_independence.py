"""The simulator and the adapters were written apart: each would repeat the other's misunderstandings."""

from __future__ import annotations

import pytest

from tests.unit.test_house import arrows

pytestmark = pytest.mark.thorough

ADAPTERS = "ddp.providers.social"
SIMULATOR = "infra.local.simulators.platforms"


def test_the_simulator_knows_no_adapter() -> None:
    assert arrows(SIMULATOR, ADAPTERS) == []


def test_the_adapters_know_no_simulator() -> None:
    assert arrows(ADAPTERS, "infra") == []


def test_both_are_looked_at() -> None:
    assert arrows(SIMULATOR, "infra.local.simulators.faults")
    assert arrows(ADAPTERS, "ddp.errors")
