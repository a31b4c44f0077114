"""The lists of figures, each declared once: its columns, orders, filters, and what makes a row the caller's.

An order is offered only in the scopes in which an index carries it, or in which there are few rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel

from ddp.queries.analytics.declarations import Carrier, Listing, Sort
from functions.analytics.models import figures, message_figures

BY_DATE: Final = Sort(column="created_at", kind="timestamptz")
# Of lists that only their owner and administrators see.
PRIVATE: Final[Mapping[Any, tuple[str, ...]]] = {
    "own": ("own_by_user",),
    "visible": ("own_by_user",),
    "all": ("everyones",),
}

SentStatus = Literal["sent", "unsent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A list as the API has it. `parameters`: the types of the listing's filters."""

    listing: Listing
    row: type[BaseModel]
    parameters: Mapping[str, Any]
    title: str  # after "List"
    defaults: Mapping[str, str]  # of parameters, unless an id is asked for


def _figures(
    row: type[BaseModel],
    title: str,
    parameters: Mapping[str, tuple[Any, str]],
    *,
    defaults: Mapping[str, str] | None = None,
    **listing: Any,
) -> Figures:
    """`parameters`: by name, the type, and the column or piece of lists.sql that it filters by."""
    filters = {name: column for name, (_, column) in parameters.items()}
    return Figures(
        listing=Listing(columns=tuple(row.model_fields), filters=filters, **listing),
        row=row,
        parameters={name: kind for name, (kind, _) in parameters.items()},
        title=title,
        defaults=defaults or {},
    )


def _by_creator(*shown: str) -> Mapping[Any, tuple[str, ...]]:
    return {"own": ("own_by_creator",), "visible": ("own_by_creator", *shown), "all": ("everyones",)}


