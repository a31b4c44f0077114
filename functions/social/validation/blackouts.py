"""Periods in which a brand lets some retailers post nothing in its campaigns."""

from __future__ import annotations

from datetime import datetime

from ddp.providers.social.base import Problem
from functions.social.validation.problems import problem


def held_back(reason: str, ends_at: datetime) -> Problem:
    """What to say of a post that would go out in such a period."""
    sentence = (
        f"The brand lets nothing be posted in this campaign until {ends_at:%Y-%m-%d %H:%M} UTC:"
        f" {reason.rstrip('. ')}. Choose a later time."
    )
    return problem("when", "blackout", sentence)
