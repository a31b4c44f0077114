"""Schemathesis against the API's document: no failure, no answer that is not declared, no row of another tenant.

It makes requests of every operation, good ones and bad ones, and checks each answer (see contract/hooks.py and
contract/schemathesis.toml, which has each exception with its reason).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from infra.cli.api_client import Client
from infra.cli.openapi import CHECKED_IN
from infra.local.identity.issuer import Issuer
from infra.local.identity.users import USERS, LocalUser
from infra.state import ROOT

from .conftest import RunningStack

CONFIGURATION = Path(__file__).with_name("contract") / "schemathesis.toml"


def newcomer(stack: RunningStack, kind: str) -> tuple[LocalUser, Client]:
    """An active account of its own, so that the requests meet no limits of other tests."""
    email = f"{uuid4().hex}@contract.example"
    person = LocalUser(key="new", user_id=uuid4(), user_email=email, user_name=f"New {kind}", user_type=kind)
    issuer = Issuer.load(stack.urls["Token issuer"], stack.directory.issuer_key)
    client = Client(api_url=stack.urls["API"], token=issuer.token(person))
    client.call("POST", "/me", {})
    access = {"user_type": kind, "is_active": True}
    assert stack.client("admin").call("POST", f"/users/{person.user_id}/access", access).status == 200
    return person, client


def things(client: Client, mark: str) -> dict[str, str]:
    """One private thing of each kind that the account can make, with a mark in its texts: ids by their names."""
    hashed = (uuid4().hex * 2)[:64]
    upload = {"file_name": f"{mark}.png", "content_type": "image/png", "file_size": 5, "sha256": hashed}
    template = {"template_name": mark, "template_type": "web", "template_content": {"text": mark}}
    made = {
        "campaign_id": ("/campaigns", {"campaign_name": mark, "campaign_description": mark}),
        "collection_id": ("/collections", {"collection_name": mark}),
        "product_id": ("/products", {"product_title": mark}),
        "model_id": ("/watch-models", {"model_name": mark, "is_active": False}),
        "template_id": ("/templates", template),
        "upload_id": ("/uploads", upload),
        "session_id": ("/sessions", {"device_info": {"mark": mark}}),
        "account_member_id": ("/members", {"email": f"{mark}@example.com", "member_role": "viewer"}),
        "sender_identity_id": ("/sender-identities", {"identity": f"{mark}.example"}),
        "suppression_id": ("/suppressions", {"email": f"{mark}@example.com"}),
        "analytics_export_id": ("/analytics/exports", {"list": "sessions", "filters": {"id": str(uuid4())}}),
    }
    answers = {name: client.call("POST", path, body) for name, (path, body) in made.items()}
    ids = {name: answer.body[name] for name, answer in answers.items() if answer.status in (201, 202)}
    client.call("PATCH", f"/templates/{ids['template_id']}", {"is_active": False})
    if "campaign_id" in ids:
        draft = {"campaign_id": ids["campaign_id"], "sender_email": f"{mark}@{mark}.example"}
        draft |= {"email_subject": mark, "email_content": f"<p>{mark}</p>"}
        ids["email_campaign_id"] = client.call("POST", "/email-campaigns", draft).body["email_campaign_id"]
        variant = client.call("POST", f"/products/{ids['product_id']}/variants", {"variant_title": mark})
        ids["variant_id"] = variant.body["variant_id"]
    return ids


def contract(account: object, mark: str, *ids: dict[str, str], is_let_in: bool = True) -> dict[str, Any]:
    """What contract/hooks.py reads."""
    names = {name for each in ids for name in each}
    known = {name: [each[name] for each in ids if name in each] for name in names}
    known["id"] = [
        each[name] for name in sorted(names) for each in ids if name in each
    ]  # figures of anything
    return {"ids": known, "account": str(account), "mark": mark, "is_let_in": is_let_in}


def tenants(stack: RunningStack, kind: str) -> tuple[Client, dict[str, Any]]:
    """An account of this kind, among things of its own and of another tenant's that has a mark."""
    mark = f"mark{uuid4().hex}"
    person, client = newcomer(stack, kind)
    _, other = newcomer(stack, "retailer" if kind == "brand" else "brand")
    return client, contract(person.user_id, mark, things(other, mark), things(client, f"own{uuid4().hex}"))


def schemathesis(client: Client, known: dict[str, Any], *options: str) -> None:
    """Run all checks. Fails with what it found."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "--config-file",
        str(CONFIGURATION),
        "--no-color",
        "run",
    ]
    command += [str(CHECKED_IN), "--url", client.api_url, "--checks", "all", "--workers", "1", *options]
    if client.token:
        command += ["--header", f"Authorization: Bearer {client.token}"]
    environment = os.environ | {"DDP_CONTRACT": json.dumps(known)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]


@pytest.fixture(scope="module")
def own_stack(start_stack) -> RunningStack:
    """An administrator's requests change what others find."""
    return start_stack()


def test_every_operation_keeps_to_the_document(stack: RunningStack):
    schemathesis(*tenants(stack, "brand"), "--phases", "examples,coverage", "--max-time", "40")


@pytest.mark.slow
class TestAtLength:
    """Invented requests, and sequences of requests, on a stack of its own."""

    PHASES = ("--phases", "examples,coverage,fuzzing,stateful", "--max-time", "200")

    @pytest.mark.parametrize("kind", ["brand", "retailer"])
    def test_an_account_sees_nothing_of_another(self, own_stack: RunningStack, kind: str):
        schemathesis(*tenants(own_stack, kind), *self.PHASES)

    def test_somebody_without_a_token(self, own_stack: RunningStack):
        known = contract(uuid4(), "", is_let_in=False)
        schemathesis(own_stack.client(), known, "--phases", "examples,coverage", "--max-time", "200")

    def test_somebody_whose_token_has_expired(self, own_stack: RunningStack):
        issuer = Issuer.load(own_stack.urls["Token issuer"], own_stack.directory.issuer_key)
        brand = USERS["brand"]
        client = Client(api_url=own_stack.urls["API"], token=issuer.token(brand, lifetime=-60))
        known = contract(brand.user_id, "", is_let_in=False)
        schemathesis(client, known, "--phases", "examples,coverage", "--max-time", "200")

    def test_an_administrator(self, own_stack: RunningStack):
        known = contract(USERS["admin"].user_id, "")
        schemathesis(own_stack.client("admin"), known, *self.PHASES)
