"""Approvals over HTTP: what a participant sends waits for the campaign's brand, with its very content."""

from __future__ import annotations

from functools import partial

import pytest

from tests.database.functions.messaging import Mailing

CHANGES = {"email": {"email_subject": "Another"}, "sms": {"sms_content": "Another"}}


@pytest.fixture
def asking(mailing: Mailing) -> Mailing:
    """The campaign, whose brand approves all that participants send."""
    rule(mailing, "all")
    return mailing


def rule(mailing: Mailing, approval: str) -> None:
    answer = mailing.ask("brand", "PATCH", f"/campaigns/{mailing.campaign_id}", {"approval": approval})
    assert (answer.status, answer.body["approval"]) == (200, approval)


def waiting(mailing: Mailing, user: str = "brand", scope: str = "to_decide", **query: object) -> list[dict]:
    answer = mailing.ask(user, "GET", "/approvals", scope=scope, campaign_id=mailing.campaign_id, **query)
    assert answer.status == 200, answer
    return answer.body["items"]


def decide(
    mailing: Mailing, approval: dict | str, verb: str = "approve", user: str = "brand", body: object = None
):
    approval_id = approval if isinstance(approval, str) else approval["approval_id"]
    return mailing.ask(user, "POST", f"/approvals/{approval_id}/{verb}", body)


def notices(mailing: Mailing, user: str) -> dict[str, int]:
    rows = mailing.platform.query(
        "select cause, count from notices where user_id = %s and subject_id = %s",
        mailing.platform.users[user],
        mailing.campaign_id,
    )
    return dict(rows)


def test_without_a_rule_nothing_waits(mailing: Mailing) -> None:
    message = mailing.draft()
    assert mailing.send(message).status == 202
    assert waiting(mailing) == []
    asked = mailing.ask("retailer", "POST", "/approvals", {"message_id": message})
    assert (asked.status, asked.code) == (409, "already-sent")


def test_a_send_waits_is_asked_for_once_and_goes_out_when_approved(asking: Mailing) -> None:
    message = asking.draft()
    first, again = asking.send(message, key=f"a{message}"), asking.send(message, key=f"a{message}")
    assert (first.status, first.code) == (409, "waits-for-approval"), first
    assert "waits for approval" in first.body["detail"]
    (request,) = waiting(asking, state="waiting")
    assert first.body["approval_id"] == again.body["approval_id"] == request["approval_id"]
    assert (request["excerpt"], request["requested_by"]["name"]) == ("Hello {{ name }}", "retailer")
    assert notices(asking, "brand") == {"approval-requested": 1}
    whole = asking.ask("brand", "GET", f"/approvals/{request['approval_id']}").body["content"]
    assert (whole["email_content"], whole["sender_email"]) == ("<p>Dear {{ name }}</p>", "news@brand.example")
    assert asking.send(message).code == "waits-for-approval", "asking is not enough"
    for _ in range(2):
        assert decide(asking, request).body["state"] == "approved"
    assert notices(asking, "retailer") == {"approval-given": 1}
    assert asking.send(message, key=f"b{message}").status == 202
    assert [one["state"] for one in waiting(asking, "retailer", "own")] == ["approved"]


def test_any_change_ends_the_approval(asking: Mailing) -> None:
    message = asking.draft()
    asking.send(message)
    (request,) = waiting(asking)
    decide(asking, request)
    changes = [
        {"email_subject": "Other"},
        {"email_content": "<p>Other</p>"},
        {"text_content": "Other"},
        {"sender_name": "Other"},
        {"sender_email": "other@brand.example"},
    ]
    for change in changes:
        assert asking.ask("retailer", "PATCH", f"{asking.path}/{message}", change).status == 200
        old, state = (
            request["approval_id"],
            asking.ask("brand", "GET", f"/approvals/{request['approval_id']}"),
        )
        assert (state.body["state"], state.body["content"]) == ("superseded", None), change
        assert decide(asking, old).code == "wrong-state"
        refusal = asking.send(message)
        assert refusal.code == "waits-for-approval", change
        (request,) = waiting(asking, state="waiting")
        assert refusal.body["approval_id"] == request["approval_id"] != old
        decide(asking, request)
    same = asking.ask("retailer", "PATCH", f"{asking.path}/{message}", {"sender_name": "Other"})
    assert same.status == 200
    assert asking.send(message).status == 202, "what changes nothing ends nothing"


