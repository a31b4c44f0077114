"""A provider without idempotency, like all real ones: it accepts, refuses, throttles, or does not answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Protocol

from ddp.outcomes import Outcome
from ddp.providers.transport import Answer, Quota
from tests import ses_events
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


class Message(Protocol):
    """What the provider looks at in a message of any channel: the tags that say whose it is."""

    @property
    def tags(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A message that the provider accepted: the proof of what was really sent."""

    send_id: str
    attempt: int
    message_id: str


@dataclass(slots=True)
class Provider:
    """A Transport. `meanwhile` does what others do during a call; `publish` takes the events, if there are any."""

    chaos: Chaos
    publish: Callable[[str], None] | None
    meanwhile: Callable[[], None]
    longest_call: float = 5.0
    accepted: list[Acceptance] = field(default_factory=list)
    late_events: list[str] = field(default_factory=list)
    ids: count[int] = field(default_factory=lambda: count(1))

    def fitting(self, messages: Sequence[Message]) -> int:
        return max(1, len(messages) - self.chaos.happens("not all fit into a call"))

    def quota(self) -> Quota:
        return Quota(per_second=10_000, daily_left=None)

    def send(self, messages: Sequence[Message]) -> list[Answer]:
        self.chaos.point("before the provider call")
        if self.chaos.happens("something happened during a call", 0.2):
            self.meanwhile()
        if self.chaos.happens("throttled"):
            return [Answer(outcome=Outcome.RETRY, code="throttled", slow_down=True)] * len(messages)
        if self.chaos.happens("no answer, and not accepted"):
            return [Answer(outcome=Outcome.UNKNOWN, code="timed-out", reason="No answer")] * len(messages)
        answers = [self._take(message) for message in messages]
        self.chaos.point("after the provider accepted")
        if self.chaos.happens("no answer, but accepted"):
            return [Answer(outcome=Outcome.UNKNOWN, code="timed-out", reason="No answer")] * len(messages)
        return answers

    def _take(self, message: Message) -> Answer:
        if self.chaos.happens("refused"):
            return Answer(outcome=Outcome.FAILED, code="rejected", reason="MESSAGE_REJECTED")
        if self.chaos.happens("not now"):
            return Answer(outcome=Outcome.RETRY, code="transient-failure")
        taken = Acceptance(
            message.tags["ddp_send"], int(message.tags["ddp_attempt"]), f"message-{next(self.ids)}"
        )
        self.accepted.append(taken)
        if self.publish:
            self._report(taken, self.publish)
        return Answer(outcome=Outcome.ACCEPTED, message_id=taken.message_id)

    def _report(self, taken: Acceptance, publish: Callable[[str], None]) -> None:
        random, now = self.chaos.random, datetime.now(UTC).isoformat()
        names = random.choices([s for s, _ in SEQUELS], [w for _, w in SEQUELS])[0]
        for name in random.sample(names, len(names)):
            body = ses_events.event(name, taken.send_id, taken.attempt, at=now, accepted_at=now)
            if self.chaos.happens("an event came early"):
                publish(body)
            else:
                self.late_events.append(body)

    def publish_some(self) -> None:
        """Publish some of the events that are still to come."""
        for _ in range(self.chaos.random.randint(1, 5)):
            if self.publish and self.late_events:
                self.publish(self.late_events.pop(self.chaos.random.randrange(len(self.late_events))))

    def lose_some(self) -> None:
        """Lose some of the events that are still to come."""
        if self.late_events:
            self.late_events.pop()
