"""The HTTP API from outside: ownership, authentication, CORS and repeated requests."""

from __future__ import annotations

import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from infra.cli.api_client import FileToUpload, send
from infra.local.demo.files import MIB
from infra.local.identity.issuer import AUDIENCE, KEY_ID, Issuer
from infra.local.identity.users import USERS

from .http_requests import ask
from .uploads import archive

OPENAPI = json.loads((Path(__file__).parents[2] / "functions" / "openapi.json").read_text())
# The sentence of a 404 names the kind of object if there are several kinds.
# What an operation cannot do without.
QUERIES = {"disconnectSocialAccount": "?posts=hold"}
ABSENT = {
    "campaigns": "campaign-not-found",
    "collections": "collection-not-found",
    "product-imports": "import-not-found",
    "products": "product-not-found",
    "watch-models": "watch-model-not-found",
    "wish-list": "watch-model-not-found",
    "email-campaigns": "email-campaign-not-found",
    "inbound-messages": "inbound-message-not-found",
    "invitations": "invitation-not-found",
    "members": "member-not-found",
    "sessions": "session-not-found",
    "social-accounts": "account-not-found",
    "social-connections": "connection-not-found",
    "social-deletions": "request-not-found",
    "social-post-groups": "post-group-not-found",
    "social-posts": "post-not-found",
    "sender-identities": "identity-not-found",
    "senders": "user-not-found",
    "suppressions": "suppression-not-found",
    "sms-campaigns": "sms-campaign-not-found",
    "sms-prices": "price-not-found",
    "sending-windows": "sending-window-not-found",
    "origination-identities": "origination-identity-not-found",
    "templates": "template-not-found",
    "approvals": "approval-not-found",
    "fund-claims": "claim-not-found",
    "retailer-groups": "group-not-found",
}
AB_TEST = {"share_percent": 20, "decide_after_seconds": 3_600}
BODIES = {
    "requestParts": {"parts": [{"part_number": 1, "sha256": "0" * 64}]},
    "recordFileAction": {"action_type": "VIEW"},
    "shareFile": {
        "public_link": True,
        "expires_at": f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
    },
    "updateCampaign": {"campaign_name": "Mine"},
    "setCampaignStatus": {"status": "paused"},
    "setCampaignBudget": {"budget_allocated": "1.00"},
    "addExpense": {"amount": "1.00"},
    "updateTemplate": {"template_name": "Mine"},
    "createVersion": {"template_content": {"subject": "x", "html": "<p>x</p>"}},
    "previewTemplate": {"template_data": {}},
    "updateEmailCampaign": {"email_subject": "Mine"},
    "previewEmailCampaign": {"template_data": {}},
    "sendEmailCampaign": {"audience": {"source": "list", "recipients": [{"email": "ann@example.com"}]}},
    "forecastEmailCampaign": {"audience": {"source": "list", "recipients": [{"email": "ann@example.com"}]}},
    "requestEmailForecast": {"audience": {"source": "list", "recipients": [{"email": "ann@example.com"}]}},
    "testEmailCampaign": {"recipients": ["ann@example.com"]},
    "setAbTest": AB_TEST | {"variants": [{"variant": "B", "email_subject": "Mine"}]},
    "decideAbTest": {"variant": "B"},
    "setSmsAbTest": AB_TEST | {"variants": [{"variant": "B", "sms_content": "Mine"}]},
    "decideSmsAbTest": {"variant": "B"},
    "decideInboundMessage": {"decision": "stop"},
    "updateSmsCampaign": {"sms_content": "Mine"},
    "previewSmsCampaign": {},
    "sendSmsCampaign": {"audience": {"source": "list", "recipients": [{"phone": "+12025550101"}]}},
    "forecastSmsCampaign": {"audience": {"source": "list", "recipients": [{"phone": "+12025550101"}]}},
    "requestSmsForecast": {"audience": {"source": "list", "recipients": [{"phone": "+12025550101"}]}},
    "testSmsCampaign": {"recipients": ["+12025550101"]},
    "retryFailedSms": {},
    "settleUnknownSms": {"action": "retry"},
    "requestSmsExport": {"kind": "recipients"},
    "setSmsMaxCost": {"max_cost": "1"},
    "setSmsSender": {"monthly_budget": "1"},
    "updateOriginationIdentity": {"contact": "Mine"},
    "updateSendingWindow": {"opens": "09:00"},
    "retryFailed": {},
    "settleUnknownSends": {"action": "retry"},
    "requestExport": {"kind": "recipients"},
    "shareSenderIdentity": {"is_shared": True},
    "setSender": {"max_per_second": None},
    "setFrequencyCap": {"messages": 3, "days": 7},
    "updateMember": {"member_role": "owner"},
    "setUserAccess": {"is_active": False},
    "setRetention": {"months": 24},
    "reportOrdersOfShop": {
        "conversions": [
            {"order_id": "1", "value": 1, "currency": "EUR", "occurred_at": datetime.now(UTC).isoformat()}
        ]
    },
    "updateCollection": {"collection_name": "Mine"},
    "addCollectionFiles": {"file_ids": [str(uuid4())]},
    "orderCollectionFiles": {"file_ids": [str(uuid4())]},
    "updateProduct": {"product_title": "Mine"},
    "createVariant": {"variant_title": "Mine"},
    "updateVariant": {"variant_title": "Mine"},
    "updateWatchModel": {"model_name": "Mine"},
    "putWish": {"wish_count": 1},
    "updatePlace": {"city": "Mine"},
    "updateDevice": {"browser": "Mine"},
}


