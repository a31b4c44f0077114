"""Sends automatic answers from their outbox: each at most once, in waves of provider calls."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from ddp import db, settings
from ddp.observability import logger
from ddp.outcomes import Outcome
from ddp.providers.sms.base import DLT_ENTITY, Message
from ddp.providers.transport import Answer, Transport
from ddp.queries.sms import replies
from ddp.queries.sms.inbound_messages import WantedReply
from ddp.queries.sms.replies import NewReply, Reply, Result
from functions.sms.answers import texts
from functions.sms.texts.text import size

# Whom answers name if the identity has no contact.
PUBLIC_URL: Final = settings.required("DDP_PUBLIC_URL")
# Answers in a wave; each is a provider call.
WAVE: Final = 32
# A wave has what its identities may send in this time.
WAVE_SECONDS: Final = 1.0
# The most that a part of an answer may cost where no price is known, in US dollars: a STOP must be confirmed, and no
# cap holds for that.
UNPRICED: Final = Decimal("0.50")
# Seconds that committing and recording a wave may take, beside its calls.
_RESERVE: Final = 5
# When the database is away for longer, a wave is unknown.
_LEASE_MARGIN: Final = timedelta(seconds=20)
# Until a provider that is busy is asked again.
_LATER: Final = timedelta(seconds=5)

_UNUSABLE: Final = Answer(outcome=Outcome.FAILED, code="invalid-message")
_OUTCOMES: Final = {Outcome.ACCEPTED: "sent", Outcome.RETRY: "retry", Outcome.UNKNOWN: "unknown"}


def composed(wanted: Sequence[WantedReply]) -> list[NewReply]:
    """The answers that messages get, in the languages of their countries."""
    return [
        NewReply(
            each.inbound_message_id,
            each.kind,
            each.country,
            texts.reply(each.kind, each.country, sender=each.sender, contact=each.contact or PUBLIC_URL),
        )
        for each in wanted
    ]


def send_due(transport: Transport[Message], *, deadline: float) -> int:
    """Send the answers that are due, a wave per second, until `deadline` (of time.monotonic()).

    That calls begin is committed before they are made, and a worker that dies in between leaves `unknown`. Returns how
    many were accepted.
    """
    accepted = 0
    lease = timedelta(seconds=transport.longest_call) + _LEASE_MARGIN
    while time.monotonic() + transport.longest_call + _RESERVE < deadline:
        with db.transaction(role="service_role") as cursor:
            begun = replies.begin(cursor, limit=WAVE, lease=lease)
        if not begun:
            break
        answers = _send(transport, begun)
        with db.transaction(role="service_role") as cursor:
            replies.record(cursor, [_result(*each) for each in zip(begun, answers, strict=True)])
        accepted += sum(answer.outcome is Outcome.ACCEPTED for answer in answers)
        time.sleep(WAVE_SECONDS)
        logger.info("answers sent", outcomes=[answer.outcome.value for answer in answers])
    return accepted


def _send(transport: Transport[Message], begun: Sequence[Reply]) -> list[Answer]:
    """One answer of the provider for each reply. One that cannot be a message fails alone."""
    messages = {reply.sms_reply_id: message for reply in begun if (message := _message(reply))}
    waiting = list(messages.values())
    answers: list[Answer] = []
    while rest := waiting[len(answers) :]:
        answers += transport.send(rest[: transport.fitting(rest)])
    by_reply = dict(zip(messages, answers, strict=True))
    return [by_reply.get(reply.sms_reply_id, _UNUSABLE) for reply in begun]


def _message(reply: Reply) -> Message | None:
    price = reply.price_per_part if reply.price_per_part is not None else UNPRICED
    try:
        return _of_price(reply, price * size(reply.body).parts)
    except ValueError:
        logger.exception("an answer cannot be sent", sms_reply_id=str(reply.sms_reply_id))
        return None


def _of_price(reply: Reply, max_price: Decimal) -> Message:
    return Message(
        recipient=reply.phone,
        body=reply.body,
        origin=reply.origin,
        message_type=reply.message_type,
        max_price=max_price,
        expires_at=reply.due_by,
        tags={"ddp_reply": str(reply.sms_reply_id)},
        country_parameters={DLT_ENTITY: reply.dlt_entity_id} if reply.dlt_entity_id else {},
    )


def _result(reply: Reply, answer: Answer) -> Result:
    return Result(
        sms_reply_id=reply.sms_reply_id,
        outcome=_OUTCOMES.get(answer.outcome, "failed"),
        message_id=answer.message_id,
        code=answer.code,
        later=max(_LATER, timedelta(seconds=answer.later)),
    )
