"""What of social publishing is shown and raises an alarm, beside the alarms that every queue and function has."""

from __future__ import annotations

from infra.capabilities.gauges import Gauge

GAUGES = (
    Gauge(
        name="oldest_due_seconds",
        threshold=300,
        remedy="A step of a post has been due for five minutes and nobody works on it: look at social-due and "
        "social-publish (failures, throttles). A post that has not started an hour after its time becomes missed.",
    ),
    Gauge(name="due"),
    # Those of the last 15 minutes: all together stay until somebody settles them, and must not hide new ones.
    Gauge(
        name="unconfirmed_new",
        threshold=1,
        remedy="Posts became unconfirmed: they may or may not be out. Most are settled by reading the platform, within "
        "the hour. For the others their owners have a notice: they look at the platform and say what they see "
        "(POST /social-posts/{id}/settle). The dashboard shows how many are left to people.",
    ),
    Gauge(name="unconfirmed"),
    Gauge(name="left_to_people"),
    # One account is its owner's matter, who has a notice. Many at once are a platform's refusal of the application.
    Gauge(
        name="reconnect_new",
        threshold=5,
        remedy="Five accounts lost their connection within 15 minutes. If they are of one platform, look at the log of "
        "social-tokens for its reason: is the application suspended, or its secret in Secrets Manager another one? "
        "Owners have notices; their posts wait, and an hour after their time they become missed.",
    ),
    Gauge(name="reconnect"),
    Gauge(
        name="budget_used_percent",
        threshold=90,
        remedy="An account has used up nine tenths of what its posts may cost this month, reservations included: what "
        "costs more than is left fails. Ask its owner, and raise it (PUT /social-budget) or leave it.",
    ),
    Gauge(name="waiting_for_accounts"),
    Gauge(
        name="versions_ending",
        threshold=1,
        remedy="The version of a platform's API ends within 60 days, and then nothing is published there: "
        "`api.ends_on` in ddp/providers/social/rules/*.json says which. Read the platform's changelog, change the "
        "version and its end there, run the tests of the adapters, and deploy.",
    ),
)
