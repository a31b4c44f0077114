"""The first day of a shop on the platform, over HTTP alone: from signing in to the first e-mails, and a colleague."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from infra.cli.api_client import Client, FileToUpload, send
from infra.local.identity.issuer import Issuer
from infra.local.identity.users import USERS, LocalUser
from infra.local.simulators.mailbox.client import MailboxClient

from .email_campaigns import start
from .http_requests import ask
from .queue_worker import emulator_of
from .uploads import archive

BRAND = USERS["brand"]
PRODUCTS = 1_000
ENDED = {"complete", "failed"}


@pytest.fixture(scope="module")
def sign_up(stack):
    """Make somebody whom the platform does not know, and a client with the token of the identity provider."""
    issuer = Issuer.load(stack.urls["Token issuer"], stack.directory.issuer_key)

    def sign_up(name: str) -> tuple[LocalUser, Client]:
        person = LocalUser(
            key="new",
            user_id=uuid4(),
            user_email=f"{uuid4().hex}@people.example",
            user_name=name,
            user_type="retailer",
        )
        return person, Client(api_url=stack.urls["API"], token=issuer.token(person))

    return sign_up


@pytest.fixture(scope="module")
def shop(stack, sign_up) -> Client:
    """A retailer who signed up and was activated by an administrator who searched for it."""
    person, client = sign_up("Kiosk Bellevue")
    me = client.call("POST", "/me", {"user_name": person.user_name})
    assert me.status in (200, 201), me.body
    assert client.call("GET", "/me").body["person"]["is_active"] is False
    refused = client.call("POST", "/sessions", {})
    assert (refused.status, refused.body["code"]) == (401, "account-inactive")
    admin = stack.client("admin")
    (found,) = admin.call("GET", f"/users?q={person.user_email}&is_active=false").body["items"]
    assert found["user_id"] == str(person.user_id)
    assert admin.call("POST", f"/users/{found['user_id']}/access", {"is_active": True}).status == 200
    assert client.call("POST", "/sessions", {}).status == 201
    return client


def items(client: Client, path: str) -> list[dict[str, Any]]:
    """The first page of a list."""
    answer = client.call("GET", path)
    assert answer.status == 200, answer.body
    return answer.body["items"]


def live(client: Client, name: str, content: bytes, content_type: str) -> str:
    """Upload a file; its id once it is live."""
    upload = client.request_upload(FileToUpload(name=name, content_type=content_type, content=content)).body
    assert send(upload["request"], content) == 200
    return client.wait_for_upload(upload["upload_id"])["file_id"]


def test_an_open_campaign_is_found_by_its_brands_name_and_joined(stack, brand, shop):
    name = f"Autumn {uuid4().hex[:8]}"
    campaign = brand.call(
        "POST",
        "/campaigns",
        {"campaign_name": name, "is_open": True, "budget_allocated": "5000.00", "target_audience": {"x": 1}},
    ).body["campaign_id"]
    brand.call("POST", f"/campaigns/{campaign}/status", {"status": "active"})
    found = {item["campaign_id"]: item for item in items(shop, "/campaigns?scope=open&q=Aurora")}
    assert found[campaign]["brand"] == {"id": str(BRAND.user_id), "name": BRAND.user_name}
    assert not {"budget_allocated", "target_audience", "campaign_settings"} & set(found[campaign])
    assert shop.call("GET", f"/campaigns/{campaign}").status == 404
    assert shop.call("POST", f"/campaigns/{campaign}/join").status in (200, 204)
    assert shop.call("GET", f"/campaigns/{campaign}").body["campaign_name"] == name
    (participant,) = items(brand, f"/campaigns/{campaign}/participants")
    assert (participant["retailer"]["name"], participant["status"]) == (
        "Kiosk Bellevue",
        "accepted",
    )
    assert "example" not in json.dumps(participant)  # no address


def test_a_brand_only_invites(brand, shop):
    campaign = brand.call("POST", "/campaigns", {"campaign_name": f"Private {uuid4().hex[:8]}"}).body
    brand.call("POST", f"/campaigns/{campaign['campaign_id']}/status", {"status": "active"})
    shop_id = shop.call("GET", "/me").body["person"]["user_id"]
    path = f"/campaigns/{campaign['campaign_id']}"
    assert brand.call("PUT", f"{path}/participants/{shop_id}").status in (200, 204)
    assert campaign["campaign_id"] not in {item["campaign_id"] for item in items(shop, "/campaigns")}
    invited = {item["campaign_id"]: item["is_invited"] for item in items(shop, "/campaigns?scope=open")}
    assert invited[campaign["campaign_id"]] is True
    assert shop.call("POST", f"{path}/join").status in (200, 204)
    assert campaign["campaign_id"] in {item["campaign_id"] for item in items(shop, "/campaigns")}


def test_assets_are_seen_with_the_name_of_their_brand(brand, shop):
    file_id = live(brand, "visual.zip", archive().content, "application/zip")
    asset = {"file_id": file_id, "asset_name": "Key visual", "asset_type": "visual"}
    brand.call("POST", "/brand-assets", asset)
    (seen,) = [item for item in items(shop, "/brand-assets") if item["file_id"] == file_id]
    assert seen["created_by"]["name"] == BRAND.user_name


def broken_off(request: dict[str, Any], content: bytes) -> None:
    """Send half of a presigned upload, and lose the connection."""
    url = urlsplit(request["url"])
    head = "".join(f"{name}: {value}\r\n" for name, value in request["headers"].items())
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(
            f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\n{head}"
            f"Content-Length: {len(content)}\r\n\r\n".encode()
        )
        connection.sendall(content[: len(content) // 2])


def test_a_broken_upload_is_sent_again_and_shared_by_picking_a_name(brand, shop):
    file = archive(200_000)
    upload = shop.request_upload(file).body
    broken_off(upload["request"], file.content)
    assert shop.call("GET", f"/uploads/{upload['upload_id']}").body["status"] == "pending"
    assert send(upload["request"], file.content) == 200
    file_id = shop.wait_for_upload(upload["upload_id"])["file_id"]
    (picked,) = [
        item for item in items(shop, "/directory?type=brand&q=aur") if item["name"] == BRAND.user_name
    ]
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86_400))
    share = {"shared_with_user_id": picked["id"], "expires_at": until}
    assert shop.call("POST", f"/files/{file_id}/shares", share).status == 201
    (seen,) = [item for item in items(brand, "/files?scope=shared") if item["file_id"] == file_id]
    assert seen["created_by"]["name"] == "Kiosk Bellevue"
    status, content = brand.download(f"/files/{file_id}/download")
    assert (status, hashlib.sha256(content).hexdigest()) == (200, file.sha256)


def import_products(client: Client, file_id: str) -> dict[str, Any]:
    """Import a file of products; the import when it has ended."""
    answer = client.call("POST", "/product-imports", {"file_id": file_id})
    assert answer.status in (201, 202), answer.body
    path, deadline = f"/product-imports/{answer.body['product_import_id']}", time.monotonic() + 60
    while (found := client.call("GET", path).body)["ended_at"] is None:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    return found


def test_a_thousand_products_imported_twice_are_there_once(brand):
    label = uuid4().hex[:8]
    lines = ["external_product_id,product_title,price,sku"]
    lines += [f"{label}-{n},Watch {label} {n},{n}.50,{label}-{n}" for n in range(PRODUCTS)]
    lines.insert(3, f",nameless {label},1.00,x")
    file_id = live(brand, "products.csv", "\n".join(lines).encode(), "text/csv")
    first, second = import_products(brand, file_id), import_products(brand, file_id)
    assert (first["created_count"], first["rejected_count"]) == (PRODUCTS, 1)
    assert (second["created_count"], second["changed_count"], second["unchanged_count"]) == (0, 0, PRODUCTS)
    (rejected,) = items(brand, f"/product-imports/{first['product_import_id']}/rejections")
    assert (rejected["line"], rejected["code"]) == (4, "no-product-id")
    seen, cursor = 0, ""
    while cursor is not None:
        page = brand.call("GET", f"/products?scope=own&q={label}&limit=100{cursor}").body
        seen += len(page["items"])
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    assert seen == PRODUCTS


def test_a_watch_is_wished_for(brand, shop):
    name = f"Nocturne {uuid4().hex[:8]}"
    model = brand.call("POST", "/watch-models", {"model_name": name, "is_active": True}).body["model_id"]
    (found,) = items(shop, f"/watch-models?q={name.replace(' ', '%20')}")
    assert found["brand"]["name"] == BRAND.user_name
    for _ in range(2):
        assert shop.call("PUT", f"/wish-list/{model}", {"wish_count": 2}).status in (200, 201)
    (wish,) = [item for item in items(shop, "/wish-list") if item["model_id"] == model]
    assert (wish["model_name"], wish["wish_count"], wish["brand"]["name"]) == (name, 2, BRAND.user_name)


def test_three_people_get_an_e_mail(stack, brand, shop, database):
    sqs = emulator_of(stack).client("sqs")
    # E-mail must show where its sender is.
    assert shop.call("PATCH", "/me", {"sender": {"postal_address": "1 High Street, London"}}).status == 200
    campaign = start(shop, brand, MailboxClient(url=stack.urls["Mailbox"]), sqs, database, 3)
    assert campaign.wait_for_end()["status"] == "complete"
    assert campaign.accepted() == [1, 1, 1]


def test_a_colleague_works_for_the_shop_until_the_day_she_leaves(shop, sign_up):
    person, colleague = sign_up("Ines")
    shop_id = shop.call("GET", "/me").body["person"]["user_id"]
    member = shop.call("POST", "/members", {"email": person.user_email, "member_role": "editor"}).body
    assert colleague.call("POST", "/me", {}).body["acting"] is None
    (invitation,) = items(colleague, "/invitations")
    accept = f"/invitations/{invitation['account_member_id']}/accept"
    assert colleague.call("POST", accept).status == 200
    me = colleague.call("GET", "/me").body
    assert (me["acting"]["account"]["id"], me["acting"]["member_role"]) == (shop_id, "editor")
    mine, theirs = ({f["file_id"] for f in items(client, "/files?scope=own")} for client in (shop, colleague))
    assert mine == theirs
    assert ask(colleague, "GET", "/files", **{"X-DDP-Account": str(BRAND.user_id)}).status in (401, 403)
    refused = colleague.call("POST", "/members", {"email": "x@people.example", "member_role": "owner"})
    assert (refused.status, refused.body["code"]) == (403, "role-too-low")
    assert shop.call("DELETE", f"/members/{member['account_member_id']}").status in (200, 204)
    assert items(colleague, "/files?scope=own") == []
    assert colleague.call("POST", "/sessions", {}).body["code"] == "account-inactive"
