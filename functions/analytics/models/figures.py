"""One row of each list of figures. A list's columns are the fields of its row.

Rates are percentages from 0 to 100 with two decimals. They are 0 where there is nothing to divide by, and come from
timestamps: an e-mail that bounced after its delivery was still delivered.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

FileType = Literal["image", "video", "pdf", "document", "audio", "other"]
AccountType = Literal["brand", "retailer", "admin"]
CampaignStatus = Literal["draft", "active", "paused", "completed", "archived"]
ActivityType = Literal["view", "download", "share"]
ResponseGrade = Literal["A", "B", "C"]

Rate = Annotated[float, Field(ge=0)]

DELIVERY_RATE = "100 * delivered / sent, at most 100; 0 if nothing was sent."
OPEN_RATE = "100 * opened by people / delivered, at most 100; 0 if nothing was delivered."
CLICK_RATE = "100 * clicked by people / delivered, at most 100; 0 if nothing was delivered."
CONVERSION_RATE = (
    "100 * orders credited to e-mails / delivered e-mails, at most 999.99; 0 if nothing was delivered."
)


class FileFigures(BaseModel):
    """What was done with a file."""

    file_id: UUID
    file_name: str
    file_type: FileType
    file_size: int = Field(description="In bytes.")
    created_by_user_id: UUID
    created_at: datetime
    deleted_at: datetime | None
    view_count: int = Field(description="Times viewed.")
    download_count: int = Field(description="Times downloaded.")
    share_count: int = Field(description="Times shared or published.")
    unique_users_count: int = Field(description="Signed-in users who did anything with it.")
    download_rate: Rate = Field(description="100 * downloads / views, at most 100; 0 without views.")
    last_action_at: datetime | None = Field(description="When somebody last did something with it.")


class UserFigures(BaseModel):
    """What an account did."""

    user_id: UUID
    user_name: str
    user_type: AccountType
    is_active: bool
    created_at: datetime
    last_login_at: datetime | None
    session_count: int = Field(description="Sessions ever started.")
    total_session_seconds: int = Field(description="Seconds of all sessions that ended.")
    average_session_seconds: float = Field(description="Seconds / sessions that ended; 0 without any.")
    view_count: int = Field(description="Files viewed.")
    download_count: int = Field(description="Files downloaded.")
    share_count: int = Field(description="Files shared.")
    upload_count: int = Field(description="Files uploaded.")
    last_action_at: datetime | None = Field(description="When it last did something with a file.")


class CampaignFigures(BaseModel):
    """What came of a campaign: the sums over all who send for it."""

    campaign_id: UUID
    campaign_name: str
    campaign_status: CampaignStatus
    created_by_user_id: UUID
    created_at: datetime
    start_date: datetime | None
    end_date: datetime | None
    budget_allocated: float | None
    budget_spent: float
    budget_utilization: float = Field(
        description="100 * spent / allocated: over 100 when overspent; 0 without a budget."
    )
    participant_count: int = Field(description="Retailers that take part.")
    emails_sent: int
    emails_delivered: int
    emails_opened: int
    emails_clicked: int
    sms_sent: int
    sms_delivered: int
    post_count: int = Field(description="Published posts.")
    post_engagement: int = Field(
        description="Likes, reactions, comments, shares, saves and clicks of its posts."
    )
    performance: int = Field(description="E-mails with a click + engagement with posts.")
    email_delivery_rate: Rate = Field(description=DELIVERY_RATE)
    email_open_rate: Rate = Field(description=OPEN_RATE)
    email_click_rate: Rate = Field(description=CLICK_RATE)
    sms_delivery_rate: Rate = Field(description=DELIVERY_RATE)
    conversion_count: int = Field(description="Orders that the campaign led to.")
    conversion_value: float = Field(
        description="What they were worth, less refunds; in the platform's currency."
    )
    email_conversion_rate: Rate = Field(description=CONVERSION_RATE)
    roi_percentage: float | None = Field(
        description="100 * (conversion_value - cost) / cost; null without cost. The cost is budget_spent, less what "
        "pays retailers back costs that are in it already."
    )


class SocialPostFigures(BaseModel):
    """Engagement with a post: the newest measurement of each kind."""

    post_id: UUID
    account_id: UUID
    campaign_id: UUID | None
    post_type: str
    created_at: datetime
    published_at: datetime | None
    like_count: int
    comment_count: int
    share_count: int
    reaction_count: int = Field(description="Reactions other than likes.")
    save_count: int = Field(description="How often it was saved.")
    click_count: int = Field(description="Clicks on it.")
    view_count: int = Field(description="Views.")
    reach_count: int = Field(description="People who saw it.")
    follow_count: int = Field(description="People who followed the account from it.")
    watch_seconds: int = Field(description="Seconds that it was watched.")
    total_engagement: int = Field(
        description="Likes, reactions, comments, shares, saves and clicks. Views and reach are no engagement."
    )
    deleted_on_platform_at: datetime | None = Field(
        description="When it was noticed that the post is no longer on the platform."
    )
    last_recorded_at: datetime | None = Field(description="The newest measurement.")


class ProductFigures(BaseModel):
    """What the variants of a product add up to."""

    product_id: UUID
    product_title: str
    product_type: str | None
    vendor: str | None
    status: str
    created_by_user_id: UUID
    created_at: datetime
    published_at: datetime | None
    variant_count: int
    in_stock_variant_count: int
    inventory_quantity: int
    availability_rate: Rate = Field(description="100 * variants in stock / variants; 0 without variants.")
    lowest_price: float | None
    highest_price: float | None
    discounted_variant_count: int = Field(description="Variants below their price before a reduction.")


class SessionFigures(BaseModel):
    """How long a session lasted, and what was done in it."""

    session_id: UUID
    user_id: UUID
    started_at: datetime
    ended_at: datetime | None
    duration_seconds: int | None = Field(description="From start to end; null while it is open.")
    action_count: int = Field(description="Everything done with files.")
    view_count: int
    download_count: int
    actions_per_minute: Rate = Field(
        description="Actions / minutes of the whole session; 0 while it is open."
    )
    last_action_at: datetime | None
    device_type: str | None = Field(description="Such as desktop, mobile or tablet; null if not known.")
    country_code: str | None = Field(description="ISO 3166-1 alpha-2; null if not known.")


class CollectionFigures(BaseModel):
    """What was done with the files of a collection."""

    collection_id: UUID
    collection_name: str
    created_by_user_id: UUID
    created_at: datetime
    is_public: bool
    file_count: int = Field(description="Live files in it.")
    total_size: int = Field(description="Their bytes.")
    view_count: int
    download_count: int
    share_count: int
    views_per_file: Rate = Field(description="Views / files, not a percentage; 0 without files.")
    last_action_at: datetime | None


class DayFigures(BaseModel):
    """What happened on one UTC day."""

    date_recorded: date = Field(description="The UTC day.")
    file_views: int
    file_downloads: int
    file_shares: int
    file_uploads: int
    emails_sent: int
    emails_delivered: int
    emails_opened: int
    emails_clicked: int
    emails_bounced: int
    emails_failed: int
    emails_complained: int
    emails_unsubscribed: int
    emails_machine_opened: int
    sms_sent: int
    sms_delivered: int
    sms_clicked: int
    sms_failed: int
    sms_unsubscribed: int
    sms_parts: int
    sms_cost: float = Field(description="US dollars.")
    posts_published: int
    sessions_started: int
    session_seconds: int = Field(description="Seconds of the sessions that ended.")
    active_users: int = Field(description="Different users who did something with the files.")


class RetailerScore(BaseModel):
    """How a retailer does in a brand's campaigns."""

    score_id: UUID
    retailer_id: UUID
    retailer_name: str | None
    brand_id: UUID | None = Field(description="Whose campaigns are scored; null: all brands'.")
    overall_rank: int | None = Field(description="1 is the best; equals share a rank.")
    response_quality_grade: ResponseGrade | None = Field(
        description="By people who clicked / delivered; null below 50 delivered e-mails."
    )
    email_response_time_hours: float | None = Field(description="From first joining to the first e-mail.")
    social_response_time_hours: float | None = Field(description="From first joining to the first post.")
    first_followup_time_hours: float | None = Field(description="From the first e-mail to the second.")
    social_post_frequency_per_week: float | None = Field(description="Posts of the last 28 days / 4.")
    campaign_roi_percentage: float | None = Field(
        description="100 * (conversions - cost) / cost; null without a cost."
    )
    calculated_at: datetime


class WishFigures(BaseModel):
    """How often a model is wished for in a region."""

    regional_wish_id: UUID
    model_id: UUID
    brand_id: UUID
    region: str
    wish_count: int
    rank_in_region: int | None
    updated_at: datetime


class AssetActivity(BaseModel):
    """That a retailer did something with a brand's asset on a UTC day."""

    activity_id: UUID
    retailer_id: UUID
    asset_id: UUID
    brand_id: UUID
    activity_type: ActivityType
    activity_date: datetime = Field(description="The beginning of the UTC day.")
    unique_files_count: int
