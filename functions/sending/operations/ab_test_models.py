"""Requests and responses of A/B tests, as far as all channels share them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from ddp.fields import WHOLE, Request, stored_as
from functions.sending.models import PlanStatus

Metric = Literal["clicks", "conversions"]
IfUnclear = Literal["a", "best", "ask"]
Letter = Annotated[str, Field(pattern="^[A-E]$", description="A is the draft itself.", examples=["B"])]
OtherLetter = Annotated[
    str, Field(pattern="^[B-E]$", description="A is the draft itself: begin with B.", examples=["B"])
]


class AbTestSettings(Request):
    """How the variant for the rest of the recipients is chosen. A channel's request adds the variants."""

    share_percent: Annotated[int, Field(ge=1, le=99), WHOLE] = Field(
        description="How many recipients get one of the variants, as many each. The rest waits for the best one.",
        examples=[20],
    )
    decide_after_seconds: Annotated[int, Field(ge=60, le=259_200), WHOLE] = Field(
        description="How long after the last message of the test it is decided; at most 72 hours.",
        examples=[14_400],
    )
    metric: Metric = Field(
        "clicks",
        description="`clicks`: recipients who clicked, per delivered; machines do not count. `conversions`: recipients"
        " who ordered, per delivered; needs track_conversions.",
    )
    if_unclear: IfUnclear = Field(
        "a",
        description="If the difference is too little to tell at 95 %: the rest gets `a` (the draft) or the `best` so"
        " far, or a person is to choose (`ask`).",
    )


class VariantOfDraft(BaseModel):
    """A variant beside the draft itself, which is A."""

    variant: str


class AbTestOfDraft(BaseModel):
    """What a draft tests. The contents of the variants are at its `/ab-test`."""

    share_percent: int
    decide_after_seconds: int
    metric: Metric
    if_unclear: IfUnclear
    variants: list[VariantOfDraft] = Field(description="Those beside the draft itself.")


OF_DRAFT = Field(None, description="Null if it tests nothing.")


class DecisionRequest(Request):
    """The variant that the rest gets."""

    variant: Letter


class VariantNumbers(BaseModel):
    """What became of one variant's messages. All are numbers of recipients."""

    variant: str
    recipients: int = Field(description="Of the test and, of the winner, of the rest.")
    sent: int
    delivered: int = Field(description="Those who clicked count, whatever was reported.")
    clicked: int = Field(description="By people.")
    converted: int = Field(description="Recipients with an order.")
    unsubscribed: int = Field(description="Recipients who want no more messages.")


class Comparison(BaseModel):
    """The best variant compared with another one, by a two-proportion z-test with Holm's correction."""

    variant: str
    z: float
    p: float = Field(description="How likely so large a difference is if there is none.")
    threshold: float = Field(description="What p must not exceed.")
    is_different: bool


class Evaluation(BaseModel):
    """What the numbers said when it was decided."""

    metric: Metric
    numbers: list[VariantNumbers] = Field(description="Of each variant, as they were then.")
    best: str
    is_clear: bool = Field(description="Whether the best is better than each other one.")
    confidence_percent: int
    comparisons: list[Comparison]
    words: str


class AbTestProgress(BaseModel):
    """The A/B test of a send."""

    status: Literal["testing", "waiting", "asking", "decided", "over"] = Field(
        description="`testing`: its messages go out. `waiting`: they are out, and decides_at comes. `asking`: a person"
        " has to choose. `decided`. `over`: the send ended before."
    )
    share_percent: int
    decide_after_seconds: int
    metric: Metric
    if_unclear: IfUnclear
    tested_at: datetime | None = Field(description="When the last message of the test was out.")
    decides_at: datetime | None
    asked_at: datetime | None
    decided_at: datetime | None
    decided_by: Literal["numbers", "person"] | None
    winner: str | None = Field(description="The variant that the rest gets.")
    waiting_count: int = Field(
        validation_alias=stored_as("waiting_count", "waiting"),
        description="Recipients of the rest who have got no message yet.",
    )
    variants: list[VariantNumbers] = Field(description="Up to now; the winner's with those of the rest.")
    evaluation: Evaluation | None
    words: str | None = Field(
        examples=["B had 4.1 % clicks, A 2.9 %; at 95 % that is a real difference. The rest gets B."]
    )


class Decided(BaseModel):
    """The send after the decision."""

    send_plan_id: UUID
    status: PlanStatus = Field(validation_alias=stored_as("status", "state"))
    winner: str
