"""What happens when a platform no longer takes an account's token."""

from __future__ import annotations

from uuid import uuid4

from ddp import db
from ddp.errors import CredentialsExpired, ScopeMissing
from ddp.queries.social import tokens as stored
from functions.social import tokens
from functions.social.steps.working import Work


def renew(work: Work, error: CredentialsExpired) -> None:
    """Renew the token, if nobody has done so since the step began; else, or if it does not help, the account waits.

    A long upload may outlive the token with which it began.
    """
    step, helps = work.step, not isinstance(error, ScopeMissing)
    with db.transaction(role="service_role") as cursor:
        is_due = stored.refused(
            cursor, step.account_id, step.access_token_encrypted, helps=helps, reason=str(error)[:500]
        )
    if is_due:
        tokens.refresh_due(uuid4(), limit=1, account_ids=[step.account_id])
