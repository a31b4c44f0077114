"""send_email_campaign and send_sms_campaign: what they check and freeze, and the one plan that they create."""

from __future__ import annotations

import json
import threading

import pytest

from tests.database.schema.platform import Platform, id_of, populate, refused, with_ids

EMAILS = {
    "source": "list",
    "recipients": [{"email": "a@example.com", "name": "A"}, {"email": "b@example.com"}],
}
PHONES = {"source": "list", "recipients": [{"phone": "+12025550101"}]}
SEND = {
    "email": "select send_email_campaign(@email_campaigns/{}, %s, %s)",
    "sms": "select send_sms_campaign(@sms_campaigns/{}, %s, %s)",
}
GOOD = {"email": EMAILS, "sms": PHONES}


def send(connection, channel, audience="good", at=None, message="ready"):
    audience = GOOD[channel] if audience == "good" else audience
    statement = with_ids(SEND[channel].format(message))
    return connection.execute(statement, [None if audience is None else json.dumps(audience), at]).fetchone()[
        0
    ]


def plan(connection, columns):
    return connection.execute(
        f"select {columns} from send_plans where send_plan_id <> all (%s)".encode(),
        [[id_of(f"send_plans/{name}") for name in ("retailers", "masked", "masked_sms")]],
    ).fetchall()


def test_a_request_leaves_one_plan_with_everything_frozen(platform: Platform):
    with platform.acting("retailer") as connection:
        connection.execute(
            with_ids(
                "update email_campaigns set template_id = @templates/brands where campaign_id = @campaigns/active"
            )
        )
        plan_id = send(connection, "email")
        assert plan(
            connection, "send_plan_id, campaign_id, email_campaign_id, sms_campaign_id, created_by_user_id"
        ) == [(plan_id, id_of("campaigns/active"), id_of("email_campaigns/ready"), None, id_of("retailer"))]
        assert plan(
            connection,
            "subject, content, sender, template_id, template_version, audience, queued_at, scheduled_at = now()",
        ) == [("Ready", "<p>Go</p>", "shop@example.com", id_of("templates/brands"), 1, EMAILS, None, True)]


def test_an_sms_too(platform: Platform):
    with platform.acting("retailer") as connection:
        plan_id = send(connection, "sms", at="tomorrow")
        assert plan(connection, "send_plan_id, subject, content, sender, audience, scheduled_at > now()") == [
            (plan_id, None, "Ready", "+12025550100", PHONES, True)
        ]


@pytest.mark.parametrize("channel", SEND)
def test_only_one_request(platform: Platform, channel):
    with platform.acting("retailer") as connection:
        plan_id = send(connection, channel)
        with refused("PT409", code="already-requested", send_plan_id=str(plan_id)):
            send(connection, channel)


@pytest.mark.parametrize("name", ["boss@bank.example", "Bank <service>", "boss\uff20bank.example"])
def test_the_name_of_a_sender_is_no_address(platform: Platform, name: str):
    with platform.acting("retailer") as connection:
        statement = (
            "update email_campaigns set sender_name = %s where email_campaign_id = @email_campaigns/ready"
        )
        connection.execute(with_ids(statement), [name])
        with refused("PT422", code="invalid-sender-name"):
            send(connection, "email")


@pytest.mark.parametrize(
    ("caller", "state", "code"),
    [("rival", "PT404", "campaign-not-found"), ("retailer", "PT403", "audience-not-yours")],
)
def test_only_those_count_an_audience_who_may_send_to_it(platform: Platform, caller, state, code):
    with platform.acting(caller) as connection, refused(state, code=code):
        connection.execute(with_ids("select audience_size(@campaigns/brands)"))


FROZEN = """
    retailer  update email_campaigns set email_subject = 'x' where email_campaign_id = @email_campaigns/ready
    retailer  update email_campaigns set email_content = 'x' where email_campaign_id = @email_campaigns/ready
    retailer  update email_campaigns set sender_email = 'x@x.org' where email_campaign_id = @email_campaigns/ready
    retailer  update email_campaigns set sender_name = 'x' where email_campaign_id = @email_campaigns/ready
    retailer  update email_campaigns set template_id = @templates/brands where email_subject = 'Ready'
    retailer  delete from email_campaigns where email_campaign_id = @email_campaigns/ready
    retailer  update sms_campaigns set sms_content = 'x' where sms_campaign_id = @sms_campaigns/ready
    retailer  update sms_campaigns set sender_number = '+1' where sms_campaign_id = @sms_campaigns/ready
    retailer  update sms_campaigns set message_type = 'transactional' where sms_campaign_id = @sms_campaigns/ready
    retailer  update sms_campaigns set dlt_template_id = '1' where sms_campaign_id = @sms_campaigns/ready
    retailer  delete from sms_campaigns where sms_campaign_id = @sms_campaigns/ready
"""


