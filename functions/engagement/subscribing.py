"""Whether platforms send an account's events to us: subscribed within a minute of its connection, asked once a day."""

from __future__ import annotations

from datetime import timedelta

from ddp import db
from ddp.errors import CredentialsExpired, Transient
from ddp.observability import logger
from ddp.providers.social import applications, stored_tokens, subscriptions
from ddp.providers.social.base import Refused
from ddp.queries.engagement import subscriptions as stored
from ddp.queries.engagement.subscriptions import Subscription, Verdict

PORTION = 50
LEASE = timedelta(minutes=5)


def check() -> None:
    """Ask the platforms about all accounts that were not asked about for a day."""
    asked = 0
    while found := subscribe_some():
        asked += found
    # The schedule's heartbeat reads this line.
    logger.info("subscriptions checked", accounts=asked)


def subscribe_some() -> int:
    """Subscribe some accounts that were connected lately, and what others lack. Returns how many were asked about."""
    with db.transaction(role="service_role") as cursor:
        due = stored.due(cursor, limit=PORTION, lease=LEASE)
    verdicts = [verdict for one in due if (verdict := _check(one))]
    if verdicts:
        with db.transaction(role="service_role") as cursor:
            stored.note(cursor, verdicts)
    return len(due)


def _check(one: Subscription) -> Verdict | None:
    """What the platform says; None if it does not answer: it is asked again when the lease has ended."""
    subscriber = subscriptions.of(one.platform)
    if subscriber is None or not applications.is_on(one.platform):
        return Verdict(account_id=one.account_id, status="active")
    try:
        account = stored_tokens.account(one, handle=one.account_handle)
        application = applications.of(one.platform)
        if not subscriber.is_subscribed(application, account):
            subscriber.subscribe(application, account)
    except CredentialsExpired as error:
        return Verdict(account_id=one.account_id, status="lost", reason=str(error)[:500])
    except Refused as error:
        return Verdict(account_id=one.account_id, status="lost", reason=str(error)[:500])
    except Transient:
        return None
    return Verdict(account_id=one.account_id, status="active")