# Paths whose operations get the bodies that the document shows.
SHOWN = re.compile(
    r"/(social-|approvals|fund-claims|retailer-groups|brand-assets|campaigns/\{campaign_id\}/(items|funds))"
)


def examples():
    """{operation id: body} by the document's examples; people come back to the local front end."""
    return {
        operation["operationId"]: operation["requestBody"]["content"]["application/json"]["example"]
        for path, item in OPENAPI["paths"].items()
        for operation in item.values()
        if SHOWN.match(path) and "example" in str(operation.get("requestBody"))
    } | {
        "settleSocialPost": {"is_published": False},
        "reconnectSocialAccount": {"return_url": "http://localhost:3000/"},
        "addGroupBlackout": {
            "starts_at": f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
            "ends_at": f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}",
            "reason": "Mine.",
        },
    }


def operations():
    """{operation id: (method, path)} of all operations with an id in their path."""
    return {
        operation["operationId"]: (method.upper(), path)
        for path, item in OPENAPI["paths"].items()
        for method, operation in item.items()
        if "{" in path
    }


@pytest.fixture(scope="module")
def things(stack, brand):
    """The brand's own: a pending upload, a private file with shares, a published file."""
    private, published = (live_file(brand) for _ in range(2))
    until = BODIES["shareFile"]["expires_at"]
    shares = f"/files/{private}/shares"
    to = {"shared_with_user_id": str(USERS["retailer"].user_id), "expires_at": until}
    share = brand.call("POST", shares, to).body
    asset = brand.call(
        "POST", "/brand-assets", {"file_id": published, "asset_name": "Key visual", "asset_type": "visual"}
    ).body
    upload = brand.call("POST", "/uploads", {**described(archive()), "file_size": 101 * MIB}).body
    return {
        "upload_id": upload["upload_id"],
        "file_id": private,
        "share_id": share["share_id"],
        "asset_id": asset["asset_id"],
        "token": "A" * 43,
        "retailer_id": str(USERS["retailer2"].user_id),
        "user_id": str(USERS["brand"].user_id),
        "send_export_id": str(uuid4()),
        "send_forecast_id": str(uuid4()),
        "email_send_id": str(uuid4()),
        "sms_send_id": str(uuid4()),
        "inbound_message_id": str(uuid4()),
        "sms_price_id": str(uuid4()),
        "sending_window_id": str(uuid4()),
        "origination_identity_id": str(uuid4()),
        "user_invitation_id": str(uuid4()),
        "log_id": str(uuid4()),
        "cleanup_run_id": str(uuid4()),
        "erasure_id": str(uuid4()),
        "subject": "sessions",
        **{name: str(uuid4()) for name in ("account_id", "post_id", "group_id", "connection_id")},
        **{name: str(uuid4()) for name in ("approval_id", "claim_id", "item_id", "blackout_id")},
        "code": "A" * 32,
        **campaign_things(brand),
        **catalogue_things(stack, brand),
    }


