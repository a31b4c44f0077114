"""What the service accepts and refuses, tested with the real client and with literal requests."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
import urllib3
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from infra.local.simulators.phone.account.identities import POOL, find

from .conftest import AMERICAN, BRITISH, FRENCH, SWISS

pytestmark = pytest.mark.thorough


def refused(call, *arguments, **options):
    with pytest.raises(ClientError) as error:
        call(*arguments, **options)
    response = error.value.response
    return response["Error"]["Code"], response.get("Reason") or response.get("ResourceType")


def posted(running, target, body, **headers):
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=test", "X-Amz-Target": target}
    answer = urllib3.request("POST", running.url, body=body, headers=signed | headers, retries=False)
    return answer.status, answer.headers["Content-Type"], json.loads(answer.data)


def test_a_literal_request_and_its_answer(running):
    body = (
        b'{"DestinationPhoneNumber": "+33612345678", "OriginationIdentity": "36111", "MessageBody": "Bonjour",'
        b' "MessageType": "PROMOTIONAL", "ConfigurationSetName": "known", "MaxPrice": "0.07400", "TimeToLive": 3600,'
        b' "Context": {"ddp_send": "s-7", "ddp_attempt": "2"}, "ProtectConfigurationId": "protect-1"}'
    )
    status, kind, answer = posted(running, "PinpointSMSVoiceV2.SendTextMessage", body)
    assert (status, kind, set(answer)) == (200, "application/x-amz-json-1.0", {"MessageId"})
    (message,) = running.phone.store.thread(FRENCH)
    assert (message.message_id, message.identity, message.country) == (answer["MessageId"], "36111", "FR")
    assert (message.send, message.attempt, message.price, message.fee) == ("s-7", "2", 7400, 0)


@pytest.mark.parametrize(
    ("target", "body", "kind"),
    [
        ("PinpointSMSVoiceV2.SendMediaMessage", b"{}", "UnknownOperationException"),
        ("PinpointSMSVoiceV1.SendTextMessage", b"{}", "UnknownOperationException"),
        ("PinpointSMSVoiceV2.SendTextMessage", b"{", "SerializationException"),
        ("PinpointSMSVoiceV2.SendTextMessage", b"[]", "ValidationException"),
        ("PinpointSMSVoiceV2.SendTextMessage", b"{}", "ValidationException"),
    ],
)
def test_a_literal_error(running, target, body, kind):
    status, _, answer = posted(running, target, body)
    assert (status, answer["__type"].rpartition("#")[2]) == (400, kind)
    assert answer["Message"]


def test_an_unsigned_request_is_refused(running):
    target = "PinpointSMSVoiceV2.SendTextMessage"
    assert posted(running, target, b"{}", Authorization="no")[2]["__type"].endswith(
        "MissingAuthenticationTokenException"
    )


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"MessageBody": " \n"}, "MessageBody"),
        ({"MessageBody": "x" * 1601}, "MessageBody"),
        ({"MaxPrice": "1"}, "MaxPrice"),
        ({"TimeToLive": 4}, "TimeToLive"),
        ({"TimeToLive": 259_201}, "TimeToLive"),
        ({"MessageType": "MARKETING"}, "MessageType"),
        ({"Context": {str(n): "x" for n in range(6)}}, "Context"),
        ({"Context": {"a": " x"}}, "Context.a"),
        ({"DestinationCountryParameters": {"US_ID": "1"}}, "DestinationCountryParameters.key"),
        ({"DestinationPhoneNumber": "0612345678"}, "DestinationPhoneNumber"),
        ({"OriginationIdentity": "AUR ORA"}, "OriginationIdentity"),
    ],
)
def test_a_request_fits_the_model(running, changes, where):
    running.sms = running.client(parameter_validation=False)
    with pytest.raises(ClientError) as error:
        running.send(**changes)
    assert error.value.response["Reason"] == "FIELD_VALIDATION_FAILED"
    assert error.value.response["Fields"][0]["Name"] == where


@pytest.mark.parametrize(
    ("changes", "code", "reason"),
    [
        ({"DestinationPhoneNumber": "+999123456789"}, "ValidationException", "INVALID_PARAMETER"),
        ({"ConfigurationSetName": "other"}, "ResourceNotFoundException", "configuration-set"),
        ({"ProtectConfigurationId": "other"}, "ResourceNotFoundException", "protect-configuration"),
        ({"OriginationIdentity": "+33755555555"}, "ResourceNotFoundException", "phone-number"),
        ({"OriginationIdentity": "NOBODY"}, "ResourceNotFoundException", "sender-id"),
        ({"OriginationIdentity": "72345"}, "ValidationException", "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY"),
        ({"MessageType": "TRANSACTIONAL"}, "ConflictException", "MESSAGE_TYPE_MISMATCH"),
        ({"MessageBody": None}, "ValidationException", "MISSING_PARAMETER"),
        ({"MaxPrice": "0.07399"}, "ValidationException", "PRICE_OVER_THRESHOLD"),
        ({"MaxPrice": "0.14799", "MessageBody": "a" * 161}, "ValidationException", "PRICE_OVER_THRESHOLD"),
    ],
)
def test_what_is_refused(running, changes, code, reason):
    assert refused(running.send, **changes) == (code, reason)
    assert running.phone.store.counts()["messages"] == 0


def test_other_countries_and_states(running):
    def send(to, origin, **options):
        return refused(running.send, to, OriginationIdentity=origin, **options)

    running.phone.settings.countries = ("FR",)
    blocked = "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"
    assert send(SWISS, "AURORA", ProtectConfigurationId="protect-1") == ("ConflictException", blocked)
    assert send(AMERICAN, "+18335550199") == ("ConflictException", "RESOURCE_NOT_ACTIVE")
    assert send("+351912345678", None) == ("ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND")
    assert send("+918123456789", "AURORA") == ("ValidationException", "MISSING_PARAMETER")
    ids = {"IN_ENTITY_ID": "1101", "IN_TEMPLATE_ID": "1207"}
    assert running.send("+918123456789", OriginationIdentity="AURORA", DestinationCountryParameters=ids)


def test_an_identity_has_several_names(running):
    for name in ("+447700900123", find("+447700900123", "GB").arn, POOL, None):
        running.clock.now += 1
        running.send(BRITISH, OriginationIdentity=name)
    assert {message.identity for message in running.phone.store.thread(BRITISH)} == {"+447700900123"}


def test_a_number_on_the_opt_out_list_gets_nothing(running):
    running.sms.put_opted_out_number(OptOutListName="list", OptedOutNumber=FRENCH)
    assert refused(running.send) == ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT")


def test_the_spend_limit(running):
    running.controls.change(account={"spend_limit": 1})
    for number in range(13):
        running.send(f"+336123456{number:02}")
    limit = ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT")
    assert refused(running.send) == limit
    assert running.controls.charged() == Decimal("0.96200")
    running.clock.now += 31 * 86_400
    running.send()


def test_a_rate_counts_parts_per_second_and_identity(running):
    running.controls.change(account={"rates": {"36111": 3}})
    running.send(body="a" * 307)
    assert refused(running.send) == ("ThrottlingException", None)
    running.send(AMERICAN, OriginationIdentity="72345")
    running.clock.now += 1
    running.send()


def test_a_dry_run_sends_nothing(running):
    assert running.send(DryRun=True)
    assert running.phone.store.counts()["messages"] == 0
    assert running.publish() == []


@pytest.mark.parametrize(
    ("kind", "accepted"),
    [
        ("throttle", 0),
        ("error_before", 0),
        ("error_after", 1),
        ("drop_before", 0),
        ("drop_after", 1),
        ("slow", 1),
    ],
)
def test_a_fault_happens_as_often_as_asked(running, kind, accepted):
    running.controls.fail(kind, count=1)
    failure = {"throttle": ClientError, "error_before": ClientError, "error_after": ClientError}
    if kind == "slow":
        running.send()
    else:
        with pytest.raises(failure.get(kind, ConnectionClosedError)):
            running.send()
    assert running.controls.accepted(["s-1"]) == {"s-1": accepted}
    running.send()
    assert running.controls.counts()["accepted_twice"] == accepted


def test_silence_after_acceptance(running):
    running.sms = running.client(read_timeout=0.2)
    running.controls.fail("silence_after", seconds=0.5)
    with pytest.raises(ReadTimeoutError):
        running.send()
    assert running.controls.counts()["messages"] == 1


def test_the_oldest_messages_are_forgotten_but_not_what_they_cost(running):
    for number in range(5):
        running.send(f"+3361234567{number}")
    running.phone.store.trim(kept=2)
    assert running.phone.store.counts()["messages"] == 2
    assert running.phone.store.counts()["charged"] == 5 * 7400
