"""What of e-mail is shown and raises an alarm."""

from __future__ import annotations

from infra.capabilities.gauges import Gauge

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
)
