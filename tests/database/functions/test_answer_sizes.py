"""No list can become larger than an answer of Lambda: the longest page of the largest items that the columns take.

Lambda sends the answer as one JSON document, in which the body is a text: what JSON escapes is escaped twice.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from ddp import edge
from ddp.fields import Account
from functions.analytics.models import conversions, figures, message_figures, tops
from functions.analytics.models import exports as figure_files
from functions.campaigns import approval_models as approvals
from functions.campaigns import fund_models as funds
from functions.campaigns import kit_models as kits
from functions.campaigns import models as campaigns
from functions.campaigns import retailer_group_models as groups
from functions.campaigns import template_models as templates
from functions.catalogue.models import audit, collections, imports, products, reference, wishes
from functions.email import models as email
from functions.email import progress
from functions.email.identities import models as identities
from functions.engagement import models as engagement
from functions.engagement.routes import figures as engagement_routes
from functions.maintenance import models as maintenance
from functions.people import models as people
from functions.people import notice_models as notices
from functions.sending import models as sending
from functions.sending.reports.fields import LONGEST
from functions.sending.routes import models as senders
from functions.sms.answers import models as answers
from functions.sms.campaigns import models as sms
from functions.sms.campaigns import progress as sms_progress
from functions.sms.registers import consents as sms_consents
from functions.sms.registers import identities as sms_identities
from functions.sms.registers import prices as sms_prices
from functions.sms.registers import windows as sms_windows
from functions.social.drafting import answers as social_posts
from functions.social.models import accounts as social_accounts
from functions.uploads import brand_asset_models as brand_assets
from functions.uploads import models as uploads
from tests import lambdas
from tests.database.functions.messaging import Mailing, ask
from tests.database.platform import Platform

# Lists by operation: the model of an item, the table of its columns, the items of the longest page.
LISTS: dict[str, tuple[type[BaseModel], str, int]] = {
    "listFilesAnalytics": (figures.FileFigures, "files", 200),
    "listUsersAnalytics": (figures.UserFigures, "users", 200),
    "listCampaignsAnalytics": (figures.CampaignFigures, "campaigns", 200),
    "listEmailCampaignsAnalytics": (message_figures.EmailCampaignFigures, "email_campaigns", 200),
    "listSmsCampaignsAnalytics": (message_figures.SmsCampaignFigures, "sms_campaigns", 200),
    "listSocialPostsAnalytics": (figures.SocialPostFigures, "social_posts", 200),
    "listProductsAnalytics": (figures.ProductFigures, "products", 200),
    "listSessionsAnalytics": (figures.SessionFigures, "sessions", 200),
    "listCollectionsAnalytics": (figures.CollectionFigures, "collections", 200),
    "listDailyAnalytics": (figures.DayFigures, "daily_analytics", 200),
    "listRetailerScoresAnalytics": (figures.RetailerScore, "retailer_scores", 200),
    "listWishListsAnalytics": (figures.WishFigures, "regional_wish_lists", 200),
    "listAssetActivityAnalytics": (figures.AssetActivity, "retailer_asset_activity", 200),
    "getSmsCountries": (message_figures.SmsCountryFigures, "sms_sends", 243),
    "listAnalyticsExports": (figure_files.AnalyticsExport, "analytics_exports", 100),
    "listConversions": (conversions.Conversion, "conversions", 100),
    "listRetention": (maintenance.Retention, "retention", 20),
    "listCleanups": (maintenance.Cleanup, "cleanup_runs", 100),
    "listErasures": (maintenance.Erasure, "erasures", 100),
    "topAssets": (tops.TopAsset, "brand_assets", 10),
    "topRetailers": (tops.TopRetailer, "retailer_scores", 10),
    "topTemplates": (tops.TopTemplate, "campaign_templates", 10),
    "topCampaigns": (tops.TopCampaign, "campaigns", 10),
    "topWishes": (tops.TopWish, "watch_models", 10),
    "listAuditLogs": (audit.AuditLogSummary, "audit_logs", 100),
    "listCollections": (collections.CollectionSummary, "collections", 100),
    "listCollectionFiles": (collections.CollectionFile, "files", 100),
    "listDevices": (reference.Device, "devices", 100),
    "listPlaces": (reference.Place, "geography", 100),
    "listProducts": (products.ProductSummary, "products", 100),
    "listVariants": (products.VariantSummary, "product_variants", 100),
    "listProductImports": (imports.ProductImportSummary, "product_imports", 100),
    "listRejectedLines": (imports.RejectedLine, "product_import_rejections", 100),
    "listWatchModels": (wishes.WatchModelSummary, "watch_models", 100),
    "listWishes": (wishes.Wish, "watch_models", 100),
    "listRegionalWishes": (wishes.RegionalWish, "regional_wish_lists", 100),
    "listBrandAssets": (brand_assets.BrandAsset, "brand_assets", 100),
    "listCampaigns": (campaigns.CampaignSummary, "campaigns", 100),
    "listCampaigns with scope open": (campaigns.OpenCampaign, "campaigns", 100),
    "listMembers": (people.Member, "account_members", 100),
    "listInvitations": (people.Invitation, "account_members", 100),
    "listUsers": (people.User, "users", 100),
    "listUserInvitations": (people.UserInvitation, "user_invitations", 100),
    "searchDirectory": (people.Profile, "users", 100),
    "listExpenses": (campaigns.Expense, "campaign_expenses", 100),
    "listParticipants": (campaigns.Participant, "campaign_participants", 100),
    "listEmailCampaigns": (email.EmailCampaign, "email_campaigns", 100),
    "listExports": (sending.Export, "send_exports", 100),
    "listSends": (progress.Send, "email_sends", 100),
    "listTestSends": (email.TestSend, "email_test_sends", 100),
    "listSmsCampaigns": (sms.SmsCampaign, "sms_campaigns", 100),
    "listSmsExports": (sending.Export, "send_exports", 100),
    "listSmsSends": (sms_progress.SmsSend, "sms_sends", 100),
    "listSmsTestSends": (sms.SmsTestSend, "sms_test_sends", 100),
    "listFiles": (uploads.File, "files", 100),
    "listUploads": (uploads.Upload, "uploads", 100),
    "listShares": (uploads.Share, "file_shares", 100),
    "listSenderIdentities": (identities.SenderIdentity, "sender_identities", 100),
    "listSenders": (senders.Sender, "senders", 100),
    "listOriginationIdentities": (sms_identities.OriginationIdentity, "origination_identities", 100),
    "listPhoneConsents": (sms_consents.PhoneConsent, "phone_consents", 100),
    "listSendingWindows": (sms_windows.SendingWindow, "sending_windows", 100),
    "listSmsPrices": (sms_prices.SmsPrice, "sms_prices", 100),
    "listSocialPosts": (social_posts.SocialPostSummary, "social_posts", 100),
    "listSuppressions": (senders.Suppression, "suppressions", 100),
    "listSocialAccounts": (social_accounts.SocialAccount, "social_accounts", 100),
    "listNotices": (notices.Notice, "notices", 100),
    "listInboundMessages": (answers.InboundMessage, "inbound_messages", 100),
    "listApprovals": (approvals.Approval, "approvals", 100),
    "listCampaignItems": (kits.KitItem, "campaign_items", 100),
    "getCampaignActivation": (kits.ItemActivation, "campaign_items", 100),
    "listItemResponses": (kits.ItemResponse, "campaign_item_responses", 100),
    "listTemplates": (templates.TemplateSummary, "templates", 100),
    "listRetailerGroups": (groups.RetailerGroup, "retailer_groups", 100),
    "listGroupMembers": (groups.GroupMember, "retailer_group_members", 100),
    "listGroupBlackouts": (groups.Blackout, "retailer_group_blackouts", 100),
    "listCampaignFunds": (funds.Fund, "campaigns", 100),
    "listFunds": (funds.Fund, "campaigns", 100),
    "listFundClaims": (funds.FundClaim, "fund_claims", 100),
    "listLicenceAcceptances": (brand_assets.LicenceAcceptance, "licence_acceptances", 100),
    "listParts": (uploads.UploadedPart, "uploads", 10_000),
}
# Characters of fields that no column limits: the statement cuts them, or the code makes them.
MADE = {
    "code": 50,
    "reason": 1000,
    "failure_reason": 1000,
    "bounce_reason": 1000,
    "pause_reason": 500,
    "campaign_description": 2000,
    "url": 4000,
    "sha256": 64,
    "licence_sha256": 64,
    "file_url": 200,
    # Of a group's rule, together.
    "regions": 10_000,
    # What uses an asset: the beginning of a subject or text.
    "status": 20,
    "body": 2000,
    "next_step": 200,
    "settled": 500,
    # The first characters of a text.
    "sms_excerpt": 160,
    "excerpt": 160,
    # Of the account of a post.
    "account_handle": 255,
    "account_name": 255,
    "permalink": 2000,
    "local_time": 19,
    # What a plan's origin froze.
    "identity": 20,
    "ip_address": 43,
    "user_agent": 1000,
    "ip": 43,
    "wording": 4000,
    # Times of a window.
    "opens": 5,
    "closes": 5,
    # Of a model, beside its wishes.
    "model_name": 255,
    # Of a DNS record: labels before a name of 253 characters.
    "type": 5,
    "name": 350,
    "value": 350,
    "device_type": 50,
    # Of a step's trouble: names of steps and of errors.
    "error": 1000,
    # One of our own subjects, and what is said about it.
    "subject": 50,
    "description": 500,
}
METADATA = 8_192
LONGEST_USER_NAME = 255
LONGEST_EXCERPT = 40
# Items of a list within an item.
LISTED = {"group_ids": 100, "file_ids": 20, "uses": 9}
DNS_RECORDS = 6  # one that names the claim, five tokens
# Our own words, names of domains, and of regions that we know.
ASCII = {"next_step", "name", "value", "regions"}

# A control character of a text takes 6 bytes in JSON, 7 when that is escaped.
WORST_CHARACTER = "\x01"


def character_limits(platform: Platform) -> dict[str, int]:
    """The longest text of each varchar column, by `table.column`."""
    return dict(
        platform.query(
            "select format('%%s.%%s', attrelid::regclass, attname), atttypmod - 4 from pg_attribute"
            " where atttypid = 'varchar'::regtype and atttypmod > 0"
        )
    )


def largest_value(type_: Any, name: str, table: str, limits: dict[str, int]) -> Any:
    """A value of a field that takes the most bytes."""
    if name in MADE and get_origin(type_) is not Literal:
        return ("x" if name in ASCII else WORST_CHARACTER) * MADE[name]
    if get_origin(type_) in (Union, UnionType):
        return max(
            (largest_value(t, name, table, limits) for t in get_args(type_)), key=lambda v: len(str(v))
        )
    if isinstance(type_, type) and issubclass(type_, Account):
        return largest_item(type_, "users", limits)
    if get_origin(type_) is Literal:
        return max(get_args(type_), key=len)
    if isinstance(type_, type) and issubclass(type_, BaseModel):
        longest = LONGEST_EXCERPT if type_ is brand_assets.AssetUse else LONGEST_USER_NAME
        return largest_item(type_, table, limits) | {"name": WORST_CHARACTER * longest}
    if (
        type_ == list[str]
    ):  # names of a place: 2,048 bytes together; what others hold: a few sentences of ours
        return [WORST_CHARACTER * 2048]
    if get_origin(type_) is Annotated:
        return largest_value(get_args(type_)[0], name, table, limits)
    if get_origin(type_) is list:
        return [largest_value(get_args(type_)[0], name, table, limits)] * LISTED.get(name, DNS_RECORDS)
    if get_origin(type_) is dict:
        return {"": "\U0001f600" * (METADATA - len('{"": ""}'))}
    if type_ is str:
        return WORST_CHARACTER * limits[f"{table}.{name}"]
    simple = {
        UUID: uuid4(),
        datetime: datetime(2026, 1, 1, 1, 1, 1, 123456, UTC),
        date: date(2026, 12, 31),
        Decimal: "-9999999999.99",
        int: 10**18,
        float: 1e-300,
        bool: False,
        type(None): None,
    }
    return simple[type_]


def largest_item(model: type[BaseModel], table: str, limits: dict[str, int]) -> dict[str, Any]:
    largest = {
        name: largest_value(field.annotation, name, table, limits)
        for name, field in model.model_fields.items()
    }
    if issubclass(model, Account):
        largest["name"] = WORST_CHARACTER * limits["users.user_name"]
    return largest


def sent(item: object) -> int:
    """Bytes of an item in an answer of Lambda."""
    body = json.dumps(item, ensure_ascii=False, default=str)
    return len(json.dumps(body, ensure_ascii=False).encode())


@pytest.mark.parametrize("operation", LISTS)
def test_the_longest_page_of_the_largest_items_fits(platform: Platform, operation: str) -> None:
    model, table, items = LISTS[operation]
    largest = sent(largest_item(model, table, character_limits(platform)))
    assert largest * items <= edge.ANSWER_LIMIT, f"{largest:,} bytes times {items}"


def test_every_list_is_here() -> None:
    document = json.loads((lambdas.EVENTS.parent / "functions/openapi.json").read_text())
    schemas = document["components"]["schemas"]
    listed = set()
    for methods in document["paths"].values():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        for one in schema.get("anyOf", [schema]):
            named = schemas.get(one.get("$ref", "").rpartition("/")[2], one)
            if "items" in named.get("properties", {}):
                listed.add(methods["get"]["operationId"])
    assert listed == {operation.split()[0] for operation in LISTS}


def test_the_longest_history_of_a_recipient_fits(platform: Platform) -> None:
    limits = character_limits(platform)
    send = largest_item(progress.Send, "email_sends", limits)
    texts = {"agent": WORST_CHARACTER * LONGEST, "link": WORST_CHARACTER * LONGEST}
    event = {"event_type": "Rendering Failure", "attempt": 31, "detail": texts} | dict.fromkeys(
        ("occurred_at", "received_at"), datetime(2026, 1, 1, 1, 1, 1, 123456, UTC)
    )
    assert sent(send | {"events": [event] * 100}) <= edge.ANSWER_LIMIT


WORST = "\x01" * 255


def test_full_pages_as_they_are_answered(platform: Platform, mailing: Mailing) -> None:
    """The largest lists for real: rows filled to their limits, a page of 100, measured as Lambda sends it."""
    brand, campaign = platform.users["rival"], mailing.campaign_id
    full = Jsonb({"": "\U0001f600" * (METADATA - 8)})
    platform.query(
        "insert into templates (template_name, template_type, template_content, created_by_user_id)"
        " select %s, 'web', jsonb_build_object('x', repeat('x', 2000000)), %s from generate_series(1, 101) returning 1",
        WORST, brand,
    )  # fmt: skip
    platform.query(
        "insert into campaigns (campaign_name, campaign_description, target_audience, campaign_settings,"
        " created_by_user_id) select %s, repeat('x', 10000), %s, %s, %s from generate_series(1, 101) returning 1",
        WORST, full, full, brand,
    )  # fmt: skip
    platform.query(
        "insert into email_campaigns (campaign_id, email_subject, email_content, sender_email, sender_name,"
        " created_by_user_id) select %s, repeat(%s, 500), repeat('x', 1000000), 'a@example.com', %s, %s"
        " from generate_series(1, 101) returning 1",
        campaign, "\x01", WORST, brand,
    )  # fmt: skip
    for path in ("/templates", "/campaigns", "/email-campaigns"):
        assert _bytes(platform, path) < edge.ANSWER_LIMIT, path


def test_a_full_page_of_brand_assets(platform: Platform) -> None:
    brand = platform.users["rival"]
    platform.query(
        "with f as (insert into files (file_name, file_path, file_type, file_size, created_by_user_id, content_sha256)"
        " select n || '.pdf', 'live/' || n, 'pdf', 1, %s, sha256(n::text::bytea) from generate_series(1, 101) n"
        " returning file_id)"
        " insert into brand_assets (file_id, asset_name, asset_type, metadata, created_by_user_id)"
        " select file_id, repeat(%s, 500), repeat(%s, 50), %s, %s from f returning 1",
        brand, "\x01", "\x01", Jsonb({"": "\U0001f600" * (METADATA - 8)}), brand,
    )  # fmt: skip
    answer = platform.call("rival", "GET", "/brand-assets", limit=100)
    assert 3_000_000 < _size(answer) < edge.ANSWER_LIMIT


def test_a_full_page_of_recipients_whose_provider_said_a_lot(platform: Platform, mailing: Mailing) -> None:
    message = mailing.draft("rival", campaign_id=_campaign(platform))
    platform.query(
        "insert into email_sends (email_campaign_id, created_by_user_id, recipient_email, recipient_hash, status,"
        " failed_at, failure_code, failure_reason, bounced_at, bounce_reason)"
        " select %s, %s, n || '@example.com', sha256(n::text::bytea), 'failed', now(), 'x', repeat(%s, 100000), now(),"
        " repeat(%s, 100000) from generate_series(1, 101) n returning 1",
        message, platform.users["rival"], "\x01", "\x01",
    )  # fmt: skip
    assert 1_000_000 < _bytes(platform, f"/email-campaigns/{message}/sends") < edge.ANSWER_LIMIT


def _campaign(platform: Platform) -> str:
    made = ask(platform, "rival", "POST", "/campaigns", {"campaign_name": "Spring"})
    return str(made.body["campaign_id"])


def _bytes(platform: Platform, path: str) -> int:
    answer = ask(platform, "rival", "GET", path, limit=100)
    assert len(answer.body["items"]) == 100
    return _size(answer)


def _size(answer: lambdas.Answer) -> int:
    assert answer.status == 200, answer
    return sent(answer.body)


def test_the_longest_answers_about_engagement_fit(platform: Platform) -> None:
    """All measurements of a post; of an account a gain of each kind on each day, and ten posts; all hours of a week."""
    limits = character_limits(platform)
    days = (engagement_routes.LONGEST.days + 1) * len(get_args(engagement.Metric))
    parts: dict[type[BaseModel], int] = {
        engagement.Measurement: engagement_routes.MOST,
        engagement.DayGain: days,
        engagement.TopPost: 10,
        engagement.BestTime: 168,
    }
    largest = {
        model: sent(largest_item(model, "social_posts", limits)) * count for model, count in parts.items()
    }
    assert sum(largest.values()) <= edge.ANSWER_LIMIT, largest
