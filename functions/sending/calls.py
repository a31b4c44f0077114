"""From claimed recipients to provider calls, and from a provider's answers to results.

Nothing in here talks to the database or the provider: `dispatch` does both, in the order that makes a crash harmless.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from ddp.errors import Invalid
from ddp.observability import logger
from ddp.outcomes import Outcome
from ddp.providers.transport import Answer, Transport
from ddp.queries.sending.sends import Claimed, Result
from functions.sending.channels.composer import TOO_SLOW, Composer

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

    @property
    def sender_user_id(self) -> UUID:
        """The sender of the plan."""
        return self.recipients[0].sender_user_id

    @property
    def bucket(self) -> str:
        """The rate that all its messages are sent at: a chunk has one bucket."""
        return self.recipients[0].bucket

    @property
    def variant(self) -> int | None:
        """What all its recipients get of a plan that tests variants: a chunk has one."""
        return self.recipients[0].variant


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


@dataclass(slots=True, kw_only=True)
class Composition(Generic[Message]):
    """A call whose messages are being composed. It can stop after any message, and go on later.

    `slow`: the reasons why messages took too long, until somebody takes them.
    """

    call: Call
    slow: list[str] = field(default_factory=list)
    _outgoing: list[Claimed] = field(default_factory=list)
    _messages: list[Message] = field(default_factory=list)
    _settled: list[Result] = field(default_factory=list)

    @property
    def composed(self) -> int:
        """The number of recipients whose message is composed, or for whom there is none."""
        return len(self._outgoing) + len(self._settled)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to compose."""
        return self.composed == len(self.call.recipients)

    def go_on(self, composer: Composer[Message], *, until: float) -> None:
        """Compose messages until all are composed, one takes too long, or until `until` (of time.monotonic()).

        At least one.
        """
        for recipient in self.call.recipients[self.composed :]:
            composed = _composed(recipient, composer)
            if isinstance(composed, Result):
                self._settled.append(composed)
                if composed.code == TOO_SLOW:
                    self.slow.append(composed.reason or "")
                    return
            else:
                self._outgoing.append(recipient)
                self._messages.append(composed)
            if time.monotonic() > until:
                return

    def finish(self, transport: Transport[Message]) -> ComposedCall[Message]:
        """The call with its messages. What one provider call does not take goes back, and comes in a later call."""
        fitting = transport.fitting(self._messages) if self._messages else 0
        return ComposedCall(
            call=self.call,
            outgoing=self._outgoing[:fitting],
            messages=self._messages[:fitting],
            settled=[*self._settled, *(_returned(recipient) for recipient in self._outgoing[fitting:])],
        )

    def given_back(self) -> list[Result]:
        """The results of a call that is not made: who has failed has failed, all others are pending again."""
        settled = {result.send_id for result in self._settled}
        others = [recipient for recipient in self.call.recipients if recipient.send_id not in settled]
        return [*self._settled, *(_returned(recipient) for recipient in others)]


def group(claimed: Iterable[Claimed]) -> list[Call]:
    """The calls of claimed recipients, in the order in which the calls' first recipients come."""
    # By number: to hash and compare ids takes five times as long.
    recipients: dict[int, list[Claimed]] = {}
    for recipient in claimed:
        recipients.setdefault(recipient.send_call_id.int, []).append(recipient)
    return [Call(send_call_id=of_call[0].send_call_id, recipients=of_call) for of_call in recipients.values()]


def results(call: ComposedCall[Message], answers: Sequence[Answer], now: datetime) -> list[Result]:
    """The results of all recipients of a call that was made. `answers` are in the order of its messages."""
    answered = zip(call.outgoing, answers, strict=True)
    return [*call.settled, *(_answered(recipient, answer, now) for recipient, answer in answered)]


def answers(future: Future[list[Answer]], count: int) -> list[Answer]:
    """The transport's answers, one for each of `count` messages.

    A transport answers and never raises. If one does raise, or answers too little, the result is not known.
    """
    try:
        answers = future.result()
    except Exception as error:  # noqa: BLE001 - whatever it was, it says nothing about acceptance
        logger.exception("a transport raised")
        answers = []
        reason = f"The transport failed: {error}"[:500]
    else:
        reason = "The transport gave no answer."
    unknown = Answer(outcome=Outcome.UNKNOWN, code="no-answer", reason=reason)
    return [*answers[:count], *([unknown] * (count - len(answers)))]


def returned(call: ComposedCall[Message]) -> list[Result]:
    """The results of a call that was not made: who was to get a message is pending again, at once."""
    return [*call.settled, *(_returned(recipient) for recipient in call.outgoing)]


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
