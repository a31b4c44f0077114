"""A provider without idempotency, like all real ones: it accepts, refuses, throttles, or does not answer."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Protocol

from ddp.channels import SMS, Channel
from ddp.outcomes import Outcome
from ddp.providers.transport import Answer, Quota
from tests import ses_events, sms_events
from tests.database.faults.chaos import Chaos

# Events that follow an acceptance, and their probabilities; each comes early, late, repeatedly or never.
SEQUELS = [
    (["send", "delivery"], 5),
    (["send", "delivery", "open"], 3),
    (["send", "delivery", "open", "click"], 2),
    (["send", "bounce_permanent"], 1),
    (["send", "delivery", "complaint"], 1),
    (["send", "bounce_transient"], 1),
]
# Types of SMS events. The last one of a message has the charge: mostly the price, less, or (a carrier's fee rose) more.
SMS_SEQUELS = [
    (["QUEUED", "SENT", "DELIVERED"], 6), (["SENT", "UNREACHABLE"], 1), (["PENDING", "SPAM"], 1),
    (["SENT", "UNKNOWN"], 1), (["INVALID"], 1), (["QUEUED"], 1),
]  # fmt: skip
CHARGES = [("1", 12), ("0.5", 4), ("0", 1), ("1.5", 1)]

THROTTLED = Answer(outcome=Outcome.RETRY, code="throttled", slow_down=True)
# The whole account has stopped for an hour.
SPENT = Answer(outcome=Outcome.RETRY, code="provider-spend-limit", slow_down=True, later=3600)
SILENCE = Answer(outcome=Outcome.UNKNOWN, code="timed-out", reason="No answer")
BROKEN = Answer(outcome=Outcome.UNKNOWN, code="provider-error", reason="InternalServerException")


class Message(Protocol):
    """What the provider looks at in a message: the tags that say whose it is; the subject of an e-mail; the text of an
    SMS, and what it may cost.
    """

    @property
    def tags(self) -> Mapping[str, str]: ...

    @property
    def subject(self) -> str: ...

    @property
    def body(self) -> str: ...

    @property
    def max_price(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A message that the provider accepted: the proof of what was really sent."""

    send_id: str
    attempt: int
    message_id: str
    says: str


