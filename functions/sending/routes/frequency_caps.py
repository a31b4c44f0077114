"""Routes for frequency caps: at most so many messages to one recipient in so many days.

A sender sets its own; administrators set that of any sender, and one for all senders together.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from ddp import edge
from ddp.queries.sending import senders
from functions.sending.models import Channel
from functions.sending.routes import models

router = edge.router()

Whose = Annotated[
    senders.Whose,
    Path(
        description="A user; `me`: the acting account; `all`: all senders together, for admins.",
        examples=["me"],
    ),
]
OfChannel = Annotated[Channel, Query(description="The kind of message that is counted.")]


@router.get("/senders/<user_id>/frequency-cap", tags=["Senders"], operation_id="getFrequencyCap")
def get(user_id: Whose, channel: OfChannel = "email") -> models.FrequencyCap:
    """Get the frequency cap of a sender, or of all senders together.

    Only for the sender and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.FrequencyCap(**senders.frequency_cap(cursor, user_id, channel))


@router.put("/senders/<user_id>/frequency-cap", tags=["Senders"], operation_id="setFrequencyCap")
def put(user_id: Whose, body: models.NewFrequencyCap, channel: OfChannel = "email") -> models.FrequencyCap:
    """Set the most messages that a recipient gets from a sender, over all of its campaigns.

    It holds from the next call to the provider on. Messages count from when a cap was first set. Recipients who have
    had as many become `missed`, with the failure code `frequency-cap`. Test sends and transactional SMS neither count
    nor are held back. Only for owners of the account, and admins.
    """
    with edge.as_caller(router) as cursor:
        senders.set_frequency_cap(cursor, user_id, channel, messages=body.messages, days=body.days)
        return models.FrequencyCap(**senders.frequency_cap(cursor, user_id, channel))


@router.delete("/senders/<user_id>/frequency-cap", tags=["Senders"], operation_id="removeFrequencyCap")
def remove(user_id: Whose, channel: OfChannel = "email") -> models.FrequencyCap:
    """Remove a frequency cap.

    Harmless when repeated. Only for owners of the account, and admins.
    """
    with edge.as_caller(router) as cursor:
        senders.set_frequency_cap(cursor, user_id, channel, messages=None, days=None)
        return models.FrequencyCap(**senders.frequency_cap(cursor, user_id, channel))
