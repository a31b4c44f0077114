"""Sends to some recipients of an earlier send, on both channels: the request, planning, and what is left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from ddp.channels import EMAIL, SMS
from tests.database.functions.sending.again import STATUSES, Again, group
from tests.database.functions.sending.conftest import Sending
from tests.database.functions.sending.test_planning import ShortOfTime, crash_at_commit
from tests.database.functions.sms.conftest import Texting, sms_queues, texting  # noqa: F401 - fixtures
from tests.database.schema.platform import refused

GROUPS = {
    "email": {
        "not_clicked": ["sent", "delivered", "opened"],
        "not_opened": ["sent", "delivered"],
        "failed": ["failed", "bounced"],
        "missed": ["missed"],
    },
    "sms": {"not_clicked": ["sent", "delivered"], "failed": ["failed"], "missed": ["missed"]},
}


@pytest.fixture(params=["email", "sms"])
def again(request: pytest.FixtureRequest, sending: Sending, texting: Texting) -> Again:  # noqa: F811
    """Both channels; the brand may send, and so may the retailer, who takes part in its campaign."""
    again = Again(sending, EMAIL) if request.param == "email" else Again(texting, SMS)
    _let_send(again)
    return again


@pytest.fixture
def mail(sending) -> Again:
    """E-mail alone."""
    again = Again(sending, EMAIL)
    _let_send(again)
    return again


def _let_send(again: Again) -> None:
    again.sending.run(
        "insert into sender_identities (identity, created_by_user_id, status, is_shared)"
        " values ('brand.example', %s, 'verified', true) on conflict do nothing",
        again.sending.platform.users["admin"],
    )
    again.sending.run(
        "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s)",
        again.sending.campaign_id,
        again.sending.platform.users["retailer"],
    )


@pytest.fixture
def pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.sending.recipients import sources

    monkeypatch.setattr(sources, "RECORDS", 2)


def test_each_group_has_its_recipients_and_no_others(again: Again) -> None:
    statuses = STATUSES[again.channel.name]
    earlier = again.sent(statuses)
    for who, members in GROUPS[again.channel.name].items():
        addresses = [again.address(statuses.index(status)) for status in members]
        assert again.size(earlier, who)["recipients"] == len(members)
        plan = again.planned(earlier, who)
        assert again.reached(plan) == sorted(addresses), who
        assert again.sending.totals(plan) == (len(members), len(members), 0, 0, 0)
        assert again.sending.row(plan, "planned_at is not null") == (True,)
    assert again.size(earlier, "failed")["undecided"] == 3


def test_names_data_and_time_zones_are_carried_over_and_the_plan_keeps_no_address(again: Again) -> None:
    earlier = again.sent(["sent"])
    again.add(again.plan_of(earlier), 1, "sent", recipient_name=None, time_zone=None, template_data=Jsonb({}))
    plan = again.planned(earlier, "not_clicked")
    assert again.sending.sends(plan, "recipient_name, template_data, time_zone, status::text, chunk_no") == [
        ("Ann 0", {"number": 0}, "Europe/Zurich", "pending", 1),
        (None, {}, None, "pending", 1),
    ]
    assert again.sending.row(plan, "audience, recipients_masked") == (
        group(earlier, "not_clicked") | {"send_plan_id": str(again.plan_of(earlier))},
        False,
    )


def test_opens_by_machines_are_none(mail: Again) -> None:
    earlier = mail.sent(["opened", "delivered"])
    plan = mail.plan_of(earlier)
    mail.add(plan, 2, "delivered", machine_opened_at=datetime.now(UTC))
    mail.add(plan, 3, "sent", machine_opened_at=datetime.now(UTC))
    assert mail.size(earlier, "not_opened") == {
        "recipients": 3, "undecided": 0, "accepted": 4, "machine_opened": 2,
    }  # fmt: skip
    assert mail.reached(mail.planned(earlier, "not_opened")) == [mail.address(n) for n in (1, 2, 3)]


def test_nobody_writes_to_recipients_of_others(again: Again) -> None:
    """Nor does an administrator: a group belongs to its sender, and so does the new send."""
    earlier = again.sent(["sent"], user="retailer")
    for user in ("brand", "rival", "admin"):
        with refused("PT404", code="earlier-send-not-found"):
            again.size(earlier, "not_clicked", user=user)
    with refused("PT404", code="earlier-send-not-found"):
        again.request(group(earlier, "not_clicked"))
    with refused("PT404", code="earlier-send-not-found"):
        again.request(group(uuid4(), "failed"))


def test_a_send_on_the_other_channel_is_none(sending, texting) -> None:  # noqa: F811
    mail, text = Again(sending, EMAIL), Again(texting, SMS)
    for each in (mail, text):
        _let_send(each)
    for one, other in ((mail, text), (text, mail)):
        earlier = one.sent(["sent"])
        with refused("PT404", code="earlier-send-not-found"):
            other.request(group(earlier, "not_clicked"))


@pytest.mark.parametrize(
    "wrong",
    [{"id": "x"}, {"id": None}, {"id": 1}, {"who": None}, {"who": "everybody"}, {"who": ["failed"]}],
    ids=str,
)
def test_groups_that_do_not_exist(again: Again, wrong: dict[str, object]) -> None:
    earlier = again.sent(["sent"])
    with refused("PT422", code="invalid-audience"):
        again.request(group(earlier, "failed") | wrong)


def test_nobody_knows_who_opened_an_sms(texting) -> None:  # noqa: F811
    text = Again(texting, SMS)
    _let_send(text)
    earlier = text.sent(["sent"])
    with refused("PT422", code="no-opens"):
        text.request(group(earlier, "not_opened"))
    with refused("PT422", code="no-opens"):
        text.size(earlier, "not_opened")


def test_an_earlier_send_must_be_planned_and_may_still_be_sent(again: Again) -> None:
    with refused("PT409", code="earlier-send-not-requested"):
        again.request(group(again.draft(), "failed"))
    earlier = again.sent(["pending", "sending", "unknown", "sent"])
    plan = again.plan_of(earlier)
    again.sending.run(
        "update send_plans set planned_at = null, completed_at = null where send_plan_id = %s", plan
    )
    with refused("PT409", code="earlier-send-not-planned"):
        again.request(group(earlier, "not_clicked"))
    again.sending.run("update send_plans set planned_at = now() where send_plan_id = %s", plan)
    assert again.size(earlier, "not_clicked") == {"recipients": 1, "undecided": 3}
    assert again.reached(again.planned(earlier, "not_clicked")) == [again.address(3)]


def test_a_cancelled_send_is_an_earlier_one_too(again: Again) -> None:
    earlier = again.sent(["cancelled", "sent"])
    again.sending.run(
        "update send_plans set planned_at = null, completed_at = null, cancelled_at = now()"
        " where send_plan_id = %s",
        again.plan_of(earlier),
    )
    assert again.reached(again.planned(earlier, "not_clicked")) == [again.address(1)]


def test_it_is_decided_when_the_time_has_come(again: Again) -> None:
    earlier = again.sent(["sent", "sent", "pending"])
    plan = again.request(group(earlier, "not_clicked"), at=datetime.now(UTC) + timedelta(days=2))
    assert again.sending.work(plan) == []
    assert again.sending.row(plan, "planned_at, failed_at") == (None, None)
    name = again.channel.name
    again.sending.run(
        f"update {name}_sends set status = (case status when 'pending' then 'sent' else 'clicked' end)"
        f"::{name}_send_status where {name}_campaign_id = %s and recipient_name <> 'Ann 1'",
        earlier,
    )
    again.sending.run("update send_plans set scheduled_at = now() where send_plan_id = %s", plan)
    assert again.sending.work(plan) == []
    assert again.reached(plan) == [again.address(1), again.address(2)]


def suppress(
    again: Again, number: int, *, owner: UUID | None = None, reason: str, expires: bool = False
) -> None:
    again.sending.run(
        "insert into suppressions (channel, address_hash, owner_user_id, reason, expires_at)"
        " values (%s, %s, %s, %s, case when %s then now() + interval '90 days' end)",
        again.channel.name, again.hash(number), owner, reason, expires,
    )  # fmt: skip


def test_whoever_gets_nothing_for_ever_has_not_failed_by_chance(again: Again) -> None:
    brand, rival = (again.sending.platform.users[name] for name in ("brand", "rival"))
    bounced = "bounced" if again.channel is EMAIL else "failed"
    earlier = again.sent(["failed", bounced, bounced, "failed", bounced])
    suppress(again, 1, reason="hard_bounce")
    suppress(again, 2, owner=brand, reason="manual")
    suppress(again, 3, owner=rival, reason="unsubscribe")
    suppress(again, 4, reason="invalid_number", expires=True)
    assert again.size(earlier, "failed")["recipients"] == 3
    plan = again.planned(earlier, "failed")
    assert again.sending.sends(plan) == [
        (again.address(0), "pending"),
        (again.address(3), "pending"),
        (again.address(4), "suppressed"),
    ]


def test_suppressions_hold_as_always(again: Again) -> None:
    earlier = again.sent(["sent", "sent", "missed"])
    suppress(again, 0, owner=again.sending.platform.users["brand"], reason="unsubscribe")
    suppress(again, 2, reason="complaint")
    plan = again.planned(earlier, "not_clicked")
    assert again.sending.sends(plan) == [(again.address(0), "suppressed"), (again.address(1), "pending")]
    assert again.sending.sends(again.planned(earlier, "missed")) == [(again.address(2), "suppressed")]


def test_consent_holds_as_always(texting) -> None:  # noqa: F811
    text = Again(texting, SMS)
    _let_send(text)
    earlier = text.sent(["sent", "sent"])
    texting.run(
        "insert into phone_consents (owner_user_id, phone_hash, source, wording, given_at)"
        " values (%s, %s, 'web-form', 'Yes, text me', now())",
        texting.platform.users["brand"],
        text.hash(1),
    )
    plan = text.planned(earlier, "not_clicked", consent="required")
    assert text.reached(plan) == [text.address(1)]
    assert texting.rejections(plan) == [(1, "no-consent")]


@pytest.mark.usefixtures("pages_of_two")
@pytest.mark.parametrize("who", ["not_clicked", "failed"])
def test_page_by_page_in_invocations_that_are_short_of_time(again: Again, who: str) -> None:
    earlier = again.sent([GROUPS["sms"][who][0] if n % 3 else "clicked" for n in range(11)])
    plan = again.request(group(earlier, who))
    rounds = 0
    while again.sending.row(plan, "planned_at") == (None,):
        assert again.sending.work(plan, ShortOfTime()) == []
        rounds += 1
    assert again.reached(plan) == [again.address(n) for n in range(11) if n % 3]
    assert again.sending.totals(plan) == (7, 7, 0, 0, 0)
    assert rounds == 4


@pytest.mark.usefixtures("pages_of_two")
@pytest.mark.parametrize("applied", [False, True])
def test_a_crash_at_each_commit(mail: Again, monkeypatch: pytest.MonkeyPatch, *, applied: bool) -> None:
    """The transaction is lost, or its commit's answer is. After planning again, everyone is there once."""
    earlier, commit, crashed = mail.sent(["delivered"] * 5), 0, True
    while crashed:
        plan = mail.request(group(earlier, "not_clicked"))
        with monkeypatch.context() as patch:
            crash_at_commit(patch, commit, applied=applied)
            crashed = mail.sending.work(plan) != []
        assert mail.sending.work(plan) == []
        assert mail.reached(plan) == [mail.address(n) for n in range(5)]
        assert mail.sending.totals(plan) == (5, 5, 0, 0, 0)
        assert mail.sending.row(plan, "planned_at is not null, failed_at") == (True, None)
        commit += 1
    # Three before the first page, a page and what follows it for each of three batches, an empty page, and the end.
    assert commit > 15


