"""The Lambda of the release before, which passes one array per column, works while a deploy runs.

Remove with schema/functions/email/apply_email_events_of_release_before.sql.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.database.functions.email.ledger import Ledger
from tests.database.platform import Platform

CALL = """
    select ddp.apply_email_events(
        array[gen_random_uuid()], '{2026-10-12T08:00:01Z}'::timestamptz[], array[%(send)s], '{1}'::smallint[],
        '{Bounce}'::text[], '{false}'::boolean[], array['{"type": "Permanent"}'::json],
        array[%(send)s], '{1}'::integer[], '{1}'::smallint[], '{m-1}'::text[],
        '{bounced}'::public.email_send_status[], '{2026-10-12T08:00:00Z}'::timestamptz[], '{}'::timestamptz[],
        '{}'::timestamptz[], '{}'::timestamptz[], '{}'::timestamptz[],
        '{2026-10-12T08:00:01Z}'::timestamptz[], '{Permanent}'::text[], '{2026-10-12T08:00:02Z}'::timestamptz[],
        '{}'::timestamptz[], '{2026-10-12T08:00:03Z}'::timestamptz[],
        '{1}'::smallint[], '{2026-10-12T08:00:04Z}'::timestamptz[], '{rejected}'::text[], '{Refused}'::text[]
    )
"""


@pytest.fixture
def ledger(platform: Platform) -> Iterator[Ledger]:
    ledger = Ledger(platform)
    yield ledger
    ledger.connection.close()


def test_a_call_with_one_array_per_column_does_the_same(ledger: Ledger) -> None:
    send = ledger.send()
    with ledger.platform.database.as_worker() as connection:
        counts = connection.execute(CALL, {"send": send}).fetchone()
    assert counts == ({"events": 1, "changed": 1, "suppressed": 2, "sent_twice": [], "unknown_sends": 0},)
    learnt = ledger.learnt(send)
    assert (learnt["status"], learnt["provider_message_id"]) == ("bounced", "m-1")
    assert (learnt["bounce_reason"], learnt["failure_code"], learnt["failure_reason"]) == (
        "Permanent",
        "rejected",
        "Refused",
    )
    times = ("sent_at", "bounced_at", "hard_bounced_at", "complained_at", "failed_at")
    assert [learnt[name] for name in times] == [
        datetime.fromisoformat(f"2026-10-12T08:00:0{second}Z") for second in range(5)
    ]
    assert ledger.query("select event_type, detail from email_events where email_send_id = %s", send) == [
        ("Bounce", {"type": "Permanent"})
    ]
