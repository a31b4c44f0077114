"""Transports of SMS, all of the Protocol in ddp.providers.transport. There is one: AWS End User Messaging."""

from __future__ import annotations

from ddp.providers.sms.base import Message
from ddp.providers.transport import Transport


def configured() -> Transport[Message]:
    """The deployment's transport. Raises SettingMissing if a variable that it needs is not set."""
    from ddp.providers.sms import end_user_messaging

    return end_user_messaging.from_environment()