def test_variants_attachments_and_their_names_are_content(asking: Mailing) -> None:
    user = asking.platform.users["retailer"]
    file_id = asking.platform.query(
        "insert into files (file_name, file_type, file_size, file_path, created_by_user_id)"
        " values ('a.pdf', 'pdf', 10, 'files/' || gen_random_uuid(), %s) returning file_id",
        user,
    )[0][0]
    message = asking.draft(email_content='<p><a href="https://shop.example">Buy</a></p>')
    test = {
        "share_percent": 10, "decide_after_seconds": 60, "metric": "clicks", "if_unclear": "a",
        "variants": [{"variant": "B", "email_subject": "B"}],
    }  # fmt: skip

    def approved() -> None:
        assert asking.send(message).code == "waits-for-approval"
        (request,) = waiting(asking, state="waiting")
        assert decide(asking, request).status == 200

    approved()
    assert (
        asking.ask("retailer", "PATCH", f"{asking.path}/{message}", {"attachments": [str(file_id)]}).status
        == 200
    )
    approved()
    shares = "select shared_with_user_id from file_shares where file_id = %s and revoked_at is null"
    assert asking.platform.query(shares, file_id) == [(asking.platform.users["brand"],)], (
        "the brand can look at it"
    )
    put = asking.ask("retailer", "PUT", f"{asking.path}/{message}/ab-test", test)
    assert put.status == 200, put
    approved()
    asking.platform.run("update files set file_name = 'b.pdf' where file_id = %s", file_id)
    assert asking.send(message).code == "waits-for-approval", "recipients see the name"


def test_a_refusal_tells_why_and_is_not_asked_for_again_by_itself(asking: Mailing) -> None:
    message = asking.draft()
    asking.send(message)
    (request,) = waiting(asking)
    assert decide(asking, request, "refuse", body={"reason": " "}).status == 422
    refused = decide(asking, request, "refuse", body={"reason": "Too loud."})
    assert (refused.body["state"], refused.body["reason"]) == ("refused", "Too loud.")
    answer = asking.send(message)
    assert (answer.status, answer.code) == (409, "approval-refused")
    assert "Too loud." in answer.body["detail"]
    assert waiting(asking, state="waiting") == []
    assert asking.ask("retailer", "POST", "/approvals", {"message_id": message}).status == 201
    assert len(waiting(asking, state="waiting")) == 1
    asking.ask("retailer", "PATCH", f"{asking.path}/{message}", {"email_subject": "Quieter"})
    assert asking.send(message).code == "waits-for-approval"


def test_an_approval_is_taken_back_until_the_message_is_sent(asking: Mailing) -> None:
    message, other = asking.draft(), asking.draft()
    for one in (message, other):
        asking.send(one)
    for request in waiting(asking):
        decide(asking, request)
    taken, kept = waiting(asking)
    assert decide(asking, taken, "refuse", body={"reason": "No."}).status == 200
    assert asking.send(message).code == "approval-refused"
    assert asking.send(other).status == 202
    assert decide(asking, kept, "refuse", body={"reason": "No."}).code == "already-sent"


def test_first_asks_until_one_message_has_gone_out(asking: Mailing) -> None:
    rule(asking, "first")
    one, two, three = asking.draft(), asking.draft(), asking.draft()
    for message in (one, two):
        assert asking.send(message).code == "waits-for-approval"
    first, second = waiting(asking, state="waiting")
    decide(asking, first)
    assert asking.send(two).code == "waits-for-approval", "approved, but nothing has gone out yet"
    assert asking.send(one).status == 202
    assert decide(asking, second).code == "wrong-state", "nothing waits for it any more"
    assert asking.send(two).status == asking.send(three).status == 202


def test_the_brand_and_administrators_ask_nobody(asking: Mailing) -> None:
    asking.sent("brand")
    asking.sent("admin")
    assert waiting(asking) == []


def test_no_rule_any_more_lets_what_waits_go(asking: Mailing) -> None:
    message = asking.draft()
    asking.send(message)
    rule(asking, "none")
    assert [one["state"] for one in waiting(asking)] == ["superseded"]
    assert asking.send(message).status == 202


