"""A phone simulator that the account's and the opt-out list's functions call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ddp.providers.sms import calls
from tests.unit.infra.local.simulators.phone.conftest import Running, serving


@pytest.fixture
def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    with serving(tmp_path) as running:
        for name, value in {
            "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": running.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "DDP_SMS_CONFIGURATION_SET": "known",
            "DDP_SMS_PROTECT_CONFIGURATION": "protect-1",
            "DDP_SMS_OPT_OUT_LIST": "list",
        }.items():
            monkeypatch.setenv(name, value)
        calls.client.cache_clear()
        yield running
        calls.client.cache_clear()
