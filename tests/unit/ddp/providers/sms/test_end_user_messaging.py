"""What each answer of SendTextMessage, and each kind of missing answer, means for the message."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.loaders import Loader
from botocore.stub import ANY, Stubber

from ddp.outcomes import Outcome
from ddp.providers import sms
from ddp.providers.sms.end_user_messaging import EndUserMessagingTransport
from ddp.providers.sms.meanings import MEANINGS
from ddp.settings import SettingMissing
from tests.unit.ddp.providers.sms.test_messages import message
from tests.unit.infra.local.simulators.phone.conftest import Running

pytestmark = pytest.mark.thorough

A, F, R, U = Outcome.ACCEPTED, Outcome.FAILED, Outcome.RETRY, Outcome.UNKNOWN
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def client(endpoint: str | None = None, *, read_timeout: float = 0.3) -> Any:
    config = Config(
        connect_timeout=1,
        read_timeout=read_timeout,
        retries={"total_max_attempts": 1},
        proxies={},
        max_pool_connections=32,
    )
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return boto3.client("pinpoint-sms-voice-v2", endpoint_url=endpoint, config=config, **keys)


def transport_of(sms_client: Any, **options: Any) -> EndUserMessagingTransport:
    return EndUserMessagingTransport(
        sms_client, configuration_set="known", protect_configuration="protect-1", **options
    )


@pytest.fixture
def stub() -> Iterator[tuple[EndUserMessagingTransport, Stubber]]:
    service = client()
    with Stubber(service) as stubber:
        yield transport_of(service, now=lambda: NOW), stubber
        stubber.assert_no_pending_responses()


def test_a_call_carries_what_the_message_is(stub: tuple[EndUserMessagingTransport, Stubber]) -> None:
    transport, stubber = stub
    stubber.add_response(
        "send_text_message",
        {"MessageId": "m1"},
        {
            "DestinationPhoneNumber": "+918123456789",
            "OriginationIdentity": "AURORA",
            "MessageBody": "नमस्ते",
            "MessageType": "TRANSACTIONAL",
            "ConfigurationSetName": "known",
            "ProtectConfigurationId": "protect-1",
            "MaxPrice": "0.00620",
            "TimeToLive": 3599,
            "Context": {"ddp_send": "id-1", "ddp_attempt": "1"},
            "DestinationCountryParameters": {"IN_ENTITY_ID": "1101", "IN_TEMPLATE_ID": "1207"},
        },
    )
    (answer,) = transport.send(
        [
            message(
                recipient="+918123456789",
                origin="AURORA",
                body="नमस्ते",
                message_type="transactional",
                max_price=Decimal("0.0062"),
                expires_at=NOW + timedelta(seconds=3599.9),
                country_parameters={"IN_ENTITY_ID": "1101", "IN_TEMPLATE_ID": "1207"},
            )
        ]
    )
    assert (answer.outcome, answer.message_id) == (A, "m1")


@pytest.mark.parametrize(("seconds", "life"), [(5, 5), (259_200, 259_200), (1_000_000, 259_200)])
def test_a_message_is_valid_until_it_expires(
    stub: tuple[EndUserMessagingTransport, Stubber], seconds: int, life: int
) -> None:
    transport, stubber = stub
    names = (
        "DestinationPhoneNumber", "OriginationIdentity", "MessageBody", "MessageType", "ConfigurationSetName",
        "ProtectConfigurationId", "MaxPrice", "Context",
    )  # fmt: skip
    expected = dict.fromkeys(names, ANY) | {"TimeToLive": life}
    stubber.add_response("send_text_message", {"MessageId": "m"}, expected)
    assert transport.send([message(expires_at=NOW + timedelta(seconds=seconds))])[0].outcome is A


@pytest.mark.parametrize("seconds", [4.9, 0, -1])
def test_what_is_too_late_is_not_called(
    stub: tuple[EndUserMessagingTransport, Stubber], seconds: float
) -> None:
    transport, _ = stub  # which has no answer for a call
    (answer,) = transport.send([message(expires_at=NOW + timedelta(seconds=seconds))])
    assert (answer.outcome, answer.code) == (R, "too-late"), (
        "the next claim decides: the window may open again"
    )


# Error, its reason (or type of resource): outcome, code, slow_down, seconds until another call.
ERRORS = [
    ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", F, "opted-out", False, 0),
    ("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", F, "number-not-verified", False, 0),
    ("ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", F, "country-blocked", False, 0),
    ("ConflictException", "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE", F, "number-blocked", False, 0),
    ("ConflictException", "MESSAGE_TYPE_MISMATCH", F, "message-type-mismatch", False, 0),
    ("ConflictException", "NUMBER_CAPABILITIES_MISMATCH", F, "sender-cannot-text", False, 0),
    ("ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND", F, "no-sender", False, 0),
    ("ConflictException", "RESOURCE_NOT_ACTIVE", R, "sender-not-active", False, 300),
    ("ConflictException", "REGISTRATION_NOT_COMPLETE", R, "registration-not-complete", False, 300),
    ("ConflictException", "KEYWORD_MISMATCH", R, "conflict", False, 300),
    ("ConflictException", None, R, "conflict", False, 300),
    ("ValidationException", "PRICE_OVER_THRESHOLD", F, "price-too-high", False, 0),
    ("ValidationException", "SENDER_ID_REQUIRES_REGISTRATION", F, "sender-not-registered", False, 0),
    ("ValidationException", "SENDER_ID_NOT_REGISTERED", F, "sender-not-registered", False, 0),
    ("ValidationException", "SENDER_ID_NOT_SUPPORTED", F, "sender-id-not-supported", False, 0),
    ("ValidationException", "COUNTRY_NOT_ENABLED", F, "country-blocked", False, 0),
    ("ValidationException", "DESTINATION_COUNTRY_BLOCKED", F, "country-blocked", False, 0),
    ("ValidationException", "COUNTRY_CODE_MISMATCH", F, "sender-unfit-for-country", False, 0),
    ("ValidationException", "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", F, "sender-unfit-for-country", False, 0),
    ("ValidationException", "INTERNATIONAL_SENDING_NOT_SUPPORTED", F, "sender-unfit-for-country", False, 0),
    ("ValidationException", "MAXIMUM_SIZE_EXCEEDED", F, "too-long", False, 0),
    ("ValidationException", "RESOURCE_NOT_ACCESSIBLE", R, "sender-not-accessible", False, 300),
    ("ValidationException", "CHANNEL_NOT_ENABLED", R, "channel-not-enabled", False, 300),
    ("ValidationException", "FIELD_VALIDATION_FAILED", F, "invalid-request", False, 0),
    ("ValidationException", "OTHER", F, "invalid-request", False, 0),
    ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", R, "provider-spend-limit", True, 3600),
    ("ServiceQuotaExceededException", "DAILY_DESTINATION_CALL_LIMIT", R, "provider-quota", True, 300),
    ("AccessDeniedException", "ACCOUNT_DISABLED", R, "account-suspended", True, 300),
    ("AccessDeniedException", "INSUFFICIENT_ACCOUNT_REPUTATION", R, "account-suspended", True, 300),
    ("AccessDeniedException", None, R, "access-denied", False, 300),
    ("ResourceNotFoundException", "phone-number", F, "sender-gone", False, 0),
    ("ResourceNotFoundException", "sender-id", F, "sender-gone", False, 0),
    ("ResourceNotFoundException", "pool", F, "sender-gone", False, 0),
    ("ResourceNotFoundException", "configuration-set", R, "not-found", False, 300),
    ("ThrottlingException", None, R, "throttled", True, 0),
    ("InternalServerException", None, U, "provider-error", False, 0),
    ("UnrecognizedClientException", None, R, "UnrecognizedClientException", False, 300),
    ("InvalidSignatureException", None, R, "InvalidSignatureException", False, 300),
    ("TooManyRequests", None, R, "TooManyRequests", True, 5),
    ("ServiceUnavailable", None, U, "ServiceUnavailable", False, 0),
]  # fmt: skip
STATUSES = {"InternalServerException": 500, "ServiceUnavailable": 503, "TooManyRequests": 429}


@pytest.mark.parametrize(("error", "reason", "outcome", "code", "slow_down", "later"), ERRORS)
def test_every_error(
    stub: tuple[EndUserMessagingTransport, Stubber],
    error: str,
    reason: str | None,
    outcome: Outcome,
    code: str,
    slow_down: bool,
    later: float,
) -> None:
    transport, stubber = stub
    field = "ResourceType" if error == "ResourceNotFoundException" else "Reason"
    stubber.add_client_error(
        "send_text_message",
        error,
        "why",
        http_status_code=STATUSES.get(error, 400),
        modeled_fields={field: reason} if reason else None,
    )
    (answer,) = transport.send([message(expires_at=NOW + timedelta(hours=1))])
    assert (answer.outcome, answer.code, answer.slow_down, answer.later) == (outcome, code, slow_down, later)
    assert (answer.reason or "").endswith(f"{reason}: why" if reason else "why")


# Reasons of other operations, which share the errors of SendTextMessage. A reason that is new in botocore belongs into
# the table or here.
OF_OTHERS = {
    "ConflictException": """CREATE_REGISTRATION_VERSION_NOT_ALLOWED DELETION_PROTECTION_ENABLED
        DISASSOCIATE_REGISTRATION_NOT_ALLOWED DISCARD_REGISTRATION_VERSION_NOT_ALLOWED
        EDIT_REGISTRATION_FIELD_VALUES_NOT_ALLOWED EVENT_DESTINATION_MISMATCH KEYWORD_MISMATCH LAST_PHONE_NUMBER
        OPT_OUT_LIST_MISMATCH PHONE_NUMBER_ASSOCIATED_TO_POOL PHONE_NUMBER_ASSOCIATED_TO_REGISTRATION
        PHONE_NUMBER_NOT_ASSOCIATED_TO_POOL PHONE_NUMBER_NOT_IN_REGISTRATION_REGION REGISTRATION_ALREADY_SUBMITTED
        RESOURCE_ALREADY_ASSOCIATED SENDER_ID_ASSOCIATED_TO_POOL RCS_AGENT_ASSOCIATED_TO_POOL
        POOL_ASSOCIATED_TO_NOTIFY_CONFIGURATION RESOURCE_ALREADY_EXISTS RESOURCE_DELETION_NOT_ALLOWED
        RESOURCE_MODIFICATION_NOT_ALLOWED RESOURCE_NOT_EMPTY SELF_MANAGED_OPT_OUTS_MISMATCH
        SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED TWO_WAY_CONFIG_MISMATCH VERIFICATION_CODE_EXPIRED
        VERIFICATION_ALREADY_COMPLETE PROTECT_CONFIGURATION_IS_ACCOUNT_DEFAULT
        PROTECT_CONFIGURATION_ASSOCIATED_WITH_CONFIGURATION_SET
        PROTECT_CONFIGURATION_NOT_ASSOCIATED_WITH_CONFIGURATION_SET RCS_AGENT_ALREADY_ASSOCIATED_TO_REGISTRATION_TYPE
        NOTIFY_CONFIGURATION_NOT_ACTIVE""",
    "ValidationException": """CANNOT_ADD_OPTED_OUT_NUMBER CANNOT_PARSE FIELD_VALIDATION_FAILED
        ATTACHMENT_TYPE_NOT_SUPPORTED INVALID_ARN INVALID_FILTER_VALUES INVALID_NEXT_TOKEN INVALID_PARAMETER
        INVALID_REQUEST INVALID_REGISTRATION_ASSOCIATION MEDIA_TYPE_NOT_SUPPORTED MISSING_PARAMETER
        PARAMETERS_CANNOT_BE_USED_TOGETHER PHONE_NUMBER_CANNOT_BE_OPTED_IN PHONE_NUMBER_CANNOT_BE_RELEASED
        REQUESTED_SPEND_LIMIT_HIGHER_THAN_SERVICE_LIMIT TWO_WAY_TOPIC_NOT_PRESENT TWO_WAY_NOT_ENABLED
        TWO_WAY_NOT_SUPPORTED_IN_COUNTRY TWO_WAY_NOT_SUPPORTED_IN_REGION TWO_WAY_CHANNEL_NOT_PRESENT
        UNKNOWN_REGISTRATION_FIELD UNKNOWN_REGISTRATION_SECTION UNKNOWN_REGISTRATION_TYPE UNKNOWN_REGISTRATION_VERSION
        UNKNOWN_OPERATION REGISTRATION_FIELD_CANNOT_BE_DELETED VERIFICATION_CODE_MISMATCH VOICE_CAPABILITY_NOT_AVAILABLE
        UNSPECIFIED_PARAMETER_NOT_SUPPORTED OTHER""",
    "ServiceQuotaExceededException": """ASSOCIATIONS_PER_REGISTRATION CONFIGURATION_SETS_PER_ACCOUNT
        DAILY_DESTINATION_CALL_LIMIT DAILY_NOTIFY_TIER_MESSAGE_LIMIT EVENT_DESTINATIONS_PER_CONFIGURATION_SET
        KEYWORDS_PER_PHONE_NUMBER KEYWORDS_PER_POOL MONTHLY_SPEND_LIMIT_REACHED_FOR_MEDIA
        MONTHLY_SPEND_LIMIT_REACHED_FOR_NOTIFY MONTHLY_SPEND_LIMIT_REACHED_FOR_RCS MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE
        NOTIFY_CONFIGURATIONS_PER_ACCOUNT OPT_OUT_LISTS_PER_ACCOUNT ORIGINATION_IDENTITIES_PER_POOL
        PHONE_NUMBERS_PER_ACCOUNT PHONE_NUMBERS_PER_REGISTRATION POOLS_PER_ACCOUNT RCS_AGENTS_PER_ACCOUNT
        REGISTRATION_ATTACHMENTS_CREATED_PER_DAY REGISTRATION_ATTACHMENTS_PER_ACCOUNT
        REGISTRATION_VERSIONS_CREATED_PER_DAY REGISTRATIONS_PER_ACCOUNT SENDER_IDS_PER_ACCOUNT TAGS_PER_RESOURCE
        VERIFIED_DESTINATION_NUMBERS_PER_ACCOUNT VERIFICATION_ATTEMPTS_PER_DAY PROTECT_CONFIGURATIONS_PER_ACCOUNT""",
}


def test_every_error_and_reason_of_the_api_is_known() -> None:
    model = Loader().load_service_model("pinpoint-sms-voice-v2", "service-2")
    errors = {each["shape"] for each in model["operations"]["SendTextMessage"]["errors"]}
    assert errors == set(MEANINGS) <= {error for error, *_ in ERRORS}
    for error in errors & {
        f"{name}Exception" for name in ("Conflict", "Validation", "ServiceQuotaExceeded", "AccessDenied")
    }:
        reasons = set(model["shapes"][f"{error}Reason"]["enum"])
        own = {reason for reason in MEANINGS[error] if reason}
        assert own | set(OF_OTHERS.get(error, "").split()) == reasons
        assert own <= {reason for name, reason, *_ in ERRORS if name == error}


def test_an_answer_without_an_id_is_unknown(stub: tuple[EndUserMessagingTransport, Stubber]) -> None:
    transport, stubber = stub
    stubber.add_response("send_text_message", {})
    (answer,) = transport.send([message(expires_at=NOW + timedelta(hours=1))])
    assert (answer.outcome, answer.code) == (U, "no-message-id")


def test_a_wave_is_32_messages_at_most() -> None:
    transport = transport_of(client())
    assert [transport.fitting([message()] * count) for count in (1, 32, 33, 500)] == [1, 32, 32, 32]
    assert transport.quota() is None


class Server(BaseHTTPRequestHandler):
    """A provider that receives the request and then does what `behaviour` says."""

    behaviour = "silence"
    requests = 0

    def do_POST(self) -> None:
        type(self).requests += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.behaviour == "silence":
            threading.Event().wait(1)
        elif self.behaviour == "reset":
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            body = b'{"Message' if self.behaviour == "half" else b"<garbage>"
            self.send_response(200)
            self.send_header("Content-Length", "100" if self.behaviour == "half" else str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.mark.parametrize("behaviour", ["silence", "reset", "half", "garbage"])
def test_a_request_without_an_answer_is_unknown_and_made_once(
    behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "behaviour", behaviour)
    monkeypatch.setattr(Server, "requests", 0)
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        transport = transport_of(client(f"http://127.0.0.1:{server.server_port}"))
        (answer,) = transport.send([message()])
        server.shutdown()
        thread.join()
    assert (answer.outcome, Server.requests) == (U, 1)


def test_an_error_of_one_call_does_not_lose_the_other_answers() -> None:
    class Service:
        def send_text_message(self, **request: Any) -> dict[str, str]:
            if request["Context"]["ddp_send"] == "id-2":
                raise RuntimeError("broken")
            return {"MessageId": request["Context"]["ddp_send"]}

    answers = transport_of(Service()).send([message(number) for number in range(1, 4)])
    assert [(answer.outcome, answer.message_id) for answer in answers] == [
        (A, "id-1"),
        (U, None),
        (A, "id-3"),
    ]


def test_a_wave_is_in_flight_all_at_once_and_each_message_has_its_answer(phone: Running) -> None:
    """Each of the 32 calls takes 0.4 s, so one after the other would take 13 s; and one of them times out."""
    phone.controls.fail("slow", count=31, seconds=0.4)
    phone.controls.fail("silence_after", seconds=2)
    transport = transport_of(client(phone.url, read_timeout=1.5))
    started = datetime.now(UTC)
    answers = transport.send([message(number) for number in range(32)])
    assert datetime.now(UTC) - started < timedelta(seconds=6)
    assert sorted(answer.outcome for answer in answers) == [A] * 31 + [U]
    accepted = phone.phone.store.accepted(f"id-{number}" for number in range(32))
    assert list(accepted.values()) == [1] * 32
    ids = {
        each.send: each.message_id
        for number in range(32)
        for each in phone.phone.store.thread(f"+336123456{number:02}")
    }
    for number, answer in enumerate(answers):
        assert answer.message_id in {ids[f"id-{number}"], None}


@pytest.mark.parametrize(
    ("changes", "outcome", "code"),
    [
        ({"max_price": Decimal("0.07399")}, F, "price-too-high"),
        ({"origin": "NOBODY"}, F, "sender-gone"),
        ({"origin": "72345"}, F, "sender-unfit-for-country"),
        ({"message_type": "transactional"}, F, "message-type-mismatch"),
        ({"recipient": "+351912345678"}, F, "sender-unfit-for-country"),
        ({"recipient": "+999123456789"}, F, "invalid-request"),
        ({"recipient": "+33600000000"}, F, "opted-out"),
        ({"recipient": "+12015550123", "origin": "+18335550199"}, R, "sender-not-active"),
    ],
)
def test_what_the_provider_refuses(
    phone: Running, changes: dict[str, Any], outcome: Outcome, code: str
) -> None:
    phone.sms.put_opted_out_number(OptOutListName="list", OptedOutNumber="+33600000000")
    (answer,) = transport_of(client(phone.url)).send([message(**changes)])
    assert (answer.outcome, answer.code) == (outcome, code)
    assert answer.reason


def test_a_blocked_country_and_a_spend_limit(phone: Running) -> None:
    transport = transport_of(client(phone.url))
    phone.controls.change(account={"spend_limit": 0})
    (answer,) = transport.send([message()])
    assert (answer.outcome, answer.code, answer.later) == (R, "provider-spend-limit", 3600)
    phone.controls.change(account={"countries": ["US"]})
    assert transport.send([message()])[0].code == "country-blocked"


def test_it_is_configured_from_the_environment(monkeypatch: pytest.MonkeyPatch, phone: Running) -> None:
    assert sms.configured().send([message()])[0].outcome is A
    monkeypatch.delenv("DDP_SMS_PROTECT_CONFIGURATION")
    with pytest.raises(SettingMissing, match="DDP_SMS_PROTECT_CONFIGURATION"):
        sms.configured()