def test_reminders_come_at_most_once_a_day(asking: Mailing) -> None:
    message = asking.draft()
    asking.send(message)
    (request,) = waiting(asking)
    soon = decide(asking, request, "remind", "retailer")
    assert (soon.status, soon.code) == (409, "reminded-already")
    asking.platform.run(
        "update approvals set requested_at = now() - interval '25 hours' where approval_id = %s",
        request["approval_id"],
    )
    assert decide(asking, request, "remind", "retailer").status == 200
    assert decide(asking, request, "remind", "retailer").code == "reminded-already"
    assert decide(asking, request, "remind", "brand").code == "not-owner"
    assert notices(asking, "brand") == {"approval-requested": 1, "approval-reminder": 1}
    decide(asking, request)
    assert decide(asking, request, "remind", "retailer").code == "wrong-state"


def test_others_see_and_decide_nothing(asking: Mailing) -> None:
    message = asking.draft()
    asking.send(message)
    (request,) = waiting(asking)
    path = f"/approvals/{request['approval_id']}"
    for user in ("rival", "other"):
        assert waiting(asking, user) == waiting(asking, user, "own") == []
        assert asking.ask(user, "GET", path).status == 404
        assert decide(asking, request, user=user).status == 404
        assert decide(asking, request, "refuse", user, {"reason": "x"}).status == 404
        assert decide(asking, request, "remind", user).status == 404
        assert asking.ask(user, "POST", "/approvals", {"message_id": message}).status == 404
    assert decide(asking, request, user="retailer").code == "not-owner"
    assert asking.ask(None, "GET", path).status == 401


def test_roles_of_the_brand(asking: Mailing) -> None:
    message = asking.draft()
    asking.send(message)
    (request,) = waiting(asking)
    users = asking.platform.users
    path = f"/approvals/{request['approval_id']}"

    def member(role: str, ended: bool = False) -> None:
        asking.platform.run(
            "insert into account_members (account_id, member_id, member_role, accepted_at, ended_at)"
            " values (%s, %s, %s, now() - interval '1 day', case when %s then now() end)",
            users["brand"], users["other"], role, ended,
        )  # fmt: skip

    def asks(method: str, verb: str = "") -> int:
        return asking.ask("other", method, path + verb, account=users["brand"]).status

    member("owner", ended=True)
    assert (asks("GET"), asks("POST", "/approve")) == (403, 403), "a former member"
    member("viewer")
    assert (asks("GET"), asks("POST", "/approve")) == (200, 403)
    asking.platform.run(
        "update account_members set member_role = 'editor' where member_id = %s and ended_at is null",
        users["other"],
    )
    assert asks("POST", "/approve") == 200


def test_who_no_longer_takes_part_asks_for_nothing(asking: Mailing) -> None:
    message = asking.draft()
    asking.ask(
        "brand", "DELETE", f"/campaigns/{asking.campaign_id}/participants/{asking.platform.users['retailer']}"
    )
    assert asking.send(message).status == 404
    assert asking.ask("retailer", "POST", "/approvals", {"message_id": message}).code == "campaign-not-found"


def test_lists_go_on_from_the_oldest(asking: Mailing) -> None:
    messages = [asking.draft() for _ in range(3)]
    for message in messages:
        asking.send(message)
    page = asking.ask("brand", "GET", "/approvals", limit=2, campaign_id=asking.campaign_id).body
    rest = asking.ask(
        "brand", "GET", "/approvals", limit=2, campaign_id=asking.campaign_id, cursor=page["next_cursor"]
    ).body
    assert [one["email_campaign_id"] for one in page["items"] + rest["items"]] == messages
    assert rest["next_cursor"] is None


def test_how_long_requests_wait_is_measured_for_both(asking: Mailing) -> None:
    for hours in (1, 2, 3):
        message = asking.draft()
        answer = asking.send(message)
        asking.platform.run(
            "update approvals set requested_at = now() - %s * interval '1 hour' where approval_id = %s",
            hours, answer.body["approval_id"],
        )  # fmt: skip
    oldest, middle, _ = waiting(asking)
    decide(asking, oldest)
    decide(asking, middle, "refuse", body={"reason": "No."})
    for user, scope in (("brand", "to_decide"), ("retailer", "own")):
        times = asking.ask(user, "GET", "/approvals/times", scope=scope).body
        assert (times["waiting"], times["decided"]) == (1, 2), times
        assert round(times["median_seconds"]) in range(8_990, 9_100)
        assert round(times["p90_seconds"]) in range(10_430, 10_530)
    assert asking.ask("rival", "GET", "/approvals/times").body["median_seconds"] is None


