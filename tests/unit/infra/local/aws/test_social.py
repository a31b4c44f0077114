"""What the local runtime knows of social publishing by name."""

from __future__ import annotations

import json

from tests import lambdas  # noqa: F401 # isort: skip - the environment that functions read when imported
from ddp.providers.social import stored_tokens
from ddp.providers.social.base import Platform
from infra.local.aws import social
from infra.local.simulators.platforms.oauth import client_id, client_secret


def test_the_reason_of_a_lost_key_is_the_workers() -> None:
    assert stored_tokens._GONE == social.LOST


def test_each_platform_gets_the_application_that_the_simulator_knows() -> None:
    secrets = social.application_secrets()
    assert set(secrets) == {f"ddp/local/social/{platform}" for platform in Platform}
    given = json.loads(secrets["ddp/local/social/youtube"])
    assert given == {
        "client_id": client_id("youtube"),
        "client_secret": client_secret("youtube"),
        "webhook_verify_token": social.VERIFY_TOKEN,
    }
