"""Transports of e-mail. Each implements the Protocol in base.py; DDP_EMAIL_TRANSPORT names the one to use."""

from __future__ import annotations

from ddp import settings
from ddp.providers.email.base import Transport


def configured() -> Transport:
    """The deployment's transport, `ses` (default) or `smtp`. Raises ValueError for any other name."""
    match settings.optional("DDP_EMAIL_TRANSPORT", "ses"):
        case "ses":
            from ddp.providers.email import ses

            return ses.from_environment()
        case "smtp":
            from ddp.providers.email import smtp

            return smtp.from_environment()
        case other:
            raise ValueError(f"DDP_EMAIL_TRANSPORT is {other!r}: it must be ses or smtp")
