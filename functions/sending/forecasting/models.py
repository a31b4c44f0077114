"""Responses about forecasts, alike for all channels."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from functions.sending.models import ExportStatus

WithheldReason = Literal[
    "hard_bounce", "invalid_number", "complaint", "unsubscribe", "stop", "in_question", "soft_bounces", "unreachable",
    "manual", "suppressed", "frequency-cap",
]  # fmt: skip


class Estimate(BaseModel):
    """A number with its bounds at 95 %. All three are equal if it is exact."""

    value: int
    low: int = Field(description="Not less than this, in 39 of 40 cases.")
    high: int = Field(description="Not more than this, in 39 of 40 cases.")


class EstimatedAmount(BaseModel):
    """An amount with its bounds at 95 %. All three are equal if it is exact."""

    value: Decimal
    low: Decimal = Field(description="Not less than this, in 39 of 40 cases.")
    high: Decimal = Field(description="Not more than this, in 39 of 40 cases.")


class Withheld(BaseModel):
    """Recipients to whom messages are withheld for one reason."""

    reason: WithheldReason = Field(
        description="`suppressed`: for every sender, and the reason is not the caller's to know. `frequency-cap`: as"
        " counted now, they have had as many messages as a cap allows; they would become `missed`."
    )
    count: Estimate


class RejectedExample(BaseModel):
    """A record that would be rejected."""

    line: int | None = Field(
        description="Its line in the file or place in the list, from 1; null: not known of a sample."
    )
    value: str = Field(description="The beginning of its address.")


class RejectedRecords(BaseModel):
    """Records that would be rejected for one reason."""

    code: str
    reason: str = Field(description="The reason, in a sentence for people.")
    count: Estimate
    examples: list[RejectedExample] = Field(
        description="At most five. None if recipients are users of the platform."
    )


class CountryCost(BaseModel):
    """Messages to one country, from one origination identity."""

    country: str = Field(description="ISO 3166-1, two letters.")
    identity: str | None = Field(description="What they would come from.")
    recipients: Estimate
    parts: Estimate
    amount: EstimatedAmount = Field(description="US dollars.")


class ForecastBudget(BaseModel):
    """A budget that the messages would draw on, in US dollars."""

    scope: Literal["campaign", "send_plan", "sms_month"] = Field(
        description="The campaign's budget, this send's `max_cost`, or what the account's SMS of a month may cost."
    )
    cap: Decimal = Field(description="What may be spent of it in all.")
    left: Decimal = Field(description="What of it is not used or reserved.")
    exceeded_by: Decimal = Field(description="Above 0, nothing would be sent before the limit is raised.")


class ForecastCost(BaseModel):
    """What the messages would cost."""

    amount: EstimatedAmount
    currency: str
    units: Estimate = Field(
        description="What they would take of the rate: an e-mail is one, an SMS has one per part."
    )
    countries: list[CountryCost] = Field(description="SMS only.")
    budgets: list[ForecastBudget] = Field(description="SMS only; those that have a limit.")


class ForecastTiming(BaseModel):
    """When the messages would go, at the present rates and with the messages that wait already."""

    first_at: datetime | None = Field(description="When the first message would go; null: none would.")
    last_at: datetime | None = Field(description="When the last message would go; null: none would.")
    last_at_low: datetime | None = Field(description="For the lower bound of `recipients`.")
    last_at_high: datetime | None = Field(description="For the upper bound of `recipients`.")
    hours_from: datetime | None = Field(description="The beginning of the first bar.")
    hours_per_bar: int = Field(description="How many hours each bar stands for.")
    bars: list[int] = Field(
        max_length=100, description="How many messages would go in each bar, one after the other."
    )
    late: int = Field(
        description="Messages that would wait longer than `max_lateness_seconds` for the rate. They are sent"
        " nevertheless: only a pause or an outage makes recipients `missed`."
    )
    unsent: int = Field(description="Messages that would not have gone within a year.")


class ForecastNote(BaseModel):
    """Something to know about the forecast."""

    code: str
    text: str = Field(description="A sentence for people.")


class ForecastResult(BaseModel):
    """What the send would do."""

    method: Literal["exact", "sample"] = Field(
        description="`exact`: all records were read. `sample`: a part of the file, spread over it."
    )
    records_read: int = Field(description="Records that were read.")
    share_read: float = Field(description="The share of the file that was read, from 0 to 1.")
    records: Estimate = Field(description="Records of the list, file or audience.")
    recipients: Estimate = Field(description="Who would get the message.")
    duplicates: Estimate = Field(description="Records whose address occurred before.")
    suppressed: list[Withheld] = Field(description="Recipients to whom messages are withheld.")
    rejected: list[RejectedRecords] = Field(
        description="Records without a usable recipient, most frequent first."
    )
    cost: ForecastCost
    timing: ForecastTiming
    notes: list[ForecastNote] = Field(description="What else to know, most important first.")


class ForecastFailure(BaseModel):
    """Why the send would fail."""

    code: str
    reason: str = Field(description="The reason, in a sentence for people.")


class Forecast(BaseModel):
    """A forecast, as far as it is. It is kept for seven days."""

    send_forecast_id: UUID
    status: ExportStatus
    records_read: int = Field(description="Records that were read so far.")
    records_expected: int | None = Field(description="About how many will be read; null: not known.")
    result: ForecastResult | None = Field(description="Null until it is ready.")
    failure: ForecastFailure | None = Field(description="Why the send would fail; null: it would not.")
    created_at: datetime
    ended_at: datetime | None