def test_an_sms_waits_too(asking: Mailing, texting_draft: str) -> None:
    answer = send_sms(asking, texting_draft)
    assert answer.code == "waits-for-approval", answer
    (request,) = waiting(asking)
    assert request["sms_campaign_id"] == texting_draft
    decide(asking, request)
    asking.ask("retailer", "PATCH", f"/sms-campaigns/{texting_draft}", {"sms_content": "Other"})
    assert send_sms(asking, texting_draft).code == "waits-for-approval"
    decide(asking, waiting(asking, state="waiting")[0])
    assert send_sms(asking, texting_draft).status == 202
    # Nobody plans it: other tests find their own work.
    asking.platform.run(
        "update send_plans set planned_at = now(), cancelled_at = now() where sms_campaign_id = %s",
        texting_draft,
    )


@pytest.fixture
def profile(asking: Mailing):
    """Changes what the retailer says of itself; afterwards it is what it was."""
    before = asking.platform.query(
        "select profile_data from users where user_id = %s", asking.platform.users["retailer"]
    )[0][0]

    def say(**sender: str) -> None:
        patch = {"profile_data": before | {"sender": before.get("sender", {}) | sender}}
        assert asking.ask("retailer", "PATCH", "/me", patch).status == 200

    yield say
    assert asking.ask("retailer", "PATCH", "/me", {"profile_data": before}).status == 200


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_what_the_sender_says_of_itself_is_content(
    asking: Mailing, profile, request: pytest.FixtureRequest, channel: str
) -> None:
    message = asking.draft() if channel == "email" else request.getfixturevalue("texting_draft")
    send = asking.send if channel == "email" else partial(send_sms, asking)
    profile(website="https://lakeside.example")
    assert send(message).code == "waits-for-approval"
    (first,) = waiting(asking, state="waiting")
    path = f"/approvals/{first['approval_id']}"
    shown = asking.ask("brand", "GET", path).body["content"]["sender"]
    assert shown["website"] == "https://lakeside.example", "the brand sees what recipients would"
    decide(asking, first)
    profile(website="https://phish.example")
    assert asking.ask("brand", "GET", path).body["state"] == "superseded"
    assert send(message).code == "waits-for-approval"
    (second,) = waiting(asking, state="waiting")
    profile(website="https://other.example")
    assert decide(asking, second).code == "wrong-state"
    assert send(message).code == "waits-for-approval"
    decide(asking, waiting(asking, state="waiting")[0])
    assert send(message).status == 202
    asking.platform.run(
        "update send_plans set planned_at = now(), cancelled_at = now() where sms_campaign_id = %s", message
    )


def test_a_profile_that_changed_past_the_trigger_is_refused_when_it_is_sent(asking: Mailing, profile) -> None:
    message = asking.draft()
    asking.send(message)
    decide(asking, waiting(asking)[0])
    asking.platform.run("alter table users disable trigger follow_sender")
    try:
        profile(website="https://phish.example")
    finally:
        asking.platform.run("alter table users enable trigger follow_sender")
    assert asking.send(message).code == "waits-for-approval"


def test_what_an_approval_of_before_did_not_show_is_asked_for_again(asking: Mailing) -> None:
    """Its digest is of the content without the sender. Without a profile it is the same, and stays valid."""
    message = asking.draft()
    asking.send(message)
    (request,) = waiting(asking)
    decide(asking, request)
    asking.platform.run(
        "update approvals a set content_digest = ddp.content_digest(ddp.content_of_email(e) - 'sender')"
        " from email_campaigns e where e.email_campaign_id = a.message_id and approval_id = %s",
        request["approval_id"],
    )
    assert asking.send(message).code == "waits-for-approval"
    assert [one["state"] for one in waiting(asking)] == ["superseded", "waiting"]


@pytest.fixture
def texting_draft(asking: Mailing) -> str:
    """A draft of an SMS, of a retailer who has a budget."""
    asking.platform.run(
        "insert into senders (user_id, channel, monthly_budget) values (%s, 'sms', 100)",
        asking.platform.users["retailer"],
    )
    body = {"campaign_id": asking.campaign_id, "sms_content": "Hello"}
    answer = asking.ask("retailer", "POST", "/sms-campaigns", body)
    assert answer.status == 201, answer
    return answer.body["sms_campaign_id"]


def send_sms(asking: Mailing, message: str):
    audience = {"source": "list", "recipients": [{"phone": "+12025550123"}]}
    body = {"audience": audience, "consent": "declared"}
    return asking.ask("retailer", "POST", f"/sms-campaigns/{message}/send", body)