@pytest.mark.parametrize("attempt", FROZEN.strip().splitlines())
def test_what_was_requested_is_frozen(platform: Platform, attempt):
    caller, statement = attempt.split(maxsplit=1)
    with platform.acting(caller) as connection:
        connection.execute("savepoint before")
        assert connection.execute(with_ids(statement)).rowcount == 1, "a draft is not"
        connection.execute("rollback to before")
        for channel in SEND:
            send(connection, channel)
        with refused("PT409", code="frozen"):
            connection.execute(with_ids(statement))


def test_workers_settle_what_is_frozen_and_change_nothing_of_it(platform: Platform):
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute("update email_campaigns set requested_at = now()")
        platform.owner.execute(
            "update email_campaigns set total_recipients = 2, sent_at = now(), metadata = '{}'"
        )
        for column, value in (("requested_at", "null"), ("campaign_id", "gen_random_uuid()")):
            with refused("PT409", code="frozen"), platform.owner.transaction():
                platform.owner.execute(f"update email_campaigns set {column} = {value}".encode())


def wrong(audience, code, state="PT422"):
    return pytest.param(audience, state, code, id=json.dumps(audience)[:60])


@pytest.mark.parametrize(
    ("audience", "state", "code"),
    [
        wrong({}, "invalid-audience"),
        wrong([], "invalid-audience"),
        wrong({"source": "everybody"}, "invalid-audience"),
        wrong({"source": "list"}, "invalid-audience"),
        wrong({"source": "list", "recipients": []}, "invalid-audience"),
        wrong({"source": "list", "recipients": {}}, "invalid-audience"),
        wrong({"source": "list", "recipients": [{"email": "a@x.org"}] * 10001}, "invalid-audience"),
        wrong({"source": "list", "recipients": ["a@x.org"]}, "invalid-recipient"),
        wrong({"source": "list", "recipients": [{"email": "a@x.org"}, {"email": ""}]}, "invalid-recipient"),
        wrong({"source": "list", "recipients": [{"email": "x" * 1001}]}, "invalid-recipient"),
        wrong({"source": "list", "recipients": [{"email": 1}]}, "invalid-recipient"),
        wrong(
            {"source": "list", "recipients": [{"email": "a@x.org", "name": "x" * 256}]}, "invalid-recipient"
        ),
        wrong({"source": "list", "recipients": [{"phone": "+12025550101"}]}, "invalid-recipient"),
        wrong({"source": "file"}, "invalid-audience"),
        wrong({"source": "file", "file_id": "x"}, "invalid-audience"),
        wrong({"source": "file", "file_id": str(id_of("files/private"))}, None, "PT404"),
        wrong({"source": "file", "file_id": str(id_of("files/published"))}, "not-owner", "PT403"),
        wrong({"source": "target_audience"}, "audience-not-yours", "PT403"),
        wrong(None, "audience-not-yours", "PT403"),
    ],
)
def test_audiences_that_cannot_be_used(platform: Platform, audience, state, code):
    with platform.acting("retailer") as connection, refused(state, code=code):
        send(connection, "email", audience)


@pytest.mark.parametrize("phone", ["", None, 12025550101, "1" * 1001])
def test_entries_that_hold_no_number(platform: Platform, phone):
    audience = {"source": "list", "recipients": [{"phone": "+12025550101"}, {"phone": phone}]}
    with platform.acting("retailer") as connection, refused("PT422", code="invalid-recipient", position=2):
        send(connection, "sms", audience)


def test_numbers_are_taken_as_people_write_them(platform: Platform):
    """Planning rejects those that are none, one by one."""
    audience = {
        "source": "list",
        "recipients": [{"phone": "07400 123456", "country": "GB"}, {"phone": "nobody"}],
    }
    with platform.acting("retailer") as connection:
        send(connection, "sms", audience)
        assert plan(connection, "audience, consent, max_parts") == [(audience, "required", 4)]


OPTIONS = {
    "default_country": ["uk", "UK1", 44], "max_cost": [0, -1, "5", 1e-6, 1e9], "max_parts": [0, 11, 1.5, "4"],
    "consent": ["given", True], "transliterate": ["yes"], "ignore_windows": [1], "maxcost": [5],
}  # fmt: skip


@pytest.mark.parametrize(
    ("option", "value"), [(option, value) for option, values in OPTIONS.items() for value in values]
)
def test_options_of_an_sms_that_cannot_be(platform: Platform, option, value):
    statement = with_ids("select send_sms_campaign(@sms_campaigns/ready, %s, null, %s)")
    values = [json.dumps(PHONES), json.dumps({option: value})]
    with platform.acting("retailer") as connection, refused("PT422", code="invalid-option", option=option):
        connection.execute(statement, values)


