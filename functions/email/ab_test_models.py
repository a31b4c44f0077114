"""Requests and answers about A/B tests of e-mails."""

from __future__ import annotations

from pydantic import Field

from ddp.fields import DisplayName, Request, Text
from functions.email.models import Html, Subject
from functions.sending.operations.ab_test_models import AbTestProgress, AbTestSettings, OtherLetter


class EmailVariant(Request):
    """What a variant has of its own. Whatever is omitted is as in the draft."""

    variant: OtherLetter
    email_subject: Subject | None = None
    sender_name: DisplayName | None = None
    email_content: Html | None = None
    text_content: Text | None = Field(None, description="Goes with email_content; else it is made from that.")


class EmailAbTestRequest(AbTestSettings):
    """What to test. Variant A is the draft itself."""

    variants: list[EmailVariant] = Field(
        max_length=10, description="B, C, D and E: one to four, in this order."
    )


class EmailAbTest(EmailAbTestRequest):
    """What an e-mail tests, and what came of it."""

    progress: AbTestProgress | None = Field(description="Null before sending was requested.")
