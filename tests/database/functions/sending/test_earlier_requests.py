"""Sends to some recipients of an earlier send over HTTP: previews, requests and their warnings."""

from __future__ import annotations

import json

from tests.database.functions.messaging import Mailing
from tests.database.functions.sending.again import group
from tests.database.functions.sms.conftest import (  # noqa: F401 - fixtures
    Campaigning,
    campaigning,
    sms_queues,
    texting,
)


def test_a_preview_counts_a_group_and_warns_of_machines(mailing: Mailing) -> None:
    message = mailing.sent()
    mailing.ledger(message, ["delivered", "delivered", "opened", "clicked", "pending", "unknown"])
    mailing.platform.query(
        "update email_sends set machine_opened_at = now() where email_campaign_id = %s"
        " and recipient_email in ('r0000@example.com', 'r0002@example.com', 'r0004@example.com') returning 1",
        message,
    )
    path = f"/email-campaigns/{mailing.draft()}/preview"

    def preview(who: str) -> dict[str, object]:
        answer = mailing.ask("retailer", "POST", path, {"audience": group(message, who)})
        assert answer.status == 200, answer
        assert "@example.com" not in json.dumps(answer.body["audience"])
        return answer.body["audience"]

    undecided = (
        "2 recipients of the earlier send are still pending, being sent to or unknown: they belong to no group as long"
        " as they are."
    )
    assert preview("not_clicked") == {
        "source": "send", "recipient_count": 3, "file_size": None, "warnings": [undecided],
    }  # fmt: skip
    opens = preview("not_opened")
    assert opens["recipient_count"] == 2
    first, second = opens["warnings"]
    assert "machines opened 2 of 4 accepted messages (50.0%)" in first
    assert second == undecided


def test_the_answer_to_a_request_warns_too(mailing: Mailing) -> None:
    earlier = mailing.sent()
    mailing.ledger(earlier, ["sent", "unknown"])
    mailing.told("plan")
    message = mailing.draft()
    answer = mailing.send(message, key="again", audience=group(earlier, "not_opened"))
    assert answer.status == 202, answer
    assert [words.split()[0] for words in answer.body["warnings"]] == ["Who", "1"]
    assert mailing.send(message, key="again", audience=group(earlier, "not_opened")).body == answer.body
    assert mailing.told("plan") == [{"type": "PlanSend", "send_plan_id": answer.body["send_plan_id"]}]
    other = mailing.send(mailing.draft())
    assert other.body["warnings"] == []


def test_a_planner_is_told_about_a_later_send_when_it_is_due(mailing: Mailing) -> None:
    earlier = mailing.sent()
    mailing.ledger(earlier, ["sent"])
    mailing.told("plan")
    later = mailing.send(
        mailing.draft(), audience=group(earlier, "not_clicked"), scheduled_at="2027-03-01T09:00:00Z"
    )
    assert later.status == 202, later
    assert mailing.told("plan") == []


def test_others_learn_nothing_about_an_earlier_send(mailing: Mailing) -> None:
    earlier = mailing.sent()
    mailing.ledger(earlier, ["sent"])
    path = f"/email-campaigns/{mailing.draft('brand')}/preview"
    for user in ("brand", "admin"):
        answer = mailing.ask(user, "POST", path, {"audience": group(earlier, "not_clicked")})
        assert (answer.status, answer.code) == (404, "earlier-send-not-found"), answer
    refused = mailing.send(mailing.draft(), audience=group(earlier, "everybody"))
    assert (refused.status, refused.code) == (422, "invalid-request")


def test_the_same_for_sms(campaigning: Campaigning) -> None:  # noqa: F811
    earlier = campaigning.sent()
    campaigning.ledger(earlier, ["delivered", "clicked", "failed", "unknown"])
    message = campaigning.draft()

    def preview(who: str):
        body = {"audience": group(earlier, who)}
        return campaigning.ask("retailer", "POST", f"/sms-campaigns/{message}/preview", body)

    seen = preview("not_clicked").body
    assert (seen["audience"]["recipient_count"], len(seen["audience"]["warnings"])) == (1, 1)
    assert "+1202555" not in json.dumps(seen["audience"])
    refused = preview("not_opened")
    assert (refused.status, refused.code) == (422, "no-opens")
    assert refused.body["detail"].startswith("Nobody knows whether an SMS was opened")
    answer = campaigning.requested(message, audience=group(earlier, "failed"), consent="declared")
    assert (answer.status, len(answer.body["warnings"])) == (202, 1)
    plan = campaigning.plan_of(message)
    assert campaigning.work(plan) == []
    assert campaigning.sends(plan, "recipient_phone, status::text, country") == [
        ("+12025550002", "pending", "US")
    ]
