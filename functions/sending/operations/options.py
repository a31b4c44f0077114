"""Requests to send and to settle, as far as all channels share them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ddp.fields import WHOLE, Flag, Json, Request, Time

UnknownPolicy = Literal["hold", "retry"]
SettleAction = Literal["mark_sent", "retry"]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["21:00"])]
SampleData = Annotated[
    Json,
    Field(description="Sample data, as a recipient's record would provide it.", examples=[{"name": "Ann"}]),
]


class SendOptions(Request):
    """When and how to send. A channel's request adds whom to send to, and its own options."""

    scheduled_at: Time | None = Field(None, description="Within the next year. If omitted, now.")
    max_lateness_seconds: Annotated[int, Field(ge=60, le=2_592_000), WHOLE] = Field(
        86_400,
        description="Recipients it would reach later than this become `missed`.",
    )
    time_zone: str = Field(
        "UTC", max_length=50, description="IANA name; for recipients without a time zone of their own."
    )
    in_recipient_time_zone: Flag = Field(
        default=False,
        description="If true, the date and time of scheduled_at in time_zone apply by each recipient's own clock.",
    )
    quiet_from: Clock | None = Field(
        None, description="Start of quiet hours by the recipient's clock: nothing is sent until quiet_until."
    )
    quiet_until: Clock | None = Field(None, description="End of quiet hours.")
    unknown_policy: UnknownPolicy = Field(
        "hold",
        description="If it is not known whether the provider accepted a message: `hold` it for a person to settle, "
        "or `retry`, which can send it twice.",
    )
    unknown_retry_after_seconds: Annotated[int, Field(ge=3_600, le=2_592_000), WHOLE] = Field(
        259_200, description="How long `retry` waits for an event about the message."
    )
    spread_over_seconds: Annotated[int, Field(ge=60, le=259_200), WHOLE] | None = Field(
        None,
        description="Spreads the messages evenly over this time after scheduled_at, in portions of 50. It must end"
        " before the campaign does. Quiet hours and windows still hold: what falls into them goes when they end.",
    )
    track_conversions: bool = Field(
        default=False,
        description="If true, links of the page carry a parameter `ddp_ref`, which the shop returns with an order"
        " (POST /conversions).",
    )