def test_without_a_monthly_budget_no_sms_is_sent(platform: Platform):
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        connection.execute("update senders set monthly_budget = 0")
        platform.become(connection, "retailer")
        connection.execute("set local role authenticated")
        with refused("PT409", code="no-sms-budget"):
            send(connection, "sms")


def test_an_own_file_is_an_audience(platform: Platform):
    with platform.acting("retailer") as connection:
        send(
            connection,
            "email",
            {"source": "file", "file_id": str(id_of("files/retailers")), "more": "dropped"},
        )
        assert plan(connection, "audience") == [
            ({"source": "file", "file_id": str(id_of("files/retailers")), "content_sha256": None},)
        ]


def test_a_brand_sends_to_its_campaigns_audience(platform: Platform):
    with platform.acting("brand") as connection:
        connection.execute(
            with_ids("select set_campaign_status(@campaigns/brands, 'active')"),
        )
        connection.execute(with_ids('update campaigns set target_audience = \'{"region": "Alps"}\''))
        send(connection, "email", None, message="brands")
        connection.execute(with_ids("update campaigns set target_audience = '{}'"))
        assert plan(connection, "audience") == [
            ({"source": "target_audience", "criteria": {"region": "Alps"}},)
        ]


@pytest.mark.parametrize("channel", SEND)
@pytest.mark.parametrize("caller", ["brand", "rival", "admin", "friend"])
def test_messages_of_others_do_not_exist(platform: Platform, channel, caller):
    with platform.acting(caller) as connection, refused("PT404", code=f"{channel}-campaign-not-found"):
        send(connection, channel)


EMPTY = "update email_campaigns set email_content = ' '; update sms_campaigns set sms_content = ' '"
ABUSED = (
    "update email_campaigns set email_subject = E'a\\nBcc: b@example.com';"
    " update sms_campaigns set sms_content = repeat('x', 8193)"
)


@pytest.mark.parametrize("channel", SEND)
@pytest.mark.parametrize(
    ("change", "state", "code"),
    [
        ("update campaigns set campaign_status = 'paused'", "PT409", "wrong-status"),
        ("update campaigns set campaign_status = 'draft'", "PT409", "wrong-status"),
        ("update campaigns set end_date = now() - interval '1 hour'", "PT409", "campaign-over"),
        ("delete from campaign_participants", "PT404", "campaign-not-found"),
        ("update users set is_active = false", "PT401", "account-inactive"),
        (EMPTY, "PT422", "incomplete-message"),
        (ABUSED, "PT422", "incomplete-message"),
    ],
)  # fmt: skip
def test_when_nothing_is_sent(platform: Platform, channel, change, state, code):
    connection = platform.login("superuser")
    with connection.transaction(force_rollback=True):
        for statement in change.split("; "):
            connection.execute(statement.encode())
        platform.become(connection, "retailer")
        connection.execute("set local role authenticated")
        with refused(state, code=code):
            send(connection, channel)


@pytest.mark.parametrize("at", ["yesterday", "now", "2099-01-01"])
def test_schedules_that_are_none(platform: Platform, at):
    with platform.acting("retailer") as connection, refused("PT422", code="invalid-schedule"):
        send(connection, "email", at=at)


def test_two_requests_at_once_leave_one_plan(database):
    owner = database.connect()
    populate(owner)
    claims = {"sub": str(id_of("retailer"))}
    refusals: list[str] = []

    def send_too() -> None:
        with refused("PT409", code="already-requested"), database.as_user(claims) as connection:
            send(connection, "email")
        refusals.append("PT409")

    second = threading.Thread(target=send_too)
    with database.as_user(claims) as connection:
        send(connection, "email")
        second.start()
        second.join(0.3)
        assert second.is_alive(), "the second request did not wait for the first"
    second.join()
    assert refusals == ["PT409"]
    assert len(plan(owner, "1")) == 1


def test_a_pause_under_way_is_waited_for(database):
    """A request during an uncommitted pause waits and then sees the pause."""
    owner = database.connect(autocommit=False)
    populate(owner)
    owner.commit()
    refusals: list[str] = []

    def send_meanwhile() -> None:
        with (
            refused("PT409", code="wrong-status"),
            database.as_user({"sub": str(id_of("retailer"))}) as connection,
        ):
            send(connection, "email")
        refusals.append("PT409")

    owner.execute("update campaigns set campaign_status = 'paused'")
    other = threading.Thread(target=send_meanwhile)
    other.start()
    other.join(0.3)
    assert other.is_alive(), "the request did not wait for the pause"
    owner.commit()
    other.join()
    assert refusals == ["PT409"]
