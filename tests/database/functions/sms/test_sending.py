"""Sending SMS: the text, price and identity of each message, waves, and a provider that takes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from ddp.addresses import phone_hash
from ddp.channels import SMS
from ddp.outcomes import Outcome
from ddp.providers.sms.base import Message
from ddp.providers.transport import Answer, Quota
from functions.sending.dispatch import Dispatcher, Run
from functions.sms.texts import content
from functions.sms.texts.short_links import LINK_URL
from tests.database.functions.messaging import ask
from tests.database.functions.sms.conftest import Texting
from tests.sms import CA, FR, GB, US


@dataclass(slots=True)
class Transport:
    """Accepts everything, or answers as told; keeps the messages of each wave."""

    answer: Callable[[Message], Answer] | None = None
    waves: list[list[Message]] = field(default_factory=list)
    longest_call: float = 1

    def fitting(self, messages: Sequence[Message]) -> int:
        return min(32, len(messages))

    def send(self, messages: Sequence[Message]) -> list[Answer]:
        self.waves.append(list(messages))
        n = len(self.waves)
        accepted = [Answer(outcome=Outcome.ACCEPTED, message_id=f"{n}-{k}") for k in range(len(messages))]
        return [self.answer(message) for message in messages] if self.answer else accepted

    def quota(self) -> Quota | None:
        return None


def run(texting: Texting, transport: Transport) -> int:
    """Send what is due and has tokens. Returns how many were accepted."""
    texting.platform.login("ddp_worker")
    dispatcher = Dispatcher(
        channel=SMS, quota_bucket=None, queue_url="", transport=transport, composer_of=content.of_plan, in_flight=1
    )  # fmt: skip
    return Run(dispatcher, deadline=time.monotonic() + 60).send_all()


@pytest.fixture
def open_windows(texting: Texting) -> Texting:
    """Buckets with tokens, and no windows: there is none in the database of these tests."""
    # What other tests left is not sent by this one, however slow the machine is.
    texting.run(
        "update send_plans set cancelled_at = now()"
        " where channel = 'sms' and completed_at is null and cancelled_at is null"
    )
    for bucket in ("sms:72645", "sms:+447400123", "sms:+447860019001", "sms:FR:DEMO", "sms:+12044005550"):
        texting.run(
            "insert into ddp.rate_buckets (bucket, channel, per_second, tokens) values (%s, 'sms', 100, 100)"
            " on conflict (bucket) do update set tokens = 100, per_second = 100, filled_at = now(), pace = 1,"
            " stopped_until = null",
            bucket,
        )
    return texting


def planned(texting: Texting, *recipients: object, **options: object) -> UUID:
    plan = texting.text(*recipients, **options)
    assert texting.work(plan) == []
    texting.run("update sms_sends set not_before = now() where status = 'pending'")
    texting.run("update ddp.send_chunks set due_at = now() where due_at is not null and channel = 'sms'")
    return plan


def test_what_was_planned_is_sent(open_windows: Texting) -> None:
    texting, transport = open_windows, Transport()
    content_ = 'Hi {{ name }}, {{ "https://shop.example/sale" | short_link }}'
    plan = planned(texting, {"phone": US, "name": "Ann"}, FR, content=content_, ignore_windows=True)
    assert run(texting, transport) == 2
    sent = {message.recipient: message for wave in transport.waves for message in wave}
    codes = dict(texting.sends(plan, "recipient_phone, link_code"))
    ids = dict(texting.sends(plan, "recipient_phone, sms_send_id"))
    assert sent[US].body == f"Hi Ann, {LINK_URL}/{codes[US]}/1 Reply STOP"
    assert sent[FR].body == f"Hi , {LINK_URL}/{codes[FR]}/1 {LINK_URL}/{codes[FR]}"
    assert (sent[US].origin, sent[US].max_price, sent[FR].origin) == ("72645", Decimal("0.00883"), "DEMO")
    assert sent[US].tags == {"ddp_send": str(ids[US]), "ddp_attempt": "1"}
    assert sent[US].expires_at > datetime.now(UTC) + timedelta(hours=23)
    assert texting.sends(plan, "status::text") == [("sent",), ("sent",)]
    charged = texting.query("select reserved, charged from ddp.budgets where owner_id = %s", plan)
    assert charged == [(Decimal(0), Decimal("0.00883") + Decimal("0.06500"))]


def test_a_wave_has_at_most_32_messages_and_one_call(open_windows: Texting) -> None:
    texting, transport = open_windows, Transport()
    plan = planned(texting, *(f"+1202555{n:04}" for n in range(100, 170)), ignore_windows=True)
    assert run(texting, transport) == 70
    assert sorted(len(wave) for wave in transport.waves) == [6, 32, 32]
    assert texting.query("select count(*) from ddp.send_calls where send_plan_id = %s", plan) == [(3,)]


def test_a_slow_identity_delays_no_other(open_windows: Texting) -> None:
    """A long code at one part per second has its own bucket."""
    texting, transport = open_windows, Transport()
    texting.run("update ddp.rate_buckets set per_second = 1, tokens = 1 where bucket = 'sms:+12044005550'")
    plan = planned(
        texting, *(f"+1416555{n:04}" for n in range(200, 220)), *(f"+1202555{n:04}" for n in range(100, 140)),
        ignore_windows=True,
    )  # fmt: skip
    run(texting, transport)
    rows = texting.sends(plan, "country, status::text")
    assert rows.count(("US", "sent")) == 40
    assert 1 <= rows.count(("CA", "sent")) <= 4


def test_a_throttled_identity_slows_its_own_bucket(open_windows: Texting) -> None:
    texting = open_windows
    slow = Answer(outcome=Outcome.RETRY, code="throttled", slow_down=True, later=30)
    transport = Transport(answer=lambda message: slow)
    planned(texting, GB, ignore_windows=True)
    run(texting, transport)
    paces = dict(texting.query("select bucket, pace from ddp.rate_buckets where channel = 'sms'"))
    assert paces["sms:+447860019001"] < 1
    assert paces["sms:72645"] == 1


def test_a_spend_limit_of_the_provider_is_a_wait_with_its_reason(open_windows: Texting) -> None:
    texting = open_windows
    limit = Answer(
        outcome=Outcome.RETRY, code="provider-spend-limit", slow_down=True, later=3600,
        reason="The account has reached the provider's monthly spend limit for SMS.",
    )  # fmt: skip
    transport = Transport(answer=lambda message: limit)
    plan = planned(texting, *(f"+1202555{n:04}" for n in range(100, 200)), ignore_windows=True)
    run(texting, transport)
    assert len(transport.waves) == 1, "nobody asks again"
    assert {status for (status,) in texting.sends(plan, "status::text")} == {"pending"}
    ((pause,),) = texting.query("select ddp.plan_pause(p) from send_plans p where send_plan_id = %s", plan)
    assert (pause["by"], pause["code"]) == ("provider", "provider-spend-limit")
    assert "monthly spend limit" in pause["reason"]
    assert run(texting, transport) == 0
    assert len(transport.waves) == 1


def test_somebody_on_the_providers_list_is_suppressed(open_windows: Texting) -> None:
    texting = open_windows
    refusal = Answer(
        outcome=Outcome.FAILED, code="opted-out", reason="The number is on the provider's opt-out list."
    )
    plan = planned(texting, CA, ignore_windows=True)
    run(texting, Transport(answer=lambda message: refusal))
    assert texting.sends(plan) == [(CA, "suppressed")]


def test_a_number_whose_answer_is_in_question_is_left_out_and_gets_the_next_send(
    open_windows: Texting,
) -> None:
    """A send does not wait for a person who may never decide: it is complete without this recipient."""
    texting, transport = open_windows, Transport()
    held = (phone_hash(US), texting.platform.users["brand"])
    before = planned(texting, US, GB, ignore_windows=True)
    texting.run(
        "insert into suppressions (channel, address_hash, owner_user_id, reason)"
        " values ('sms', %s, %s, 'in_question')",
        *held,
    )
    during = planned(texting, US, GB, ignore_windows=True)
    # A run ends at a claim that only settles suppressed messages.
    assert sum(run(texting, transport) for _ in range(4)) == 2
    for plan in (before, during):
        assert texting.sends(plan) == [(US, "suppressed"), (GB, "sent")]
        assert texting.row(plan, "completed_at is not null") == (True,)
    # Somebody decided that it was no opt-out.
    texting.run("delete from suppressions where address_hash = %s and owner_user_id = %s", *held)
    after = planned(texting, US, ignore_windows=True)
    assert run(texting, transport) == 1
    assert texting.sends(after) == [(US, "sent")]
    assert texting.sends(before) == [(US, "suppressed"), (GB, "sent")], (
        "it comes too late for the send before"
    )


def test_transactional_messages_do_not_wait_with_an_answer_in_question(open_windows: Texting) -> None:
    texting, transport = open_windows, Transport()
    texting.run("update senders set may_send_transactional = true where channel = 'sms'")
    texting.run("update origination_identities set message_type = 'transactional' where country = 'US'")
    draft = {"message_type": "transactional"}
    before = planned(texting, US, draft=draft)
    question = (
        "insert into suppressions (channel, address_hash, owner_user_id, reason) values ('sms', %s, %s, %s)"
    )
    texting.run(question, phone_hash(US), texting.platform.users["brand"], "in_question")
    during = planned(texting, US, draft=draft)
    assert sum(run(texting, transport) for _ in range(3)) == 2
    texting.run(question, phone_hash(US), texting.platform.users["brand"], "stop")
    after = planned(texting, US, draft=draft)
    assert run(texting, transport) == 0
    assert [texting.sends(plan)[0][1] for plan in (before, during, after)] == ["sent", "sent", "suppressed"]


def test_who_withdraws_consent_while_the_message_waits_is_not_called(open_windows: Texting) -> None:
    texting, transport = open_windows, Transport()
    for number in (US, GB):
        texting.run(
            "insert into phone_consents (owner_user_id, phone_hash, source, wording, given_at)"
            " values (%s, %s, 'paper', 'Yes.', now())",
            texting.platform.users["brand"], phone_hash(number),
        )  # fmt: skip
    plan = planned(texting, US, GB, consent="required", ignore_windows=True)
    answer = ask(texting.platform, "brand", "POST", "/phone-consents/withdrawals", {"phones": [US]})
    assert answer.body["withdrawn"] == 1
    assert sum(run(texting, transport) for _ in range(3)) == 1
    assert texting.sends(plan, "recipient_phone, status, failure_code") == [
        (US, "suppressed", "no-consent"),
        (GB, "sent", None),
    ]
    assert [message.recipient for wave in transport.waves for message in wave] == [GB]


def test_no_cap_is_passed(open_windows: Texting) -> None:
    """The first message that does not fit holds the plan up; raising the cap and resuming sends the rest."""
    texting, transport = open_windows, Transport()
    plan = planned(texting, *(f"+1202555{n:04}" for n in range(100, 110)), ignore_windows=True)
    texting.run("update send_plans set max_cost = 0.03 where send_plan_id = %s", plan)
    assert run(texting, transport) == 3
    ((pause,),) = texting.query("select ddp.plan_pause(p) from send_plans p where send_plan_id = %s", plan)
    assert (pause["by"], pause["code"]) == ("budget", "over-budget")


def test_a_plan_dearer_than_its_cap_starts_nothing(open_windows: Texting) -> None:
    texting, transport = open_windows, Transport()
    plan = planned(texting, US, GB, ignore_windows=True, max_cost=0.05)
    assert run(texting, transport) == 0
    ((pause,),) = texting.query("select ddp.plan_pause(p) from send_plans p where send_plan_id = %s", plan)
    assert pause["code"] == "over-budget"
    assert "$0.05" in pause["reason"]


def test_what_waited_for_the_rate_is_not_too_late_for_the_provider(open_windows: Texting) -> None:
    texting, transport = open_windows, Transport()
    plan = planned(texting, US, ignore_windows=True)
    texting.run("update sms_sends set not_before = now() - interval '25 hours' where status = 'pending'")
    texting.run("update send_plans set resumed_at = null where send_plan_id = %s", plan)
    texting.run("update ddp.rate_buckets set serving_since = now() - interval '26 hours', filled_at = now()")
    assert run(texting, transport) == 1
    assert transport.waves[0][0].expires_at > datetime.now(UTC) + timedelta(seconds=30)
