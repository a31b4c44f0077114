"""The ledger of an e-mail over HTTP: its list, and the life of one recipient."""

from __future__ import annotations

import json
from uuid import uuid4


def test_the_ledger_is_listed_by_address_state_and_page(mailing):
    message = mailing.sent()
    ids = mailing.ledger(message, ["sent", "failed", "sent", "bounced", "sent"])
    path = f"/email-campaigns/{message}/sends"
    seen, cursor = [], {}
    while True:
        page = mailing.ask("retailer", "GET", path, limit=2, **cursor).body
        seen += [row["email_send_id"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [str(send_id) for send_id in ids]
    failed = mailing.ask("retailer", "GET", path, status="failed").body["items"]
    assert [row["email_send_id"] for row in failed] == [str(ids[1])]
    one = mailing.ask("retailer", "GET", path, address="R0003@Example.COM").body["items"]
    assert [row["status"] for row in one] == ["bounced"]
    assert mailing.ask("retailer", "GET", path, address="r000").code == "invalid-address"
    assert mailing.ask("retailer", "GET", path, status="gone").status == 422
    assert mailing.ask("retailer", "GET", path, cursor="???").code == "invalid-cursor"
    assert mailing.ask("admin", "GET", path).status == 200


def test_the_life_of_one_recipient(mailing):
    message = mailing.sent()
    waiting, going = mailing.ledger(message, ["pending", "sending"])
    path = f"/email-campaigns/{message}/sends"
    mailing.platform.query(
        "insert into email_events (event_id, occurred_at, email_send_id, attempt, event_type, detail)"
        " select gen_random_uuid(), now() - n * interval '1 second', %s, 1, 'Open', json_build_object('agent', n)"
        " from generate_series(0, 120) n returning 1",
        going,
    )
    mailing.platform.query(
        "insert into suppressions (channel, address_hash, owner_user_id, reason, email_send_id)"
        " select 'email', recipient_hash, owner, reason, email_send_id from email_sends,"
        " (values (%s::uuid, 'complaint'::suppression_reason), (null, 'hard_bounce'), (%s, 'manual')) x (owner, reason)"
        " where email_send_id = %s returning 1",
        mailing.platform.users["retailer"], mailing.platform.users["rival"], going,
    )  # fmt: skip
    life = mailing.ask("retailer", "GET", f"{path}/{going}").body
    assert (life["status"], life["plan_status"], life["recipient_email"]) == (
        "sending",
        "sending",
        "r0001@example.com",
    )
    assert life["call"]["started_at"]
    assert life["call"]["ended_at"] is None
    assert [event["detail"]["agent"] for event in life["events"]] == list(range(99, -1, -1))
    assert {(found["reason"], found["by_this_message"]) for found in life["suppressions"]} == {
        ("complaint", True),
        (None, True),
    }
    other = mailing.ask("retailer", "GET", f"{path}/{waiting}").body
    assert (other["call"], other["events"], other["suppressions"]) == (None, [], [])
    assert mailing.ask("retailer", "GET", f"{path}/{uuid4()}").code == "send-not-found"
    foreign = mailing.sent()
    assert (
        mailing.ask("retailer", "GET", f"/email-campaigns/{foreign}/sends/{going}").code == "send-not-found"
    )


def test_a_list_of_many_recipients_reads_a_page_of_them(mailing):
    message = mailing.sent()
    mailing.platform.query(
        "insert into email_sends (email_campaign_id, recipient_email, chunk_no)"
        " select %s, 'n' || n || '@example.com', 1 from generate_series(1, 20000) n returning 1",
        message,
    )
    plans: list[str] = []
    with mailing.platform.database.connect("superuser", autocommit=False) as connection:
        connection.execute("analyze email_sends")
        claims = json.dumps({"sub": str(mailing.platform.users["retailer"])})
        connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        connection.execute("load 'auto_explain'")
        for setting in ("log_min_duration = 0", "log_nested_statements = on", "log_level = notice"):
            connection.execute(f"set local auto_explain.{setting}")
        connection.add_notice_handler(lambda notice: plans.append(notice.message_primary or ""))
        connection.execute("select count(*) from list_email_sends(%s, p_limit => 51)", [message])
    listing = next(text for text in plans if "provider_message_id" in text)
    assert "Index Scan using email_sends_email_campaign_id_recipient_email_key" in listing, listing
    assert "Sort" not in listing, listing
