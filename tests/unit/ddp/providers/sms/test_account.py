"""The origination identities of an account, read from the phone simulator and from literal answers."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.stub import Stubber

from ddp.errors import Permanent, Transient
from ddp.providers.sms import account, calls
from ddp.providers.sms.account import AccountIdentity
from infra.local.simulators.phone.account.identities import IDENTITIES
from tests.unit.infra.local.simulators.phone.conftest import Running

pytestmark = pytest.mark.thorough

NUMBER = {
    "PhoneNumberArn": "arn:aws:sms-voice:us-east-1:000000000000:phone-number/phone-1",
    "PhoneNumber": "+447700900123",
    "Status": "ACTIVE",
    "IsoCountryCode": "GB",
    "MessageType": "PROMOTIONAL",
    "NumberCapabilities": ["SMS", "VOICE"],
    "NumberType": "LONG_CODE",
    "MonthlyLeasingPrice": "1.00",
    "TwoWayEnabled": False,
    "SelfManagedOptOutsEnabled": False,
    "OptOutListName": "Default",
    "DeletionProtectionEnabled": False,
    "CreatedTimestamp": 1_700_000_000,
}
SENDER = {
    "SenderIdArn": "arn:aws:sms-voice:us-east-1:000000000000:sender-id/AURORA/CH",
    "SenderId": "AURORA",
    "IsoCountryCode": "CH",
    "MessageTypes": ["PROMOTIONAL", "TRANSACTIONAL"],
    "MonthlyLeasingPrice": "0.00",
    "DeletionProtectionEnabled": False,
    "Registered": False,
}
POOL = {
    "PoolArn": "arn:aws:sms-voice:us-east-1:000000000000:pool/pool-1",
    "PoolId": "pool-1",
    "Status": "ACTIVE",
    "MessageType": "PROMOTIONAL",
    "TwoWayEnabled": True,
    "SelfManagedOptOutsEnabled": True,
    "OptOutListName": "Default",
    "SharedRoutesEnabled": False,
    "DeletionProtectionEnabled": False,
    "CreatedTimestamp": 1_700_000_000,
}


def registration(state: str) -> dict[str, Any]:
    return {
        "RegistrationArn": "arn:aws:sms-voice:us-east-1:000000000000:registration/registration-1",
        "RegistrationId": "registration-1",
        "RegistrationType": "US_TOLL_FREE_REGISTRATION",
        "RegistrationStatus": state,
        "CurrentVersionNumber": 1,
        "CreatedTimestamp": 1_700_000_000,
    }


def read(
    numbers: list[dict[str, Any]],
    senders: list[dict[str, Any]] = [],  # noqa: B006
    state: str = "COMPLETE",
) -> list[AccountIdentity]:
    """The identities of an account that answers so."""
    calls.client.cache_clear()
    with Stubber(calls.client()) as stubber:
        stubber.add_response(
            "describe_registrations", {"Registrations": [registration(state)]}, {"MaxResults": 100}
        )
        stubber.add_response("describe_pools", {"Pools": [POOL]}, {"MaxResults": 100})
        stubber.add_response("describe_phone_numbers", {"PhoneNumbers": numbers}, {"MaxResults": 100})
        stubber.add_response("describe_sender_ids", {"SenderIds": senders}, {"MaxResults": 100})
        return list(account.identities(lambda _: None))


def test_the_simulators_account(phone: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page by page, one call per second."""
    monkeypatch.setattr(account, "PAGE", 5)
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        phone.clock.now += seconds

    found = {(each.identity, each.country): each for each in account.identities(pause)}
    assert set(found) == {(each.identity, each.country) for each in IDENTITIES}
    assert set(waited) == {1.0}
    assert len(waited) > 8
    assert found["+12065550152", "US"] == AccountIdentity(
        identity="+12065550152",
        country="US",
        kind="ten_dlc",
        message_type="promotional",
        status="active",
        is_two_way=True,
        manages_opt_outs=True,
        parts_per_second=1,
        daily_cap=2000,
        provider_arn="arn:aws:sms-voice:us-east-1:000000000000:phone-number/phone-00000000000000000000012065550152",
    )
    assert found["+18335550199", "US"].status == "incomplete"
    assert found["55123", "CA"].status == "pending"
    assert not found["+27600000123", "ZA"].manages_opt_outs
    sender = found["AURORA", "IN"]
    assert (sender.kind, sender.message_type, sender.status) == ("sender_id", None, "active")
    assert (sender.is_two_way, sender.manages_opt_outs) == (False, False)


