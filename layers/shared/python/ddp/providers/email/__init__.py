"""Transports of e-mail, all of the Protocol in ddp.providers.transport. DDP_EMAIL_TRANSPORT names the one in use."""

from __future__ import annotations

from ddp import settings
from ddp.providers.email.base import Message
from ddp.providers.transport import Transport


def configured() -> Transport[Message]:
    """The deployment's transport: `ses` (default) or `smtp`."""
    match settings.optional("DDP_EMAIL_TRANSPORT", "ses"):
        case "ses":
            from ddp.providers.email import ses

            return ses.from_environment()
        case "smtp":
            from ddp.providers.email import smtp

            return smtp.from_environment()
        case other:
            raise settings.SettingMissing(f"DDP_EMAIL_TRANSPORT is {other!r}: it must be ses or smtp")
