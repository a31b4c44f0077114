"""The leases of a worker's calls: renewed while it lives, so that those of a dead worker end soon."""

from __future__ import annotations

import time
from collections.abc import Iterable

from ddp import db
from ddp.channels import Channel
from ddp.observability import logger
from ddp.queries.leases import BEAT_SECONDS, LEASE
from ddp.queries.sending import sends
from functions.sending.calls import Call


class CallLeases:
    """Renews the leases of calls every BEAT_SECONDS."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._renew_at = time.monotonic() + BEAT_SECONDS

    def keep(self, held: Iterable[Call]) -> None:
        """Renew the leases of the calls that the worker holds, if it is time. A failure is logged."""
        if time.monotonic() < self._renew_at:
            return
        call_ids = [call.send_call_id for call in held]
        try:
            with db.transaction(role="service_role") as cursor:
                sends.renew(cursor, self._channel, call_ids, lease=LEASE)
        except Exception:  # noqa: BLE001 - the next turn tries again
            logger.warning("leases could not be renewed", exc_info=True)
        else:
            self._renew_at = time.monotonic() + BEAT_SECONDS