def campaign_things(brand):
    """The brand's own campaigns and e-mails, without participants."""
    campaign = brand.call("POST", "/campaigns", {"campaign_name": "Private"}).body["campaign_id"]
    brand.call("POST", f"/campaigns/{campaign}/status", {"status": "active"})
    content = {"subject": "Hello", "html": "<p>Hello</p>"}
    template = {"template_name": "Private", "template_type": "email", "template_content": content}
    draft = {
        "campaign_id": campaign,
        "email_subject": "Hello",
        "email_content": "<p>Hello</p>",
        "sender_email": "shop@edge.example",
    }
    made = {
        "template_id": ("/templates", template),
        "email_campaign_id": ("/email-campaigns", draft),
        "sms_campaign_id": ("/sms-campaigns", {"campaign_id": campaign, "sms_content": "Hello"}),
        "sender_identity_id": ("/sender-identities", {"identity": f"{uuid4().hex}.example"}),
        "session_id": ("/sessions", {}),
        "analytics_export_id": ("/analytics/exports", {"list": "files", "format": "csv"}),
        "account_member_id": ("/members", {"email": f"{uuid4().hex}@example.com", "member_role": "viewer"}),
        "suppression_id": ("/suppressions", {"email": f"{uuid4().hex}@example.com"}),
    }
    things = {"campaign_id": campaign} | {
        member: brand.call("POST", path, body).body[member] for member, (path, body) in made.items()
    }
    # Not active: an active template is visible to retailers who take part in any campaign of the brand.
    brand.call("PATCH", f"/templates/{things['template_id']}", {"is_active": False})
    return things


def catalogue_things(stack, brand):
    """The brand's own of the catalogue, none of it published; a place and a device, which are everybody's."""
    product = brand.call("POST", "/products", {"product_title": "Private"}).body["product_id"]
    admin = stack.client("admin")
    place = {"country_code": "CH", "country_name": "Switzerland", "city": f"Place {uuid4().hex[:8]}"}
    made = {
        "collection_id": (brand, "/collections", {"collection_name": "Private"}),
        "variant_id": (brand, f"/products/{product}/variants", {"variant_title": "Private"}),
        "model_id": (brand, "/watch-models", {"model_name": "Private", "is_active": False}),
        "product_import_id": (brand, "/product-imports", {"file_id": csv_file(brand)}),
        "geography_id": (admin, "/geography", place),
        "device_id": (admin, "/devices", {"device_type": "mobile", "browser": uuid4().hex[:8]}),
    }
    return {"product_id": product} | {
        member: client.call("POST", path, body).body[member] for member, (client, path, body) in made.items()
    }


def csv_file(client):
    file = FileToUpload(
        name="Products.csv", content_type="text/csv", content=f"product_id,title\n{uuid4()},x\n".encode()
    )
    upload = client.request_upload(file).body
    assert send(upload["request"], file.content) == 200
    return client.wait_for_upload(upload["upload_id"])["file_id"]


def live_file(client):
    file = archive()
    upload = client.request_upload(file).body
    assert send(upload["request"], file.content) == 200
    return client.wait_for_upload(upload["upload_id"])["file_id"]


def described(file):
    """The body of a request for an upload."""
    return {
        "file_name": file.name,
        "content_type": file.content_type,
        "file_size": len(file.content),
        "sha256": file.sha256,
    }


