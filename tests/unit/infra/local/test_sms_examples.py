"""What of the template the phone simulator is told, and what is set up through the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.cli.api_client import Answer, Client
from infra.local import sms_examples
from infra.local.aws.assembly import StackArtifact, read_assembly


@pytest.fixture
def assembly(tmp_path: Path) -> list[StackArtifact]:
    """Two stacks, one of them with a protect configuration."""
    rules = [{"CountryCode": "FR", "ProtectStatus": "ALLOW"}, {"CountryCode": "RU", "ProtectStatus": "BLOCK"}]
    protection = {
        "Type": "AWS::SMSVOICE::ProtectConfiguration",
        "Properties": {"CountryRuleSet": {"SMS": [*rules, {"CountryCode": "US", "ProtectStatus": "ALLOW"}]}},
    }
    stacks = {"one": {}, "two": {"Countries": protection}}
    for name, resources in stacks.items():
        (tmp_path / f"{name}.template.json").write_text(json.dumps({"Resources": resources}))
    artifacts = {
        name: {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": f"{name}.template.json"},
            "dependencies": [],
        }
        for name in stacks
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return read_assembly(tmp_path)


def test_the_simulator_has_what_cloudformation_would_make(assembly: list[StackArtifact]) -> None:
    assert sms_examples.account(assembly) == {
        "configuration_set": "ddp-local-sms",
        "opt_out_list": "ddp-local-sms",
        "protect_configuration": "ddp-local-sms",
        "events_topic": "ddp-local-sms-events",
        "inbound_topic": "ddp-local-sms-inbound",
        "countries": "FR US",
    }


class Api:
    """Stands in for the API of SMS's settings, and remembers what it was asked."""

    def __init__(self, identities: list[dict[str, str]]) -> None:
        self.identities = identities
        self.asked: list[tuple[str, str, Any]] = []

    def call(self, _client: Client, method: str, path: str, body: Any = None, _headers: Any = None) -> Answer:
        self.asked.append((method, path, body))
        return Answer(status=200, body={"items": self.identities if "limit=100" in path else []})


@pytest.fixture
def prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with one price."""
    (tmp_path / "prices.csv").write_text(
        "country,kind,price_per_part,valid_from,source\nFR,sender_id,0.07,2026-01-01,Example\n"
    )
    monkeypatch.setattr(sms_examples, "PRICES", tmp_path / "prices.csv")
    monkeypatch.setattr(sms_examples, "_load_windows", lambda _: None)


@pytest.mark.usefixtures("prices")
def test_a_new_database_gets_shared_identities_and_example_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(
        [{"origination_identity_id": "1", "country": "FR"}, {"origination_identity_id": "2", "country": "IN"}]
    )
    monkeypatch.setattr(Client, "call", lambda *arguments: api.call(*arguments))
    sms_examples.add(Client(api_url="http://127.0.0.1:1"), "postgresql://unused")
    assert api.asked == [
        ("GET", "/sms-prices?limit=1", None),
        ("POST", "/origination-identities/sync", None),
        ("GET", "/origination-identities?limit=100", None),
        ("PATCH", "/origination-identities/1", {"is_shared": True}),
        ("PATCH", "/origination-identities/2", {"is_shared": True, "dlt_entity_id": sms_examples.ENTITY_ID}),
        ("POST", "/sms-prices", {"prices": [
            {"country": "FR", "kind": "sender_id", "price_per_part": "0.07", "valid_from": "2026-01-01",
             "source": "Example"},
        ]}),
    ]  # fmt: skip


@pytest.mark.usefixtures("prices")
def test_what_is_there_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def call(_client: Client, method: str, path: str, *_: Any) -> Answer:
        asked.append((method, path))
        return Answer(status=200, body={"items": [{"origination_identity_id": "1"}]})

    monkeypatch.setattr(Client, "call", call)
    sms_examples.add(Client(api_url="http://127.0.0.1:1"), "postgresql://unused")
    assert asked == [("GET", "/sms-prices?limit=1")]