FIGURES: Final[Mapping[str, Figures]] = {
    "files": _figures(
        figures.FileFigures,
        "files with their views and downloads",
        {
            "id": (UUID, "file_id::uuid"),
            "type": (figures.FileType, "file_type::public.file_type"),
            "status": (Literal["live", "deleted"], "status_of_files"),
        },
        defaults={"status": "live"},
        view="public.file_analytics",
        key="file_id",
        date="created_at",
        reasons=_by_creator("files_shared", "files_public", "files_of_brands"),
        carriers={
            "files_shared": Carrier(
                table="ddp.file_access", columns={"file_id": "file_id", "created_at": "file_created_at"}
            )
        },
        sorts=(
            BY_DATE,
            Sort(column="view_count", kind="bigint", counted="counted_views", scopes=("own",)),
            Sort(column="download_count", kind="bigint", counted="counted_downloads", scopes=("own",)),
        ),
    ),
    "users": _figures(
        figures.UserFigures,
        "accounts with their sessions and actions",
        {
            "id": (UUID, "user_id::uuid"),
            "type": (figures.AccountType, "user_type::public.user_type"),
            "status": (Literal["active", "inactive"], "status_of_users"),
        },
        view="public.user_analytics",
        key="user_id",
        date="created_at",
        reasons=PRIVATE,
        sorts=(BY_DATE,),
    ),
    "campaigns": _figures(
        figures.CampaignFigures,
        "campaigns with what came of them",
        {
            "id": (UUID, "campaign_id::uuid"),
            "status": (figures.CampaignStatus, "campaign_status::public.campaign_status"),
        },
        view="public.campaign_analytics",
        key="campaign_id",
        date="created_at",
        reasons=_by_creator("campaigns_joined"),
        carriers={
            "campaigns_joined": Carrier(
                table="public.campaign_participants",
                columns={"campaign_id": "campaign_id", "created_at": "campaign_created_at"},
            )
        },
        sorts=(
            BY_DATE,
            Sort(column="performance", kind="bigint", counted="counted_performance", scopes=("own", "all")),
        ),
    ),
    "email-campaigns": _figures(
        message_figures.EmailCampaignFigures,
        "e-mail campaigns with what came of them",
        {
            "id": (UUID, "email_campaign_id::uuid"),
            "campaign_id": (UUID, "campaign_id::uuid"),
            "status": (SentStatus, "status_of_sends"),
        },
        view="public.email_campaign_analytics",
        key="email_campaign_id",
        date="created_at",
        reasons=_by_creator("sent_for_own_campaigns"),
        sorts=(
            BY_DATE,
            Sort(column="sent_at", kind="timestamptz", nullable=True, scopes=("own",)),
        ),
    ),
    "sms-campaigns": _figures(
        message_figures.SmsCampaignFigures,
        "SMS campaigns with what came of them",
        {
            "id": (UUID, "sms_campaign_id::uuid"),
            "campaign_id": (UUID, "campaign_id::uuid"),
            "status": (SentStatus, "status_of_sends"),
        },
        view="public.sms_campaign_analytics",
        key="sms_campaign_id",
        date="created_at",
        reasons=_by_creator("sent_for_own_campaigns"),
        sorts=(
            BY_DATE,
            Sort(column="sent_at", kind="timestamptz", nullable=True, scopes=("own",)),
        ),
    ),
    "social-posts": _figures(
        figures.SocialPostFigures,
        "posts with the engagement that they met",
        {
            "id": (UUID, "post_id::uuid"),
            "campaign_id": (UUID, "campaign_id::uuid"),
            "type": (str, "post_type::varchar"),
            "status": (Literal["published", "unpublished"], "status_of_posts"),
        },
        view="public.social_post_analytics",
        key="post_id",
        date="created_at",
        reasons=_by_creator("sent_for_own_campaigns"),
        sorts=(
            BY_DATE,
            Sort(column="published_at", kind="timestamptz", nullable=True, scopes=("own",)),
        ),
    ),
    "products": _figures(
        figures.ProductFigures,
        "products with what their variants add up to",
        {
            "id": (UUID, "product_id::uuid"),
            "type": (str, "product_type::varchar"),
            "status": (str, "status::varchar"),
        },
        view="public.product_analytics",
        key="product_id",
        date="created_at",
        reasons={"own": ("own_by_creator",), "visible": ("products_published",), "all": ("everyones",)},
        sorts=(
            Sort(column="created_at", kind="timestamptz", scopes=("own", "all")),
            Sort(column="published_at", kind="timestamptz", scopes=("visible",)),
        ),
    ),
    "sessions": _figures(
        figures.SessionFigures,
        "sessions with what was done in them",
        {
            "id": (UUID, "session_id::uuid"),
            "status": (Literal["open", "ended"], "status_of_sessions"),
        },
        view="public.session_analytics",
        key="session_id",
        date="started_at",
        reasons=PRIVATE,
        sorts=(Sort(column="started_at", kind="timestamptz"),),
    ),
    "collections": _figures(
        figures.CollectionFigures,
        "collections with what was done with their files",
        {
            "id": (UUID, "collection_id::uuid"),
            "status": (Literal["public", "private"], "status_of_collections"),
        },
        view="public.collection_analytics",
        key="collection_id",
        date="created_at",
        reasons=_by_creator("collections_public"),
        sorts=(BY_DATE,),
    ),
    "daily": _figures(
        figures.DayFigures,
        "UTC days with what happened on them",
        {},
        view="public.daily_metrics_summary",
        key="date_recorded",
        key_kind="date",
        date="date_recorded",
        date_kind="date",
        reasons={"own": ("days_of_caller",), "visible": ("days_of_caller",), "all": ("everyones",)},
        sorts=(Sort(column="date_recorded", kind="date"),),
    ),
    "retailer-scores": _figures(
        figures.RetailerScore,
        "how retailers do in a brand's campaigns",
        {"id": (UUID, "score_id::uuid"), "retailer_id": (UUID, "retailer_id::uuid")},
        view="public.retailer_scores",
        key="score_id",
        date="calculated_at",
        reasons={
            "own": ("own_by_brand",),
            "visible": ("own_by_brand", "about_retailer"),
            "all": ("scores_of_platform",),
        },
        sorts=(Sort(column="overall_rank", kind="bigint", nullable=True, first="asc"),),
    ),
    "wish-lists": _figures(
        figures.WishFigures,
        "how often models are wished for, by region",
        {
            "id": (UUID, "regional_wish_id::uuid"),
            "region": (str, "region::varchar"),
            "model_id": (UUID, "model_id::uuid"),
        },
        view="public.regional_wish_lists",
        key="regional_wish_id",
        date="updated_at",
        reasons={"own": ("own_by_brand",), "visible": ("own_by_brand",)},
        sorts=(Sort(column="wish_count", kind="bigint"),),
    ),
    "asset-activity": _figures(
        figures.AssetActivity,
        "what retailers did with a brand's assets, by UTC day",
        {
            "id": (UUID, "activity_id::uuid"),
            "type": (figures.ActivityType, "activity_type::varchar"),
            "retailer_id": (UUID, "retailer_id::uuid"),
            "asset_id": (UUID, "asset_id::uuid"),
        },
        view="public.retailer_asset_activity",
        key="activity_id",
        date="activity_date",
        reasons={
            "own": ("own_by_brand",),
            "visible": ("own_by_brand", "about_retailer"),
        },
        sorts=(Sort(column="activity_date", kind="timestamptz"),),
    ),
}