class TestOtherTenants:
    """Other users' objects do not exist for a caller; a published asset can be seen but not changed."""

    EXPECTED = {
        name: (404, ABSENT.get(path.split("/")[1], "not-found")) for name, (_, path) in operations().items()
    } | {
        "getBrandAsset": (200, None),
        "listLicenceAcceptances": (200, []),
        "changeBrandAsset": (404, "asset-not-found"),
        "acceptLicence": (409, "no-licence"),
        **dict.fromkeys(
            (
                *("getCampaignItem", "updateCampaignItem", "removeCampaignItem", "listItemResponses"),
                *("acceptCampaignItem", "declineCampaignItem"),
            ),
            (404, "item-not-found"),
        ),
        "listShares": (200, []),
        **dict.fromkeys(("getExport", "getSmsExport"), (404, "not-found")),
        "getSmsCountries": (404, "sms-campaign-not-found"),
        **dict.fromkeys(
            ("setSmsSender", "resumeSmsSender", "updateOriginationIdentity"), (403, "not-an-admin")
        ),
        "getAnalyticsExport": (404, "export-not-found"),
        "setSender": (403, "not-an-admin"),
        **dict.fromkeys(("setFrequencyCap", "removeFrequencyCap"), (403, "not-an-admin")),
        "resumeSender": (403, "not-an-admin"),
        "setUserAccess": (403, "not-admin"),
        "withdrawUserInvitation": (403, "not-an-admin"),
        **dict.fromkeys(("getVariant", "updateVariant", "deleteVariant"), (404, "variant-not-found")),
        "removeWish": (404, "wish-not-found"),
        "removeCollectionFile": (404, "file-in-this-collection-not-found"),
        **dict.fromkeys(("getPlace", "getDevice"), (200, None)),
        **dict.fromkeys(("getAuditLog", "getCleanup", "getErasure", "setRetention"), (403, "not-an-admin")),
        "reportOrdersOfShop": (401, "wrong-timestamp"),  # nothing is signed
        **dict.fromkeys(("updatePlace", "deletePlace"), (404, "place-not-found")),
        **dict.fromkeys(("updateDevice", "deleteDevice"), (404, "device-not-found")),
    }

    def test_every_operation_on_the_brands_things(self, stack, brand, things):
        stranger, before = stack.client("retailer2"), self.seen_by(brand, things)
        seen, bodies = {}, BODIES | examples()
        for name, (method, path) in operations().items():
            answer = ask(stranger, method, path.format(**things) + QUERIES.get(name, ""), bodies.get(name))
            body = answer.json()
            seen[name] = (answer.status, body.get("code", body.get("items")))
            if answer.status >= 400:
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert set(body) == {"type", "title", "status", "detail", "code", "request_id"}, (name, body)
        assert seen == self.EXPECTED
        assert self.seen_by(brand, things) == before

    def test_lists_and_publishing(self, stack, things):
        stranger = stack.client("retailer2")
        for scope in ("own", "shared", "assets"):
            items = stranger.call("GET", f"/files?scope={scope}").body["items"]
            assert things["file_id"] not in {item["file_id"] for item in items}
        publish = {"file_id": things["file_id"], "asset_name": "Mine", "asset_type": "visual"}
        assert stranger.call("POST", "/brand-assets", publish).status == 404
        answer = stack.client("admin").call("POST", "/brand-assets", publish)  # admins see all files
        assert (answer.status, answer.body["code"]) == (403, "not-owner")
        publish["file_id"] = live_file(stranger)
        answer = stranger.call("POST", "/brand-assets", publish)
        assert (answer.status, answer.body["code"]) == (403, "not-a-brand")

    def test_that_somebody_else_has_the_same_content_is_not_told(self, stack, brand):
        file = archive()
        for client in (brand, stack.client("retailer2")):
            upload = client.request_upload(file).body
            assert send(upload["request"], file.content) == 200
            assert client.wait_for_upload(upload["upload_id"])["status"] == "live"

    @staticmethod
    def seen_by(client, things):
        paths = (
            "/uploads/{upload_id}",
            "/files/{file_id}",
            "/files/{file_id}/shares",
            "/brand-assets/{asset_id}",
            "/campaigns/{campaign_id}",
            "/templates/{template_id}",
            "/email-campaigns/{email_campaign_id}",
            "/sender-identities/{sender_identity_id}",
            "/collections/{collection_id}",
            "/products/{product_id}",
            "/products/{product_id}/variants/{variant_id}",
            "/watch-models/{model_id}",
            "/geography/{geography_id}",
            "/devices/{device_id}",
        )
        bodies = [client.call("GET", path.format(**things)).body for path in paths]
        for body in bodies:
            body.get("file", body).pop("thumbnails", None)  # signed again each time
            body.pop("checked_at", None)  # changes when the owner looks at the identity
        return bodies


class TestWhoIsLetIn:
    """The gateway answers 401 without a token, and 403 if the authorizer refuses the token; an expired one is 401."""

    def test_nobody(self, stack):
        answer = ask(stack.client(), "GET", "/files")
        assert (answer.status, answer.json()) == (401, {"message": "Unauthorized"})

    @pytest.mark.parametrize(
        "changed",
        [
            {"aud": "another"},
            {"iss": "https://issuer.example"},
            {"exp": None},
            {"sub": None},
        ],
        ids=["audience", "issuer", "endless", "subject"],
    )
    def test_a_token_that_does_not_hold(self, stack, changed):
        answer = self.call(stack, changed, self.issuer(stack).key)
        assert (answer.status, answer.json()) == (403, {"message": "Forbidden"})

    def test_an_expired_token_is_one_to_refresh(self, stack):
        answer = self.call(stack, {"exp": int(time.time()) - 60}, self.issuer(stack).key)
        assert (answer.status, answer.json()["code"]) == (401, "token-expired")

    def test_a_token_signed_by_somebody_else(self, stack):
        assert self.call(stack, {}, ec.generate_private_key(ec.SECP256R1())).status == 403
        assert self.call(stack, {}, self.issuer(stack).key).status == 200

    def test_a_user_who_is_not_known(self, stack):
        answer = self.call(stack, {"sub": str(uuid4())}, self.issuer(stack).key)
        assert (answer.status, answer.json()["items"]) == (200, [])

    @staticmethod
    def issuer(stack):
        return Issuer.load(stack.urls["Token issuer"], stack.directory.issuer_key)

    def call(self, stack, changed, key):
        now = int(time.time())
        claims = {
            "iss": stack.urls["Token issuer"],
            "aud": AUDIENCE,
            "sub": str(USERS["brand"].user_id),
            "role": "authenticated",
            "iat": now - 120,
            "exp": now + 60,
        }
        kept = {name: value for name, value in (claims | changed).items() if value is not None}
        token = jwt.encode(kept, key, algorithm="ES256", headers={"kid": KEY_ID})
        return ask(stack.client(), "GET", "/files", Authorization=f"Bearer {token}")


