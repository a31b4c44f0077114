"""Suppressions set by hand: HTTP on a real database."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ddp.addresses import email_hash


def test_suppressing_by_hand(mailing):
    add = mailing.ask("retailer", "POST", "/suppressions", {"email": "Ann@Bücher.example"}, key="s1")
    again = mailing.ask("retailer", "POST", "/suppressions", {"email": "ann@bücher.example"})
    assert (add.status, again.body) == (201, add.body)
    suppression_id = add.body["suppression_id"]
    check = mailing.ask(
        "retailer", "POST", "/suppressions/check", {"email": "ann@xn--bcher-kva.example"}
    ).body
    assert (check["is_suppressed"], check["reason"], check["suppression_id"]) == (
        True,
        "manual",
        suppression_id,
    )
    other = mailing.ask("brand", "POST", "/suppressions/check", {"email": "ann@bücher.example"}).body
    assert other == {"is_suppressed": False, "suppression_id": None, "reason": None, "since": None}
    listed = mailing.ask("retailer", "GET", "/suppressions").body["items"]
    assert [(item["suppression_id"], item["reason"]) for item in listed] == [(suppression_id, "manual")]
    assert "bcher" not in str(listed)
    for user in ("brand", "rival"):
        assert mailing.ask(user, "GET", "/suppressions").body["items"] == []
        assert mailing.ask(user, "DELETE", f"/suppressions/{suppression_id}").status == 404
    assert mailing.ask("retailer", "DELETE", f"/suppressions/{suppression_id}").status == 200
    assert mailing.platform.query(
        "select action, changed_by from audit_logs where table_name = 'suppressions' and record_id = %s"
        " order by changed_at", suppression_id
    ) == [("INSERT", mailing.platform.users["retailer"]), ("DELETE", mailing.platform.users["retailer"])]  # fmt: skip
    for wrong in ("x", "a@b.c\r\nd", "", "\x00@b.c"):
        assert mailing.ask("retailer", "POST", "/suppressions", {"email": wrong}).status == 422


def test_what_the_recipient_said_stays(mailing):
    query = mailing.platform.query
    user = mailing.platform.users["retailer"]
    made = {
        reason: query(
            "insert into suppressions (channel, address_hash, owner_user_id, reason)"
            " values ('email', sha256(gen_random_uuid()::text::bytea), %s, %s) returning suppression_id",
            user,
            reason,
        )[0][0]
        for reason in ("hard_bounce", "complaint", "unsubscribe", "soft_bounces", "manual")
    }
    for reason, suppression_id in made.items():
        answer = mailing.ask("retailer", "DELETE", f"/suppressions/{suppression_id}")
        assert answer.status == (200 if reason in {"soft_bounces", "manual"} else 409), reason
    assert mailing.ask("admin", "DELETE", f"/suppressions/{made['hard_bounce']}").status == 200


def test_of_others_suppressions_only_that_there_is_one(mailing):
    address = f"{uuid4().hex}@example.com"
    mailing.platform.query(
        "insert into suppressions (channel, address_hash, owner_user_id, reason)"
        " values ('email', %s, null, 'complaint') returning 1",
        email_hash(address),
    )
    check = mailing.ask("retailer", "POST", "/suppressions/check", {"email": address}).body
    assert check == {"is_suppressed": True, "suppression_id": None, "reason": None, "since": None}


def test_each_reason_is_lifted_by_itself(mailing):
    """Of several reasons the one that is hardest to lift is shown, and lifting one leaves the others."""
    address = f"{uuid4().hex}@example.com"
    by_hand = mailing.ask("retailer", "POST", "/suppressions", {"email": address}).body["suppression_id"]
    mailing.platform.query(
        "select ddp.suppress_addresses('email', array[%s, %s]::bytea[], array[%s, %s]::uuid[],"
        " '{unsubscribe, soft_bounces}', '{null, null}')",
        *[email_hash(address)] * 2,
        *[mailing.platform.users["retailer"]] * 2,
    )

    def checked():
        return mailing.ask("retailer", "POST", "/suppressions/check", {"email": address}).body

    assert checked()["reason"] == "unsubscribe"
    listed = mailing.ask("retailer", "GET", "/suppressions", limit=3).body["items"]
    ids = {item["reason"]: item["suppression_id"] for item in listed}
    assert ids == {
        "manual": by_hand,
        "unsubscribe": checked()["suppression_id"],
        "soft_bounces": ids["soft_bounces"],
    }
    assert (
        mailing.ask("retailer", "POST", "/suppressions", {"email": address}).body["suppression_id"] == by_hand
    )
    assert mailing.ask("retailer", "DELETE", f"/suppressions/{by_hand}").status == 200
    assert (checked()["is_suppressed"], checked()["reason"]) == (True, "unsubscribe")
    assert (
        mailing.ask("retailer", "DELETE", f"/suppressions/{ids['unsubscribe']}").code == "suppression-stays"
    )
    assert mailing.ask("admin", "DELETE", f"/suppressions/{ids['unsubscribe']}").status == 200
    assert checked()["reason"] == "soft_bounces"
    assert mailing.ask("retailer", "DELETE", f"/suppressions/{ids['soft_bounces']}").status == 200
    assert checked() == {"is_suppressed": False, "suppression_id": None, "reason": None, "since": None}


def test_a_phone_number_is_suppressed_for_sms_alone(mailing):
    number = f"+1202{uuid4().int % 10**7:07}"
    add = mailing.ask("retailer", "POST", "/suppressions", {"phone": number})
    again = mailing.ask("retailer", "POST", "/suppressions", {"phone": number})
    assert (add.status, again.body) == (201, add.body)
    check = mailing.ask("retailer", "POST", "/suppressions/check", {"phone": number}).body
    assert (check["is_suppressed"], check["reason"]) == (True, "manual")
    assert (
        mailing.ask("brand", "POST", "/suppressions/check", {"phone": number}).body["is_suppressed"] is False
    )
    listed = mailing.ask("retailer", "GET", "/suppressions", channel="sms").body["items"]
    assert [(item["channel"], item["reason"], item["sms_send_id"]) for item in listed] == [
        ("sms", "manual", None)
    ]
    assert number not in str(listed)
    assert mailing.ask("retailer", "GET", "/suppressions", channel="email").body["items"] == []
    # The provider's list holds for all senders, so a suppression of one does not go there.
    assert mailing.platform.query("select count(*) from ddp.opt_outs_to_push where phone = %s", number) == [
        (0,)
    ]
    suppression = add.body["suppression_id"]
    assert mailing.ask("retailer", "DELETE", f"/suppressions/{suppression}").status == 200


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"phone": "079 123 45 67"}, "E.164"),
        ({"phone": "+1 202 555 0100"}, "E.164"),
        ({"phone": "+12025550100\n"}, "E.164"),
        ({"phone": "+\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668"}, "E.164"),
        ({"phone": "\x00"}, "E.164"),
        ({}, "exactly one"),
        ({"email": "a@example.com", "phone": "+12025550100"}, "exactly one"),
        ({"email": None, "phone": None}, "exactly one"),
    ],
)
def test_an_address_is_an_e_mail_address_or_a_number_in_e164(mailing, body, sentence):
    for path in ("/suppressions", "/suppressions/check"):
        answer = mailing.ask("retailer", "POST", path, body)
        assert answer.status == 422
        assert sentence in str(answer.body)


def test_what_a_phone_could_not_get_may_be_lifted_and_what_its_owner_said_not(mailing):
    user = mailing.platform.users["retailer"]
    for reason, status in (
        ("unreachable", 200),
        ("stop", 409),
        ("in_question", 409),
        ("invalid_number", 409),
    ):
        (suppression,) = mailing.platform.query(
            "insert into suppressions (channel, address_hash, owner_user_id, reason)"
            " values ('sms', sha256(gen_random_uuid()::text::bytea), %s, %s) returning suppression_id", user, reason
        )[0]  # fmt: skip
        assert mailing.ask("retailer", "DELETE", f"/suppressions/{suppression}").status == status, reason
