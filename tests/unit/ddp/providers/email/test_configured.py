"""The deployment's transport is chosen by name."""

from __future__ import annotations

import pytest

from ddp.providers import email
from ddp.providers.email import ses, smtp


@pytest.mark.parametrize(("name", "module"), [("", ses), ("ses", ses), ("smtp", smtp)])
def test_the_environment_names_the_transport(
    name: str, module: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DDP_EMAIL_TRANSPORT", name)
    monkeypatch.setattr(module, "from_environment", lambda: module)
    assert email.configured() is module


def test_an_unknown_transport_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDP_EMAIL_TRANSPORT", "pigeon")
    with pytest.raises(ValueError, match="DDP_EMAIL_TRANSPORT is 'pigeon'"):
        email.configured()
