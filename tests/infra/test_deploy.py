"""The pinned CDK command line reads what is synthesised here, and `ddp deploy` what it says."""

from __future__ import annotations

import pytest

from infra.cli.deploy import cdk, changes
from infra.stacks.capabilities import GROUPS


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")


def test_the_cdk_knows_the_stacks(prod):
    """An assembly newer than the command line is refused: both versions are pinned, and this holds them together."""
    succeeded, said = cdk.answer("list", "--app", prod.folder)
    assert succeeded, said
    assert set(said.split()) >= {f"ddp-prod-{name}" for name in ("data", "api", *GROUPS)}


def test_without_credentials_the_difference_is_unknown_and_the_templates_are_named(prod):
    part = changes.templates(prod.folder)
    assert not part.is_known
    assert "You need credentials" in part.lines[0]
    assert str(prod.folder) in part.lines[0]
