"""What happens when a platform no longer takes an account's token."""

from __future__ import annotations

from uuid import uuid4

from ddp import db
from ddp.queries.social import tokens as stored
from functions.social import tokens
from functions.social.steps.working import Work


def renew(work: Work, reason: str) -> None:
    """Renew the token, if nobody has done so since the step began; else, or if it cannot be renewed, the account waits.

    A long upload may outlive the token with which it began.
    """
    step = work.step
    with db.transaction(role="service_role") as cursor:
        kept = stored.kept(cursor, step.account_id)
    if kept.access_token_encrypted != step.access_token_encrypted:
        return
    if kept.refresh_token_encrypted is None:
        tokens.expired(step.account_id, reason)
    else:
        tokens.refresh_due(uuid4(), limit=1, account_ids=[step.account_id])
