"""What SMS need on this machine: an account at the phone simulator, and an example of everything that people set up."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import psycopg

from functions.maintenance.seed import reference
from infra.cli.api_client import Client, ask
from infra.local.aws.assembly import StackArtifact

NAME: Final = "ddp-local-sms"
PRICES: Final = Path(__file__).parent / "simulators/phone/account/prices.csv"
# India wants the id of the sender's entity with each message; this one is nobody's.
ENTITY_ID: Final = "1101234567890123456"


def account(stacks: Iterable[StackArtifact]) -> dict[str, str]:
    """The simulator's options: what CloudFormation makes in an account, which the emulator does not.

    Names are the template's literals; the countries are those of its protect configuration.
    """
    countries = [
        rule["CountryCode"]
        for stack in stacks
        for protection in stack.resources("AWS::SMSVOICE::ProtectConfiguration").values()
        for rule in protection["Properties"]["CountryRuleSet"]["SMS"]
        if rule["ProtectStatus"] == "ALLOW"
    ]
    return {
        "configuration_set": NAME,
        "opt_out_list": NAME,
        "protect_configuration": NAME,
        "events_topic": f"{NAME}-events",
        "inbound_topic": f"{NAME}-inbound",
        "countries": " ".join(countries),
    }


def add(admin: Client, database_url: str) -> None:
    """Add reference data, the account's identities, shared with all, and example prices; nothing where they are there.

    Raises ApiError.
    """
    _load_windows(database_url)
    if ask(admin, "GET", "/sms-prices?limit=1")["items"]:
        return  # they are added last
    ask(admin, "POST", "/origination-identities/sync")
    for identity in ask(admin, "GET", "/origination-identities?limit=100")["items"]:
        change: dict[str, Any] = {"is_shared": True}
        if identity["country"] == "IN":
            change["dlt_entity_id"] = ENTITY_ID
        ask(admin, "PATCH", f"/origination-identities/{identity['origination_identity_id']}", change)
    with PRICES.open(encoding="utf-8", newline="") as file:
        ask(admin, "POST", "/sms-prices", {"prices": list(csv.DictReader(file))})


def _load_windows(database_url: str) -> None:
    """Without windows and holidays no hour is allowed."""
    with psycopg.connect(database_url) as connection, connection.transaction():
        empty = connection.execute("select not exists (select from public.sending_windows)").fetchone()
        if empty == (True,):
            reference.load(connection)
