"""Controlling a send of either channel during claims: pause, resume, cancel, retry, settle, progress.

SQL and paths are written about e-mail.
"""

from __future__ import annotations

import threading
from uuid import uuid4

import boto3
import pytest

from ddp.channels import CHANNELS, EMAIL, Channel
from tests.database.functions.messaging import Mailing
from tests.database.sending.ledger import ADDRESSES

# Statuses that both channels have, with what `counts` says of them, and two of the channel's own.
SHARED = ["pending", "sending", "sent", "failed", "unknown", "suppressed", "missed", "cancelled"]
OWN = {"email": ["bounced", "complained"], "sms": ["delivered", "clicked"]}


@pytest.fixture(params=CHANNELS, ids=lambda channel: channel.name)
def channel(request: pytest.FixtureRequest) -> Channel:
    """Each channel."""
    channel: Channel = request.param
    return channel


@pytest.fixture
def mailing(mailing: Mailing, channel: Channel) -> Mailing:
    """The campaign, its senders and queues, for one channel."""
    if channel is EMAIL:
        return mailing
    sqs = boto3.client("sqs")
    queues = {stage: sqs.create_queue(QueueName=f"sms-{stage}")["QueueUrl"] for stage in ("plan", "send")}
    for user in ("brand", "retailer"):
        mailing.query(
            "insert into senders (user_id, channel, monthly_budget) values (%s, 'sms', 1000) returning 1",
            mailing.platform.users[user],
        )
    mailing.query(
        "insert into ddp.rate_buckets (bucket, channel, per_second, tokens) values ('sms', 'sms', 100, 100)"
        " on conflict (bucket) do update set stopped_until = null returning 1"
    )
    texting = Mailing(mailing.platform, mailing.campaign_id, queues, channel)
    for queue in queues:
        texting.told(queue)
    return texting


def statuses_of(mailing: Mailing) -> list[str]:
    return [*SHARED[:5], *OWN[mailing.channel.name], *SHARED[5:]]


def control(mailing, message, action, user="retailer"):
    return mailing.ask(user, "POST", f"{mailing.path}/{message}/{action}")


def progress(mailing, message, user="retailer"):
    answer = mailing.ask(user, "GET", f"{mailing.path}/{message}/progress")
    assert answer.status == 200, answer
    return answer.body


def plan(mailing, message, columns):
    return mailing.query(f"select {columns} from send_plans where email_campaign_id = %s", message)[0]


def chunk(mailing, message):
    return mailing.query(
        "select c.due_at is not null, c.queued_at is not null from ddp.send_chunks c"
        " join send_plans p on p.send_plan_id = c.send_plan_id where p.email_campaign_id = %s",
        message,
    )[0]


def audit(mailing, table, record):
    return mailing.query(
        "select old_values, new_values, changed_by, host(ip_address) from audit_logs"
        " where table_name = %s and record_id = %s order by changed_at desc",
        table,
        record,
    )


def test_pause_and_resume(mailing):
    message = mailing.sent()
    mailing.ledger(message, ["pending", "sending", "sent"])
    mailing.told("plan")
    for _ in range(2):
        held = control(mailing, message, "pause")
        assert (held.status, held.body["status"], held.body["in_flight"]) == (200, "paused", 1)
    seen = progress(mailing, message)
    assert (seen["status"], seen["pause"]["by"], seen["pause"]["code"]) == ("paused", "sender", "paused")
    plan_id = str(mailing.plan(message))
    assert len(audit(mailing, "send_plans", plan_id)) == 1
    assert audit(mailing, "send_plans", plan_id)[0][2] == mailing.platform.users["retailer"]
    on = control(mailing, message, "resume")
    assert (on.status, on.body["in_flight"]) == (200, 1)
    assert plan(mailing, message, "paused_at, resumed_at > now() - interval '1 minute'") == (None, True)
    assert chunk(mailing, message) == (True, False), "due, and to be relayed"
    assert mailing.told("send") == [{"type": "SendChunk", "send_plan_id": plan_id, "chunk_no": 1}]


def test_resuming_what_is_not_paused_makes_nothing_late(mailing):
    message = mailing.sent()
    mailing.ledger(message, ["pending"])
    before = plan(mailing, message, "resumed_at")
    assert control(mailing, message, "resume").status == 200
    assert plan(mailing, message, "resumed_at") == before


