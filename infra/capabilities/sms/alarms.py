"""What of SMS is shown and raises an alarm, beside the alarms that every queue and function has."""

from __future__ import annotations

from infra.capabilities.gauges import Gauge

GAUGES = (
    Gauge(
        name="oldest_due_seconds",
        threshold=900,
        remedy="SMS have been due for 15 minutes, to be planned or sent: look at sms-plan and sms-send (failures, "
        "throttles), and at the rates of the origination identities that they wait for.",
    ),
    # Those of the last 15 minutes. All together stay unknown until somebody settles them, and must not hide new ones.
    Gauge(
        name="unknown_new",
        threshold=1,
        remedy="SMS became unknown: they may or may not have been sent. If the provider's events do not settle them "
        "within the hour, their senders settle them (POST /sms-campaigns/{id}/unknown). Their price stays reserved "
        "until then. The dashboard shows all of them.",
    ),
    Gauge(name="unknown"),
    Gauge(
        name="sent_twice",
        threshold=1,
        remedy="The provider accepted an SMS twice: find it (sms_sends with two bits in accepted_attempts) and the "
        "cause.",
    ),
    Gauge(name="unsettled"),
    Gauge(name="tokens_left"),
    Gauge(
        name="budget_used_percent",
        threshold=90,
        remedy="A sender has used up nine tenths of what SMS may cost this month, reservations included: at its cap "
        "nothing more is sent. Ask them, and raise it (PUT /senders/{user_id}/sms) or leave it.",
    ),
    Gauge(
        name="over_budget_seconds",
        threshold=3600,
        remedy="A send of SMS has stood at its cap for an hour: its progress names the budget and both sums. Raise the "
        "cap (its max_cost, the sender's monthly budget, the campaign's budget) and resume it, or cancel it.",
    ),
    Gauge(
        name="stopped_identities",
        threshold=1,
        remedy="The provider takes no more SMS, so they wait: each send's progress says why. If it is the account's "
        "monthly spending limit, ask AWS for a higher one (Service Quotas, AWS End User Messaging SMS) and set it as "
        "the limit in force; if the account is suspended, ask AWS why.",
    ),
    Gauge(
        name="opt_outs_waiting_seconds",
        threshold=3600,
        remedy="The provider's opt-out list has not learned of an opt-out for an hour. Our own suppressions hold all "
        "the same. Look at sms-opt-outs and sms-inbound (failures), and at the rights on the list.",
    ),
    Gauge(
        name="events_late_seconds",
        threshold=900,
        remedy="SMS were accepted 15 minutes ago or longer, and the provider has reported nothing since: look at the "
        "event destination of the configuration set, its topic (failed deliveries) and sms-events.",
    ),
)
