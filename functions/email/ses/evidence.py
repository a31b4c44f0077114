"""What a batch of events says together about each message: minima, maxima and unions, so that order is no matter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from functions.email.ses.events import Event


@dataclass(slots=True)
class Outcome:
    """What is known of one message by a batch. Times are the earliest of their sort, as in Event.

    `accepted` has bit n - 1 set for each attempt n that SES is known to have taken; `attempt` is the highest of these
    and `message_id` its own. `status` is the highest that acceptance proves; a refusal stands in `failed_attempt`.
    """

    accepted: int = 0
    attempt: int | None = None
    message_id: str | None = None
    status: str | None = None
    sent_at: str | None = None
    delivered_at: str | None = None
    opened_at: str | None = None
    machine_opened_at: str | None = None
    clicked_at: str | None = None
    bounced_at: str | None = None
    bounce_reason: str | None = None
    hard_bounced_at: str | None = None
    soft_bounced_at: str | None = None
    complained_at: str | None = None
    failed_attempt: int | None = None
    failed_at: str | None = None
    failure_code: str | None = None
    failure_reason: str | None = None


# What SES's events prove of a message that it took; the order of ddp.email_status_rank().
_RANKS = {"sent": 1, "delivered": 2, "opened": 3, "clicked": 4, "bounced": 5, "complained": 6}
_REFUSALS = {"Reject": "rejected", "Rendering Failure": "rendering-failed"}


def gather(events: Iterable[Event]) -> dict[str, Outcome]:
    """The outcome of each message, by its id."""
    outcomes: dict[str, Outcome] = {}
    for event in events:
        outcome = outcomes.get(event.send_id)
        if outcome is None:
            outcome = outcomes[event.send_id] = Outcome()
        if event.kind in _REFUSALS:
            _refuse(outcome, event)
        else:
            _accept(outcome, event)
    return outcomes


def _accept(outcome: Outcome, event: Event) -> None:
    """All but a refusal proves that SES took the message."""
    outcome.accepted |= 1 << (event.attempt - 1) if event.attempt else 0
    if outcome.attempt is None or event.attempt > outcome.attempt:
        outcome.attempt, outcome.message_id = event.attempt, event.message_id
    outcome.sent_at = _earliest(outcome.sent_at, event.accepted_at)
    status = _note(outcome, event)
    if outcome.status is None or _RANKS[status] > _RANKS[outcome.status]:
        outcome.status = status


def _note(outcome: Outcome, event: Event) -> str:
    """Take the event's time; the status that it proves."""
    at = event.occurred_at
    match event.kind:
        case "Delivery":
            outcome.delivered_at = _earliest(outcome.delivered_at, at)
            return "delivered"
        case "Open" if event.is_machine:
            outcome.machine_opened_at = _earliest(outcome.machine_opened_at, at)
        case "Open":
            outcome.opened_at = _earliest(outcome.opened_at, at)
            return "opened"
        case "Click" if not event.is_machine:
            outcome.clicked_at = _earliest(outcome.clicked_at, at)
            return "clicked"
        case "Bounce":
            _bounce(outcome, event)
            return "bounced"
        case "Complaint":
            outcome.complained_at = _earliest(outcome.complained_at, at)
            return "complained"
    return "sent"


def _bounce(outcome: Outcome, event: Event) -> None:
    at, reason = event.occurred_at, event.reason or ""
    if outcome.bounced_at is None or (at, reason) < (outcome.bounced_at, outcome.bounce_reason or ""):
        outcome.bounced_at, outcome.bounce_reason = at, reason
    if event.is_permanent:
        outcome.hard_bounced_at = _earliest(outcome.hard_bounced_at, at)
    else:
        outcome.soft_bounced_at = _earliest(outcome.soft_bounced_at, at)


def _refuse(outcome: Outcome, event: Event) -> None:
    """Only the latest attempt's refusal can be about the present one; of it the earliest."""
    latest, at = outcome.failed_attempt or 0, outcome.failed_at or event.occurred_at
    if event.attempt > latest or (event.attempt == latest and event.occurred_at <= at):
        outcome.failed_attempt, outcome.failed_at = event.attempt, event.occurred_at
        outcome.failure_code, outcome.failure_reason = _REFUSALS[event.kind], event.reason


def _earliest(known: str | None, at: str) -> str:
    return at if known is None or at < known else known