class TestBrowsers:
    """CORS allows one origin and no other."""

    def preflight(self, stack, origin):
        asked = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
        }
        return ask(stack.client(), "OPTIONS", "/uploads", Origin=origin, **asked)

    def test_an_allowed_origin(self, stack, brand):
        origin = stack.urls["Token issuer"]
        answer = self.preflight(stack, origin)
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, origin)
        allowed = answer.headers["Access-Control-Allow-Headers"].lower().replace(" ", "").split(",")
        assert {"authorization", "content-type", "idempotency-key"} <= set(allowed)
        answer = ask(brand, "GET", f"/files/{uuid4()}", Origin=origin)
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (404, origin)
        exposed = answer.headers["Access-Control-Expose-Headers"].lower()
        assert all(name in exposed for name in ("location", "idempotency-replayed", "retry-after"))

    def test_a_foreign_origin(self, stack, brand):
        for answer in (
            self.preflight(stack, "https://evil.example"),
            ask(brand, "GET", "/files", Origin="https://evil.example"),
        ):
            assert "Access-Control-Allow-Origin" not in answer.headers


class TestIdempotencyKey:
    """A repeated POST takes effect once."""

    def test_a_repeated_request_gets_the_first_answer(self, stack, brand):
        body, key = described(archive()), {"Idempotency-Key": str(uuid4())}
        first, second = (ask(brand, "POST", "/uploads", body, **key) for _ in range(2))
        assert (first.status, second.status) == (201, 201)
        assert first.json() == second.json()
        assert "Idempotency-Replayed" not in first.headers
        assert second.headers["Idempotency-Replayed"] == "true"
        other = ask(stack.client("retailer"), "POST", "/uploads", body, **key)
        assert other.status == 201
        assert other.json()["upload_id"] != first.json()["upload_id"]

    def test_another_body_with_the_same_key(self, brand):
        key = {"Idempotency-Key": str(uuid4())}
        assert ask(brand, "POST", "/uploads", described(archive()), **key).status == 201
        answer = ask(brand, "POST", "/uploads", described(archive()), **key)
        assert (answer.status, answer.json()["code"]) == (422, "idempotency-key-reused")
        assert answer.headers["Content-Type"] == "application/problem+json"

    def test_a_link_is_shown_once(self, brand, things):
        path, key = f"/files/{things['file_id']}/shares", {"Idempotency-Key": str(uuid4())}
        first, second = (ask(brand, "POST", path, BODIES["shareFile"], **key).json() for _ in range(2))
        assert first["share_id"] == second["share_id"]
        assert first["token"]
        assert (second["token"], second["url"]) == (None, None)

    def test_two_at_once(self, brand, database):
        body, key, both = described(archive()), {"Idempotency-Key": str(uuid4())}, threading.Barrier(2)

        def post(_):
            both.wait()
            return ask(brand, "POST", "/uploads", body, **key)

        for _ in range(5):
            body, key = described(archive()), {"Idempotency-Key": str(uuid4())}
            with ThreadPoolExecutor() as pool:
                answers = list(pool.map(post, range(2)))
            assert [answer.status for answer in answers] == [201, 201]
            assert len({answer.json()["upload_id"] for answer in answers}) == 1
            assert sorted("Idempotency-Replayed" in answer.headers for answer in answers) == [False, True]
            query = "select count(*) from uploads where content_sha256 = %s"
            assert database.execute(query, [bytes.fromhex(body["sha256"])]).fetchone()["count"] == 1
