"""What tests of the rendering share."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ddp.rendering.language import meter


@pytest.fixture
def by_steps_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stops the meter's clock, so that a busy machine, or a collection of garbage, refuses nothing."""
    monkeypatch.setattr(meter, "time", SimpleNamespace(thread_time=lambda: 0.0))
