"""What of engagement is shown and raises an alarm, beside the alarms that every queue and function has."""

from __future__ import annotations

from infra.capabilities.gauges import Gauge

GAUGES = (
    Gauge(
        name="oldest_due_seconds",
        threshold=1_800,
        remedy="The numbers of a post should have been read half an hour ago: look at engagement-poll (failures, "
        "throttles, time-outs). Nothing is lost: platforms keep their numbers, and what is read late is read.",
    ),
    Gauge(
        name="metrics_retired_new",
        threshold=1,
        remedy="A platform no longer knows a metric, which is now left out: the line `metric retired` in the log of "
        "engagement-poll names it. Read the platform's changelog, change `measuring` in "
        "ddp/providers/social/rules/*.json, deploy, and delete its row from ddp.social_retired_metrics.",
    ),
    Gauge(
        name="subscriptions_lost_new",
        threshold=5,
        remedy="Platforms no longer tell about five accounts: ddp.social_subscriptions says why. Their numbers are "
        "still read, only later. If all are of one platform, look at the application's webhooks in its dashboard.",
    ),
    Gauge(
        name="unmatched_events",
        threshold=10_000,
        remedy="Ten thousand events name posts that are not ours: people post by other means, too. If it grows "
        "quickly, look whether posts get the platform's id (social_posts.external_post_id).",
    ),
    Gauge(
        name="over_budget",
        threshold=1,
        remedy="Numbers of accounts are not read because their budget for reading is spent until next month, or "
        "none is set: PUT /social-read-budget changes it. It shows as `budget` in GET /social-posts/{id}/engagement.",
    ),
)
REFUSED = (
    "Requests to /webhooks were refused, a hundred within five minutes: their signatures are missing or wrong. After a "
    "client secret was exchanged, keep the old one as client_secret_before for a day. Otherwise somebody tries."
)