def test_a_page_is_no_larger_than_the_data_that_fits_into_memory(
    again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functions.sending.recipients import earlier as source

    monkeypatch.setattr(source, "CHARACTERS", 25)  # {"number": 0} has 13
    earlier = again.sent(["sent"] * 5)
    again.sending.run(
        f"update {again.channel.name}_sends set template_data = jsonb_build_object('x', repeat('x', 100))"
        " where recipient_name = 'Ann 2'"
    )
    plan = again.planned(earlier, "not_clicked")
    batches = again.sending.query(
        "select records_read from ddp.send_plan_batches where send_plan_id = %s order by batch_no", plan
    )
    assert batches == [(2,), (3,), (5,)]
    assert len(again.reached(plan)) == 5


@pytest.mark.usefixtures("pages_of_two")
def test_somebody_erased_while_it_is_planned_hides_nobody(again: Again) -> None:
    """Planning goes on after the last one of a page, whose address is gone then."""
    earlier = again.sent(["sent"] * 6)
    plan = again.request(group(earlier, "not_clicked"))
    again.sending.work(plan, ShortOfTime())
    assert again.reached(plan) == [again.address(n) for n in range(2)]
    name = again.channel.name
    again.sending.query(
        f"select ddp.erase_{name}_sends(array(select {name}_send_id from {name}_sends"
        f" where {name}_campaign_id = %s and recipient_name in ('Ann 1', 'Ann 4')))",
        earlier,
    )
    assert again.sending.work(plan) == []
    assert again.reached(plan) == [again.address(n) for n in (0, 1, 2, 3, 5)]
    assert again.sending.row(plan, "planned_at is not null") == (True,)


def test_a_group_of_nobody_says_so(again: Again) -> None:
    earlier = again.sent(["clicked", "failed"])
    for who in ("missed", "not_clicked"):
        plan = again.planned(earlier, who)
        code, reason = again.sending.row(plan, "failure_code, failure_reason")
        assert (code, reason.startswith("Nobody is left who ")) == ("no-recipients", True)
    name = again.channel.name
    again.sending.query(
        f"select ddp.erase_{name}_sends(array(select {name}_send_id from {name}_sends where {name}_campaign_id = %s))",
        earlier,
    )
    assert again.size(earlier, "failed")["recipients"] == 0
    reason = again.sending.row(again.planned(earlier, "failed"), "failure_reason")[0]
    assert reason == (
        "Nobody is left who could have got the earlier message and did not."
        " Erased recipients are not written to again."
    )


OLD = "update send_plans set completed_at = now() - interval '40 years' where send_plan_id = %s"
ERASED = "update send_plans set recipients_erased_at = now() where send_plan_id = %s"


@pytest.mark.parametrize("gone", [OLD, ERASED])
def test_recipients_that_retention_removed(again: Again, gone: str) -> None:
    earlier = again.sent(["sent"])
    plan = again.request(group(earlier, "not_clicked"))
    again.sending.run(gone, again.plan_of(earlier))
    with refused("PT409", code="recipients-removed"):
        again.request(group(earlier, "not_clicked"))
    with refused("PT409", code="recipients-removed"):
        again.size(earlier, "not_clicked")
    assert again.sending.work(plan) == []
    assert again.sending.failure(plan) == "recipients-removed"
    assert again.reached(plan) == []


@pytest.mark.usefixtures("pages_of_two")
def test_retention_that_begins_while_it_is_planned(again: Again) -> None:
    earlier = again.sent(["sent"] * 5)
    plan = again.request(group(earlier, "not_clicked"))
    again.sending.work(plan, ShortOfTime())
    again.sending.run(OLD, again.plan_of(earlier))
    assert again.sending.work(plan) == []
    assert again.sending.failure(plan) == "recipients-removed"
    assert {status for _, status in again.sending.sends(plan)} == {"cancelled"}


def user(again: Again, number: int, **profile: object) -> UUID:
    """A retailer in the brand's campaign who agreed; `profile` replaces what the profile says."""
    user_id = uuid4()
    given = {"marketing_consent": True, "phone": again.address(number), "country_code": "US"} | profile
    again.sending.run(
        "insert into users (user_id, user_email, user_name, user_type, is_active, profile_data)"
        " values (%s, %s, %s, 'retailer', true, %s)",
        user_id, mailbox(again, number), f"User {number}", Jsonb(given),
    )  # fmt: skip
    again.sending.run(
        "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s)",
        again.sending.campaign_id,
        user_id,
    )
    return user_id


def mailbox(again: Again, number: int) -> str:
    return f"u{number}@{again.sending.campaign_id}.example"


def to_users(again: Again, count: int, *, sender: str = "brand") -> tuple[UUID, list[UUID]]:
    """A send to so many users as the target audience, by the real planner. Returns its campaign, and the users."""
    users = [user(again, number) for number in range(count)]
    plan = again.request({"source": "target_audience"}, user=sender)
    assert again.sending.work(plan) == []
    name = again.channel.name
    again.sending.run(
        f"update {name}_sends set status = 'sent' where {name}_campaign_id = %s", again.message(plan)
    )
    return again.message(plan), users


def names(again: Again, plan: UUID) -> list[str]:
    return sorted(row[0] for row in again.sending.sends(plan, "recipient_name"))


@pytest.mark.usefixtures("pages_of_two")
def test_users_stay_masked_through_chains_and_whoever_no_longer_agrees_gets_nothing(again: Again) -> None:
    earlier, users = to_users(again, 8)
    run = again.sending.run
    run("update users set profile_data = profile_data - 'marketing_consent' where user_id = %s", users[0])
    run("update users set is_active = false where user_id = %s", users[1])
    run("update campaign_participants set participant_state = 'left' where retailer_id = %s", users[2])
    name = again.channel.name
    run(
        f"update {name}_sends set status = 'clicked' where {name}_campaign_id = %s and recipient_name = 'User 3'",
        earlier,
    )
    plan = again.planned(earlier, "not_clicked")
    assert names(again, plan) == ["User 4", "User 5", "User 6", "User 7"]
    assert again.sending.row(plan, "recipients_masked, planned_at is not null") == (True, True)
    run(f"update {name}_sends set status = 'failed' where {name}_campaign_id = %s", again.message(plan))
    run("update users set profile_data = profile_data - 'marketing_consent' where user_id = %s", users[5])
    third = again.planned(again.message(plan), "failed")
    assert names(again, third) == ["User 4", "User 6", "User 7"]
    assert again.sending.row(third, "recipients_masked") == (True,)
    seen = again.call("brand", f"(select json_agg(l) from list_{name}_sends(%s) l)", again.message(third))
    shown = {each[f"recipient_{again.channel.address_member}"] for each in seen}
    assert len(shown) <= 3
    assert all("***" in address for address in shown)
    assert (
        again.call(
            "brand",
            f"(select count(*) from {name}_sends where {name}_campaign_id = %s)",
            again.message(third),
        )
        == 0
    )


def test_criteria_of_the_earlier_audience_hold(mail: Again) -> None:
    aimed = "update campaigns set target_audience = %s where campaign_id = %s"
    mail.sending.run(aimed, Jsonb({"region": "Alps"}), mail.sending.campaign_id)
    _, moved = user(mail, 1, region="Alps"), user(mail, 2, region="Alps")
    earlier, _ = to_users(mail, 0)
    mail.sending.run(
        "update users set profile_data = profile_data || %s where user_id = %s",
        Jsonb({"region": "Jura"}),
        moved,
    )
    mail.sending.run(aimed, Jsonb({}), mail.sending.campaign_id)
    assert names(mail, mail.planned(earlier, "not_clicked")) == ["User 1"]


def test_a_user_with_another_address_now_is_nobody_of_the_earlier_send(again: Again) -> None:
    earlier, users = to_users(again, 2)
    again.sending.run(
        "update users set user_email = 'new.' || user_email,"
        ' profile_data = profile_data || \'{"phone": "+12025559999"}\' where user_id = %s',
        users[0],
    )
    assert names(again, again.planned(earlier, "not_clicked")) == ["User 1"]


def test_an_administrators_recipients_are_not_masked(mail: Again) -> None:
    user(mail, 1)
    plan = mail.request({"source": "target_audience"}, user="admin")
    mail.sending.work(plan)
    earlier = mail.message(plan)
    mail.sending.run("update email_sends set status = 'sent' where email_campaign_id = %s", earlier)
    left = user(mail, 2)
    mail.sending.run("update users set is_active = false where user_id = %s", left)
    again = mail.planned(earlier, "not_clicked", user="admin")
    assert mail.sending.row(again, "recipients_masked") == (False,)
    assert "User 1" in names(mail, again)
    assert mailbox(mail, 2) not in mail.reached(again)
