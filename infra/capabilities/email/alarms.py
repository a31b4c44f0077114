"""What of e-mail is shown and raises an alarm."""

from __future__ import annotations

from infra.capabilities.gauges import Gauge
from infra.settings import EmailTransport

GAUGES = (
    Gauge(
        name="oldest_due_seconds",
        threshold=900,
        remedy="E-mail has been due for 15 minutes, to be planned or sent: look at email-plan, email-send (failures, "
        "throttles) and at SES's quota.",
    ),
    # Those of the last 15 minutes. All together stay unknown until somebody settles them, and must not hide new ones.
    Gauge(
        name="unknown_new",
        threshold=1,
        remedy="Messages became unknown: they may or may not have been sent. If SES's events do not settle them within "
        "the hour, their senders settle them (POST /email-campaigns/{id}/unknown). The dashboard shows all of them.",
    ),
    Gauge(name="unknown"),
    Gauge(
        name="sent_twice",
        threshold=1,
        remedy="SES accepted a message twice: find it (email_sends with two bits in accepted_attempts) and the cause.",
    ),
    Gauge(name="unsettled"),
    Gauge(name="tokens_left"),
    Gauge(name="quota_left"),
)
EVENTS_LATE = Gauge(
    name="events_late_seconds",
    threshold=3600,
    remedy="E-mails were accepted an hour ago, and SES has reported nothing of them: look at the event destination of "
    "the configuration set, its topic (failed deliveries) and email-events.",
)


def gauges_of(transport: EmailTransport) -> tuple[Gauge, ...]:
    """What is watched of this transport: only SES reports events."""
    return (*GAUGES, EVENTS_LATE) if transport is EmailTransport.SES else GAUGES
