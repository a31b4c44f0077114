"""Whether platforms send an account's events to us: subscribed within a minute of its connection, asked once a day."""

from __future__ import annotations

from datetime import timedelta

from ddp import db
from ddp.errors import CredentialsExpired, Transient
from ddp.observability import logger
from ddp.providers.social import applications, stored_tokens, subscriptions
from ddp.providers.social.base import Account, Refused
from ddp.queries.engagement import subscriptions as stored
from ddp.queries.engagement.subscriptions import Subscription, Verdict

PORTION = 50
LEASE = timedelta(minutes=5)


def check() -> None:
    """Ask the platforms about accounts that were not asked about for a day."""
    # The schedule's heartbeat reads this line.
    logger.info("subscriptions checked", accounts=subscribe())


def subscribe() -> int:
    """Subscribe accounts that were connected lately, and what is missing of others. Returns how many were looked at."""
    asked = 0
    while True:
        with db.transaction(role="service_role") as cursor:
            due = stored.due(cursor, limit=PORTION, lease=LEASE)
        verdicts = [_check(one) for one in due]
        if verdicts:
            with db.transaction(role="service_role") as cursor:
                stored.note(cursor, verdicts)
        asked += len(due)
        if len(due) < PORTION:
            return asked


def _check(one: Subscription) -> Verdict:
    subscriber = subscriptions.of(one.platform)
    if subscriber is None or not applications.is_on(one.platform):
        return Verdict(account_id=one.account_id, status="active")
    try:
        account = Account(
            external_account_id=one.external_account_id or "",
            kind=one.account_kind or "",
            handle=one.account_handle,
            access_token=stored_tokens.opened(one.account_id, one.access_token_encrypted),
        )
        application = applications.of(one.platform)
        if not subscriber.is_subscribed(application, account):
            subscriber.subscribe(application, account)
    except CredentialsExpired as error:
        return Verdict(account_id=one.account_id, status="lost", reason=str(error)[:500])
    except Refused as error:
        return Verdict(account_id=one.account_id, status="lost", reason=str(error)[:500])
    except Transient:
        return Verdict(account_id=one.account_id, status=one.status)
    return Verdict(account_id=one.account_id, status="active")