def test_cancelling_is_for_good_and_says_what_is_in_flight(mailing):
    states = statuses_of(mailing)
    message = mailing.sent()
    mailing.ledger(message, states)
    gone = control(mailing, message, "cancel")
    assert (gone.body["status"], gone.body["in_flight"], gone.body["is_finished"]) == ("cancelled", 1, True)
    assert mailing.statuses(message) == ["cancelled", *states[1:]]
    assert chunk(mailing, message)[0] is False
    assert progress(mailing, message)["summary"] == "cancelled, 1 in flight"
    assert control(mailing, message, "cancel").status == 200
    for action in ("pause", "resume"):
        assert control(mailing, message, action).code == "send-over"
    assert mailing.ask("retailer", "POST", f"{mailing.path}/{message}/retry", {}).code == "send-over"
    retry = {"action": "retry"}
    assert mailing.ask("retailer", "POST", f"{mailing.path}/{message}/unknown", retry).code == "send-over"


def test_a_large_cancellation_is_bounded_and_ends(mailing, monkeypatch):
    message = mailing.sent()
    mailing.ledger(message, ["pending"])
    mailing.query(
        "insert into email_sends (email_campaign_id, recipient_email, chunk_no, recipient_hash)"
        f" select %s, {ADDRESSES[mailing.channel.name]}, 1, sha256(n::text::bytea)"
        " from generate_series(1, 20500) n returning 1",
        message,
    )
    from functions.sending.operations import controls

    monkeypatch.setattr(controls, "_ROUNDS", 1)
    first = control(mailing, message, "cancel").body
    assert first["is_finished"] is False
    assert progress(mailing, message)["counts"] == {"cancelled": 20_000, "pending": 501}
    # Reconciliation cancels the rest, and none of it is claimed.
    with mailing.platform.database.as_worker() as worker:
        due = worker.execute("select send_plan_id from ddp.sendable_plans").fetchall()
        assert mailing.plan(message) not in [row[0] for row in due]
        rest = worker.execute(
            mailing.sql("select ddp.cancel_pending_email_sends(%s, 20000)"), [mailing.plan(message)]
        )
        assert rest.fetchone() == (501,)


def test_drafts_have_nothing_to_steer(mailing):
    message = mailing.draft()
    for action in ("pause", "resume", "cancel"):
        assert control(mailing, message, action).code == "not-requested"
    seen = progress(mailing, message)
    assert (seen["status"], seen["counts"], seen["send_plan_id"]) == ("draft", {}, None)
    for path, body in (("retry", {}), ("unknown", {"action": "retry"})):
        assert (
            mailing.ask("retailer", "POST", f"{mailing.path}/{message}/{path}", body).code == "not-requested"
        )
    assert mailing.ask("retailer", "GET", f"{mailing.path}/{message}/sends").body["items"] == []


def test_what_failed_gets_another_attempt_and_nothing_else_does(mailing):
    states = statuses_of(mailing)
    message = mailing.sent()
    ids = mailing.ledger(message, [*states, "failed", "failed"])
    query = mailing.query
    query("update email_sends set failure_code = 'rejected', failed_at = now(), failure_reason = 'no'"
          " where email_send_id = any (%s) returning 1", [ids[3], ids[10]])  # fmt: skip
    query("update email_sends set accepted_attempts = 1 where email_send_id = %s returning 1", ids[11])
    query("update send_plans set completed_at = now() where email_campaign_id = %s returning 1", message)
    query(
        "update email_sends set not_before = now() - interval '3 days' where email_campaign_id = %s returning 1",
        message,
    )
    path = f"{mailing.path}/{message}/retry"
    none = mailing.ask("retailer", "POST", path, {"failure_codes": ["other"]})
    assert (none.body["retried"], plan(mailing, message, "completed_at is null")) == (0, (False,))
    again = mailing.ask("retailer", "POST", path, {}, key="r1")
    repeated = mailing.ask("retailer", "POST", path, {}, key="r1")
    assert (again.body["retried"], again.body["is_finished"], repeated.body) == (2, True, again.body)
    assert mailing.statuses(message) == [
        "pending",
        "sending",
        "sent",
        "pending",
        *states[4:],
        "pending",
        "failed",
    ]
    assert query(
        "select attempt, failed_at, failure_code, send_call_id, not_before > now() - interval '1 minute'"
        " from email_sends where email_send_id = %s", ids[3]
    ) == [(2, None, None, None, True)]  # fmt: skip
    assert plan(mailing, message, "completed_at, resumed_at > now() - interval '1 minute'") == (None, True)
    assert chunk(mailing, message) == (True, False)
    assert mailing.told("send")[0]["chunk_no"] == 1
    assert audit(mailing, "send_plans", str(mailing.plan(message)))[0][1]["count"] == 2


