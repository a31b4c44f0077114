"""Requests and responses of A/B tests of SMS."""

from __future__ import annotations

from pydantic import Field

from ddp.fields import Request
from functions.sending.operations.ab_test_models import AbTestProgress, AbTestSettings, OtherLetter
from functions.sms.campaigns.models import SmsText


class SmsVariant(Request):
    """What a variant has of its own."""

    variant: OtherLetter
    sms_content: SmsText


class SmsAbTestRequest(AbTestSettings):
    """What to test. Variant A is the draft itself."""

    variants: list[SmsVariant] = Field(
        max_length=10, description="B, C, D and E: one to four, in this order."
    )


class SmsAbTest(SmsAbTestRequest):
    """What an SMS tests, and what came of it."""

    progress: AbTestProgress | None = Field(description="Null before sending was requested.")
