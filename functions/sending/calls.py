"""From claimed recipients to provider calls, and from a provider's answers to results.

Nothing in here talks to the database or the provider: `dispatch` does both, in the order that makes a crash harmless.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from ddp.errors import Invalid
from ddp.outcomes import Outcome
from ddp.providers.transport import Answer, Transport
from ddp.queries.sending.sends import Claimed, Result
from functions.sending.channels.composer import Composer, ComposerOf

Message = TypeVar("Message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The claimed recipients of one provider call. It has no messages yet."""

    send_call_id: UUID
    recipients: Sequence[Claimed]

    @property
    def send_plan_id(self) -> UUID:
        """The plan of all its recipients: a claim, and so a call, is of one plan."""
        return self.recipients[0].send_plan_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedCall(Generic[Message]):
    """A call that can be made: `messages[n]` goes to `outgoing[n]`.

    `settled` has the results of the call's other recipients: no message can be made for them, or theirs did not fit.
    """

    call: Call
    outgoing: Sequence[Claimed]
    messages: Sequence[Message]
    settled: Sequence[Result]

    def only(self, send_ids: Collection[UUID]) -> ComposedCall[Message]:
        """The call without the recipients whose sends are not among `send_ids`, which are sends of this call."""
        if len(send_ids) == len(self.call.recipients):
            return self
        may_go = frozenset(send_ids)
        going = [
            (recipient, message)
            for recipient, message in zip(self.outgoing, self.messages, strict=True)
            if recipient.send_id in may_go
        ]
        return replace(
            self,
            outgoing=[recipient for recipient, _ in going],
            messages=[message for _, message in going],
        )


def group(claimed: Iterable[Claimed]) -> list[Call]:
    """The calls of claimed recipients, in the order in which the calls' first recipients come."""
    # By number: to hash and compare ids takes five times as long.
    recipients: dict[int, list[Claimed]] = {}
    for recipient in claimed:
        recipients.setdefault(recipient.send_call_id.int, []).append(recipient)
    return [Call(send_call_id=of_call[0].send_call_id, recipients=of_call) for of_call in recipients.values()]


def compose(
    call: Call, composer_of: ComposerOf[Message], transport: Transport[Message]
) -> ComposedCall[Message]:
    """Compose the call's messages. What one provider call does not take goes back, and comes in a later call."""
    try:
        composer = composer_of(call.send_plan_id)
    except Invalid as error:
        failed = [_failed(recipient, error.code, error.detail) for recipient in call.recipients]
        return ComposedCall(call=call, outgoing=[], messages=[], settled=failed)
    outgoing: list[Claimed] = []
    messages: list[Message] = []
    settled: list[Result] = []
    for recipient in call.recipients:
        composed = _composed(recipient, composer)
        if isinstance(composed, Result):
            settled.append(composed)
        else:
            outgoing.append(recipient)
            messages.append(composed)
    fitting = transport.fitting(messages) if messages else 0
    settled += [_returned(recipient) for recipient in outgoing[fitting:]]
    return ComposedCall(call=call, outgoing=outgoing[:fitting], messages=messages[:fitting], settled=settled)


def results(call: ComposedCall[Message], answers: Sequence[Answer], now: datetime) -> list[Result]:
    """The results of all recipients of a call that was made. `answers` are in the order of its messages."""
    answered = zip(call.outgoing, answers, strict=True)
    return [*call.settled, *(_answered(recipient, answer, now) for recipient, answer in answered)]


def returned(call: Call) -> list[Result]:
    """The results of a call that was not made: all its recipients are pending again, at once."""
    return [_returned(recipient) for recipient in call.recipients]


def _composed(recipient: Claimed, composer: Composer[Message]) -> Message | Result:
    """The recipient's message, or the result that says why there can be none."""
    try:
        return composer.compose(recipient)
    except Invalid as error:
        return _failed(recipient, error.code, error.detail)
    except ValueError as error:
        return _failed(recipient, "message-invalid", str(error))


def _failed(recipient: Claimed, code: str, reason: str) -> Result:
    return Result(
        send_id=recipient.send_id,
        attempt=recipient.attempt,
        outcome=Outcome.FAILED,
        code=code,
        reason=reason,
    )


def _returned(recipient: Claimed) -> Result:
    return Result(send_id=recipient.send_id, attempt=recipient.attempt, outcome=Outcome.RETRY)


def _answered(recipient: Claimed, answer: Answer, now: datetime) -> Result:
    return Result(
        send_id=recipient.send_id,
        attempt=recipient.attempt,
        outcome=answer.outcome,
        message_id=answer.message_id,
        code=answer.code[:50] if answer.code else None,
        reason=answer.reason.replace("\0", "") if answer.reason else None,
        retry_at=now + timedelta(seconds=answer.later) if answer.later else None,
    )