@dataclass(slots=True)
class Provider:
    """A Transport. `publish` takes the events; `meanwhile` does what others do during a call; `wrong` says what is
    wrong with calling a recipient; `note` takes what must not happen.
    """

    chaos: Chaos
    channel: Channel
    publish: Callable[[str], None]
    meanwhile: Callable[[], None]
    wrong: Callable[[str], Iterator[str]]
    note: Callable[[str], None]
    longest_call: float = 5.0
    accepted: list[Acceptance] = field(default_factory=list)
    # By message and attempt, what the last call for it was answered; None: nothing yet.
    answers: dict[tuple[str, int], Outcome | None] = field(default_factory=dict)
    late_events: list[str] = field(default_factory=list)
    ids: count[int] = field(default_factory=lambda: count(1))

    def fitting(self, messages: Sequence[Message]) -> int:
        return max(1, len(messages) - self.chaos.happens("not all fit into a call"))

    def quota(self) -> Quota:
        return Quota(per_second=10_000, daily_left=None)

    def send(self, messages: Sequence[Message]) -> list[Answer]:
        """A transport never raises. The send stage would take an error of this one for a message of unknown fate."""
        try:
            return self._send(messages)
        except Exception as error:
            self.note(f"the provider raised: {''.join(traceback.format_exception(error))}")
            raise

    def _send(self, messages: Sequence[Message]) -> list[Answer]:
        for message in messages:
            self._note_call(*_attempt(message))
        self.chaos.point("before the provider call")
        if self.chaos.happens("something happened during a call", 0.2):
            self.meanwhile()
        # A wave of SMS is one call for each; an e-mail's call has one fate.
        size = 1 if self.channel is SMS else len(messages)
        answers: list[Answer] = []
        for start in range(0, len(messages), size):
            answers += self._answer(messages[start : start + size])
        for message, answer in zip(messages, answers, strict=True):
            self.answers[_attempt(message)] = answer.outcome
        return answers

    def _note_call(self, send_id: str, attempt: int) -> None:
        for what in self.wrong(send_id):
            self.note(what)
        answered = self.answers.setdefault((send_id, attempt), Outcome.RETRY)
        if answered is not Outcome.RETRY:
            self.note(f"attempt {attempt} of {send_id} is called again; before, the answer was {answered}")
        self.answers[send_id, attempt] = None

    def _answer(self, messages: Sequence[Message]) -> list[Answer]:
        if self.chaos.happens("throttled"):
            return [THROTTLED] * len(messages)
        if self.channel is SMS and self.chaos.happens("the account's limit is reached", self.chaos.rate / 4):
            return [SPENT] * len(messages)
        if self.chaos.happens("no answer, and not accepted"):
            return [self.chaos.random.choice([SILENCE, BROKEN])] * len(messages)
        answers = [self._take(message) for message in messages]
        self.chaos.point("after the provider accepted")
        if self.chaos.happens("no answer, but accepted"):
            return [self.chaos.random.choice([SILENCE, BROKEN])] * len(messages)
        return answers

    def _take(self, message: Message) -> Answer:
        if self.chaos.happens("refused"):
            return Answer(outcome=Outcome.FAILED, code="rejected", reason="MESSAGE_REJECTED")
        if self.chaos.happens("not now"):
            return Answer(outcome=Outcome.RETRY, code="transient-failure")
        says = message.body if self.channel is SMS else message.subject
        taken = Acceptance(*_attempt(message), f"message-{next(self.ids)}", says)
        self.accepted.append(taken)
        if self.channel is SMS:
            self._report_sms(taken, message.max_price)
        else:
            self._report_email(taken)
        return Answer(outcome=Outcome.ACCEPTED, message_id=taken.message_id)

    def _report_email(self, taken: Acceptance) -> None:
        now = datetime.now(UTC).isoformat()
        for name in self._sequel(SEQUELS):
            self._report(ses_events.event(name, taken.send_id, taken.attempt, at=now, accepted_at=now))

    def _report_sms(self, taken: Acceptance, max_price: Decimal) -> None:
        random, now = self.chaos.random, int(datetime.now(UTC).timestamp() * 1000)
        share = random.choices([c for c, _ in CHARGES], [w for _, w in CHARGES])[0]
        charge = float(max_price * Decimal(share if self.chaos.rate else 1))
        for name in self._sequel(SMS_SEQUELS):
            self._report(
                sms_events.event(
                    name, taken.send_id, taken.attempt, messageId=taken.message_id, eventTimestamp=now,
                    messageRequestTimestamp=now, totalCarrierFee=0,
                    totalMessagePrice=round(charge, 5) if name in sms_events.FINAL else 0,
                )
            )  # fmt: skip

    def _sequel(self, sequels: list[tuple[list[str], int]]) -> list[str]:
        """The events of one message, in any order."""
        random = self.chaos.random
        names = random.choices([s for s, _ in sequels], [w for _, w in sequels])[0]
        return random.sample(names, len(names))

    def _report(self, body: str) -> None:
        if self.chaos.happens("an event came early"):
            self.publish(body)
        else:
            self.late_events.append(body)

    def publish_some(self) -> None:
        """Publish some of the events that are still to come."""
        for _ in range(self.chaos.random.randint(1, 5)):
            if self.late_events:
                self.publish(self.late_events.pop(self.chaos.random.randrange(len(self.late_events))))

    def lose_some(self) -> None:
        """Lose some of the events that are still to come."""
        if self.late_events:
            self.late_events.pop()


def _attempt(message: Message) -> tuple[str, int]:
    return message.tags["ddp_send"], int(message.tags["ddp_attempt"])
