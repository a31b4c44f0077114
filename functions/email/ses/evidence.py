"""What a batch of events proves about each message: only minima, maxima and unions, so that order does not matter."""

from __future__ import annotations

from collections.abc import Iterable

from ddp.queries.email.events import Evidence
from functions.email.ses.events import Event

# What an event proves of a message that SES accepted, in the order of ddp.email_status_order().
_RANKS = {"sent": 1, "delivered": 2, "opened": 3, "clicked": 4, "bounced": 5, "complained": 6}
_REFUSALS = {"Reject": "rejected", "Rendering Failure": "rendering-failed"}


def gather(events: Iterable[Event]) -> list[Evidence]:
    """The evidence about each message, in the order in which the messages first appear."""
    by_send: dict[str, Evidence] = {}
    for event in events:
        evidence = by_send.get(event.send_id)
        if evidence is None:
            evidence = by_send[event.send_id] = Evidence(event.send_id)
        if event.kind in _REFUSALS:
            _add_refusal(evidence, event)
        else:
            _add_acceptance(evidence, event)
    return list(by_send.values())


def _add_acceptance(evidence: Evidence, event: Event) -> None:
    """Every event except a refusal proves that SES accepted the message."""
    if event.attempt:  # a test send has no attempts
        evidence.accepted |= 1 << (event.attempt - 1)
    if evidence.attempt is None or event.attempt > evidence.attempt:
        evidence.attempt, evidence.message_id = event.attempt, event.message_id
    evidence.sent_at = _earliest(evidence.sent_at, event.accepted_at)
    status = _add_time(evidence, event)
    if evidence.status is None or _RANKS[status] > _RANKS[evidence.status]:
        evidence.status = status


def _add_time(evidence: Evidence, event: Event) -> str:
    """Adds the time of the event; returns the status that it proves."""
    at = event.occurred_at
    match event.kind:
        case "Delivery":
            evidence.delivered_at = _earliest(evidence.delivered_at, at)
            return "delivered"
        case "Open" if event.is_machine:
            evidence.machine_opened_at = _earliest(evidence.machine_opened_at, at)
        case "Open":
            evidence.opened_at = _earliest(evidence.opened_at, at)
            return "opened"
        case "Click" if not event.is_machine:
            evidence.clicked_at = _earliest(evidence.clicked_at, at)
            return "clicked"
        case "Bounce":
            _add_bounce(evidence, event)
            return "bounced"
        case "Complaint":
            evidence.complained_at = _earliest(evidence.complained_at, at)
            return "complained"
    return "sent"


def _add_bounce(evidence: Evidence, event: Event) -> None:
    at, reason = event.occurred_at, event.reason or ""
    if evidence.bounced_at is None or (at, reason) < (evidence.bounced_at, evidence.bounce_reason or ""):
        evidence.bounced_at, evidence.bounce_reason = at, reason
    if event.is_permanent:
        evidence.hard_bounced_at = _earliest(evidence.hard_bounced_at, at)
    else:
        evidence.soft_bounced_at = _earliest(evidence.soft_bounced_at, at)


def _add_refusal(evidence: Evidence, event: Event) -> None:
    """Keeps the refusal of the latest attempt: only that can be about the current one. Of several, the earliest.

    Both kinds of refusal have the time of the message: at the same time, the code decides.
    """
    latest, code = evidence.failed_attempt, _REFUSALS[event.kind]
    known = (evidence.failed_at or "", evidence.failure_code or "")
    if (
        latest is None
        or event.attempt > latest
        or (event.attempt == latest and (event.occurred_at, code) < known)
    ):
        evidence.failed_attempt, evidence.failed_at = event.attempt, event.occurred_at
        evidence.failure_code, evidence.failure_reason = code, event.reason


def _earliest(known: str | None, at: str) -> str:
    return at if known is None or at < known else known