@pytest.mark.parametrize(
    ("changes", "state", "status"),
    [
        ({}, "", "active"),
        ({"Status": "PENDING"}, "", "pending"),
        ({"RegistrationId": "registration-1"}, "COMPLETE", "active"),
        ({"RegistrationId": "registration-1"}, "REVIEWING", "pending"),
        ({"RegistrationId": "registration-1"}, "PROVISIONING", "pending"),
        ({"RegistrationId": "registration-1"}, "REQUIRES_UPDATES", "incomplete"),
        ({"RegistrationId": "registration-1"}, "CREATED", "incomplete"),
        ({"RegistrationId": "registration-1", "Status": "PENDING"}, "REQUIRES_UPDATES", "incomplete"),
        ({"RegistrationId": "registration-2"}, "COMPLETE", "pending"),
    ],
)
@pytest.mark.usefixtures("phone")
def test_a_registration_decides_the_status(changes: dict[str, str], state: str, status: str) -> None:
    assert read([NUMBER | changes], state=state or "COMPLETE")[0].status == status


@pytest.mark.usefixtures("phone")
def test_a_pools_settings_hold_for_its_numbers() -> None:
    alone, pooled = read([NUMBER, NUMBER | {"PoolId": "pool-1"}])
    assert (alone.is_two_way, alone.manages_opt_outs) == (False, False)
    assert (pooled.is_two_way, pooled.manages_opt_outs) == (True, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"NumberCapabilities": ["VOICE"]},
        {"NumberType": "SIMULATOR"},
        {"Status": "DELETED"},
        {"Status": "DISASSOCIATING"},
    ],
)
@pytest.mark.usefixtures("phone")
def test_what_cannot_be_used_is_left_out(changes: dict[str, Any]) -> None:
    assert read([NUMBER | changes]) == []


@pytest.mark.parametrize(
    ("kind", "country", "rate"),
    [
        ("SHORT_CODE", "US", 100),
        ("TOLL_FREE", "US", 3),
        ("TEN_DLC", "US", 1),
        ("LONG_CODE", "CA", 1),
        ("LONG_CODE", "GB", 10),
    ],
)
@pytest.mark.usefixtures("phone")
def test_a_rate_that_is_not_named_is_the_documented_one(kind: str, country: str, rate: float) -> None:
    (found,) = read([NUMBER | {"NumberType": kind, "IsoCountryCode": country}])
    assert found.parts_per_second == rate


@pytest.mark.usefixtures("phone")
def test_sender_ids() -> None:
    both, one, waiting = read(
        [],
        [
            SENDER,
            SENDER | {"MessageTypes": ["TRANSACTIONAL"], "MessagingLimits": {"RateLimits": {"SMS": 20}}},
            SENDER | {"RegistrationId": "registration-1"},
        ],
        state="SUBMITTED",
    )
    assert (both.message_type, both.status, both.parts_per_second) == (None, "active", 10)
    assert (one.message_type, one.parts_per_second) == ("transactional", 20)
    assert waiting.status == "pending"


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        ("ThrottlingException", 400, Transient),
        ("InternalServerException", 500, Transient),
        ("AccessDeniedException", 400, Permanent),
        ("ValidationException", 400, Permanent),
    ],
)
@pytest.mark.usefixtures("phone")
def test_errors_say_whether_to_try_again(error: str, status: int, kind: type[Exception]) -> None:
    with Stubber(calls.client()) as stubber:
        stubber.add_client_error("describe_registrations", error, http_status_code=status)
        with pytest.raises(kind, match="describe_registrations"):
            list(account.identities(lambda _: None))


def test_a_provider_that_does_not_answer_is_transient(
    phone: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", "http://127.0.0.1:1")
    monkeypatch.setattr(calls, "RETRIES", {"total_max_attempts": 1})
    with pytest.raises(Transient):
        list(account.identities(lambda _: None))
