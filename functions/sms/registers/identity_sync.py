"""Once a day: takes over which identities the provider's account has, and how their registrations stand."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Final

from ddp import db
from ddp.errors import WorkerError
from ddp.observability import logger
from ddp.providers.sms import account
from ddp.queries.sms import identities

# A second per page of a hundred, of four lists.
_LONGEST_SECONDS: Final = 30


def sync_if_due(*, deadline: float) -> bool:
    """Take over the account's identities if a day has passed, and `deadline` (of time.monotonic()) is not near.

    Returns whether it did. Raises nothing of the provider's: what fails is due again in an hour. An account that lists
    nothing changes nothing here: only administrators let all identities go.
    """
    if time.monotonic() + _LONGEST_SECONDS > deadline:
        return False
    with db.transaction(role="service_role") as cursor:
        if not identities.begin_sync(cursor):
            return False
    try:
        # The whole list comes first: what only a part of it lacks must not be taken for gone.
        found = [asdict(identity) for identity in account.identities()]
    except WorkerError:
        logger.warning("the provider did not list the account's identities", exc_info=True)
        return False
    if not found:
        logger.info("the provider's account has no identities")
        return False
    with db.transaction(role="service_role") as cursor:
        counts = identities.sync(cursor, found)
    logger.info("the account's identities were taken over", **counts)
    return True