def test_a_retried_message_is_claimed_and_not_missed(mailing):
    """Although its time was long ago, and its plan was interrupted since."""
    message = mailing.sent()
    mailing.ledger(message, ["failed"], not_before="2020-01-01")
    mailing.ask("retailer", "POST", f"{mailing.path}/{message}/retry", {})
    mailing.query("update ddp.send_chunks set due_at = null where send_plan_id <> %s returning 1",
                           mailing.plan(message))  # fmt: skip
    with mailing.platform.database.as_worker() as worker:
        worker.execute("update ddp.rate_buckets set per_second = 100, tokens = 100, daily_left = null")
        worker.execute(mailing.sql("select ddp.claim_email_sends(500, '1 minute')"))
    assert mailing.statuses(message) == ["sending"]


def test_unknowns_are_settled_by_hand_and_recorded(mailing):
    message = mailing.sent()
    ids = mailing.ledger(message, ["unknown", "unknown", "unknown", "sent"])
    path = f"{mailing.path}/{message}/unknown"
    one = {
        "action": "mark_sent",
        f"{mailing.channel.name}_send_ids": [str(ids[0]), str(ids[3]), str(uuid4())],
    }
    settled = mailing.ask("retailer", "POST", path, one, key="u1")
    assert (settled.status, settled.body["settled"]) == (200, 1)
    assert mailing.ask("retailer", "POST", path, one, key="u1").body == settled.body
    assert mailing.statuses(message) == ["sent", "unknown", "unknown", "sent"]
    rows = mailing.ask("retailer", "GET", f"{mailing.path}/{message}/sends").body["items"]
    assert (rows[0]["settled"]["as"], rows[0]["settled"]["by"]) == (
        "mark_sent",
        str(mailing.platform.users["retailer"]),
    )
    assert rows[0]["sent_at"] is not None
    assert mailing.told("send") == []
    [(old, new, who, address)] = audit(mailing, f"{mailing.channel.name}_sends", message)
    assert (old, who, address) == ({"status": "unknown"}, mailing.platform.users["retailer"], "203.0.113.7")
    assert new == {"status": "sent", "count": 1, f"{mailing.channel.name}_send_ids": [str(ids[0])]}
    rest = mailing.ask("retailer", "POST", path, {"action": "retry"})
    assert rest.body["settled"] == 2
    assert mailing.statuses(message) == ["sent", "pending", "pending", "sent"]
    assert len(mailing.told("send")) == 1
    assert len(audit(mailing, f"{mailing.channel.name}_sends", message)) == 2
    assert mailing.ask("retailer", "POST", path, {"action": "retry"}).body["settled"] == 0
    assert len(audit(mailing, f"{mailing.channel.name}_sends", message)) == 2, "nothing was done"
    for wrong in (
        {},
        {"action": "forget"},
        {"action": "retry", f"{mailing.channel.name}_send_ids": []},
        {"action": "retry", "all": True},
    ):
        assert mailing.ask("retailer", "POST", path, wrong).status == 422


def test_unknowns_of_another_send_are_left_alone(mailing):
    mine, other = mailing.sent(), mailing.sent("brand")
    mailing.ledger(mine, ["unknown"])
    foreign = mailing.ledger(other, ["unknown"])
    body = {"action": "mark_sent", f"{mailing.channel.name}_send_ids": [str(foreign[0])]}
    assert mailing.ask("retailer", "POST", f"{mailing.path}/{mine}/unknown", body).body["settled"] == 0
    assert mailing.statuses(other) == ["unknown"]


def test_a_pause_waits_for_a_claim_and_no_claim_comes_after(mailing):
    message, answers = mailing.sent(), []
    mailing.ledger(message, ["pending"] * 3)
    with mailing.platform.database.connect(autocommit=False) as claim:
        claim.execute(mailing.sql("select from send_plans where email_campaign_id = %s for share"), [message])
        claim.execute(
            mailing.sql(
                "update email_sends set status = 'sending' where email_campaign_id = %s and recipient_email = %s"
            ),
            [message, mailing.address(0)],
        )
        pause = threading.Thread(target=lambda: answers.append(control(mailing, message, "pause")))
        pause.start()
        mailing.platform.wait_for_a_lock()
        claim.commit()
    pause.join()
    assert (answers[0].status, answers[0].body["in_flight"]) == (200, 0), (
        "a recipient whose call has not started gets no message any more"
    )
    with mailing.platform.database.as_worker() as worker:
        due = worker.execute("select send_plan_id from ddp.sendable_plans").fetchall()
    assert mailing.plan(message) not in [row[0] for row in due]


def test_a_claim_passes_over_what_is_being_cancelled(mailing):
    message = mailing.sent()
    mailing.ledger(message, ["pending"] * 3)
    mailing.query(
        "update ddp.send_chunks set due_at = null where send_plan_id <> %s returning 1", mailing.plan(message)
    )
    claims = {"sub": str(mailing.platform.users["retailer"])}
    with mailing.platform.database.as_user(claims) as cancel:
        cancel.execute(mailing.sql("select cancel_email_campaign(%s)"), [message])
        with mailing.platform.database.as_worker() as worker:
            worker.execute("update ddp.rate_buckets set per_second = 100, tokens = 100, daily_left = null")
            claim = mailing.sql("select * from ddp.claim_email_sends(10, '1 minute')")
            assert worker.execute(claim).fetchall() == []
    assert mailing.statuses(message) == ["cancelled"] * 3


def test_progress_adds_up_and_is_the_brands_too(mailing):
    states = statuses_of(mailing)
    message = mailing.sent()
    mailing.ledger(message, [*states, "sent", "sent", "sent", "pending"])
    query = mailing.query
    plan_id = mailing.plan(message)
    query(
        "insert into ddp.send_plan_batches (send_plan_id, batch_no, records_read, last_chunk_no, planned, suppressed,"
        " duplicates, rejected) values (%s, 1, 10, 1, 8, 1, 1, 0), (%s, 2, 20, 1, 5, 0, 2, 3) returning 1",
        plan_id, plan_id,
    )  # fmt: skip
    query(
        "insert into ddp.send_calls (send_plan_id, chunk_no, channel, recipients, leased_until, ended_at, accepted)"
        " values (%s, 1, 'email', 50, now(), now(), 50), (%s, 1, 'email', 50, now(), now() - interval '2 minutes', 50)"
        " returning 1",
        plan_id, plan_id,
    )  # fmt: skip
    query(
        "update send_plans set started_at = now() - interval '1 hour' where send_plan_id = %s returning 1",
        plan_id,
    )
    query(
        "update ddp.send_chunks set due_at = now() - interval '90 seconds' where send_plan_id = %s returning 1",
        plan_id,
    )
    for user in ("retailer", "brand", "admin"):
        seen = progress(mailing, message, user)
        assert (seen["status"], seen["recipient_count"], sum(seen["counts"].values())) == ("sending", 14, 14)
        assert (seen["counts"]["pending"], seen["in_flight"], seen["unknown"], seen["missed"]) == (2, 1, 1, 1)
        assert (seen["records_read"], seen["duplicates"], seen["rejected"]) == (20, 3, 3)
        assert seen["rate_per_second"] == pytest.approx(0.83)
        assert 85 < seen["overdue_seconds"] < 150
        assert seen["estimated_end_at"] is not None


def test_the_state_of_the_whole(mailing):
    message = mailing.sent(scheduled_at="2026-12-31T12:00:00Z")
    query = mailing.query

    def change(assignment, table="send_plans", key="email_campaign_id", value=message):
        query(f"update {table} set {assignment} where {key} = %s returning 1", value)
        return progress(mailing, message)

    assert progress(mailing, message)["status"] == "scheduled"
    seen = change("scheduled_at = now() - interval '1 minute'")
    assert (seen["status"], seen["summary"], seen["stalled_since"]) == ("planning", "planning", None)
    seen = change("created_at = '2026-03-01 12:00+01'")
    assert seen["summary"] == "planning, stalled since 2026-03-01 11:00:00 UTC"
    mailing.ledger(message, ["sent", "unknown", "unknown"])
    assert progress(mailing, message)["status"] == "sending"
    user = mailing.platform.users["retailer"]
    query(
        "insert into senders (user_id, channel) values (%s, 'email') on conflict do nothing returning 1", user
    )
    query(
        "update senders set paused_at = now(), pause_code = 'complaints', pause_reason = 'Too many complaints.'"
        " where user_id = %s and channel = 'email' returning 1",
        user,
    )
    seen = progress(mailing, message)
    assert (seen["status"], seen["pause"]["by"], seen["summary"]) == (
        "paused",
        "platform",
        "paused: Too many complaints.",
    )
    query(
        "update senders set paused_at = null, pause_code = null, pause_reason = null where user_id = %s returning 1",
        user,
    )
    seen = change("campaign_status = 'paused'", "campaigns", "campaign_id", mailing.campaign_id)
    assert (seen["status"], seen["pause"]["code"]) == ("paused", "campaign-paused")
    change("campaign_status = 'active'", "campaigns", "campaign_id", mailing.campaign_id)
    seen = change("completed_at = now()")
    assert (seen["status"], seen["summary"], seen["unknown"]) == ("complete", "complete, 2 unknown", 2)
    seen = change("failed_at = now(), failure_code = 'unreadable', failure_reason = 'No such column.'")
    assert (seen["status"], seen["failure"]["code"], seen["summary"]) == (
        "failed",
        "unreadable",
        "failed, 2 unknown: No such column.",
    )
