"""What each answer of SES, and each kind of missing answer, means for the messages."""

# tables are easier to read with one case per line

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.loaders import Loader
from botocore.stub import ANY, Stubber

from ddp.errors import Transient
from ddp.outcomes import Outcome
from ddp.providers.email.base import Attachment, Message, mailbox, unsubscribe_headers
from ddp.providers.email.ses import CALL_BYTES, ENTRY_BYTES, SesTransport

pytestmark = pytest.mark.thorough

A, F, R, U = Outcome.ACCEPTED, Outcome.FAILED, Outcome.RETRY, Outcome.UNKNOWN


def message(number: int = 1, **changes: Any) -> Message:
    members: dict[str, Any] = {
        "sender": mailbox("shop@sender.example", "Shop"),
        "recipient": mailbox(f"{number}@example.com", "Zoë"),
        "subject": "Hi {{x}}",
        "html": "<p>ü</p>",
        "text": "ü",
        "tags": {"ddp_send": f"id-{number}", "ddp_attempt": "1"},
        "headers": unsubscribe_headers("https://ddp.example.com/unsubscribe/t"),
    }
    return Message(**(members | changes))


def client(endpoint: str | None = None) -> Any:
    config = Config(connect_timeout=1, read_timeout=0.3, retries={"total_max_attempts": 1})
    return boto3.client("sesv2", region_name="eu-central-1", endpoint_url=endpoint, config=config)


@pytest.fixture
def stub() -> Iterator[tuple[SesTransport, Stubber]]:
    ses = client()
    with Stubber(ses) as stubber:
        yield SesTransport(ses, configuration_set="set"), stubber
        stubber.assert_no_pending_responses()


def test_a_bulk_call_carries_what_each_message_is(stub: tuple[SesTransport, Stubber]) -> None:
    transport, stubber = stub
    messages = [message(n, reply_to=(mailbox("help@sender.example"),)) for n in (1, 2)]
    stubber.add_response(
        "send_bulk_email",
        {
            "BulkEmailEntryResults": [
                {"Status": "SUCCESS", "MessageId": "m1"},
                {"Status": "SUCCESS", "MessageId": "m2"},
            ]
        },
        {
            "FromEmailAddress": "Shop <shop@sender.example>",
            "ReplyToAddresses": ["help@sender.example"],
            "ConfigurationSetName": "set",
            "DefaultContent": {
                "Template": {
                    "TemplateContent": {"Subject": "{{s}}", "Html": "{{h}}", "Text": "{{t}}"},
                    "TemplateData": ANY,
                }
            },
            "BulkEmailEntries": [
                {
                    "Destination": {"ToAddresses": [f"=?utf-8?q?Zo=C3=AB?= <{n}@example.com>"]},
                    "ReplacementTags": [
                        {"Name": "ddp_send", "Value": f"id-{n}"},
                        {"Name": "ddp_attempt", "Value": "1"},
                    ],
                    "ReplacementEmailContent": {
                        "ReplacementTemplate": {
                            "ReplacementTemplateData": '{"s": "Hi {{x}}", "h": "<p>ü</p>", "t": "ü"}'
                        }
                    },
                    "ReplacementHeaders": [
                        {"Name": "List-Unsubscribe", "Value": "<https://ddp.example.com/unsubscribe/t>"},
                        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                    ],
                }
                for n in (1, 2)
            ],
        },
    )
    assert [(a.outcome, a.message_id) for a in transport.send(messages)] == [(A, "m1"), (A, "m2")]


STATUSES = {
    "SUCCESS": (A, False),
    "MESSAGE_REJECTED": (F, False),
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": (F, False),
    "CONFIGURATION_SET_NOT_FOUND": (R, False),
    "TEMPLATE_NOT_FOUND": (F, False),
    "ACCOUNT_SUSPENDED": (R, True),
    "ACCOUNT_THROTTLED": (R, True),
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": (R, True),
    "INVALID_SENDING_POOL_NAME": (F, False),
    "ACCOUNT_SENDING_PAUSED": (R, True),
    "CONFIGURATION_SET_SENDING_PAUSED": (R, False),
    "INVALID_PARAMETER": (F, False),
    "TRANSIENT_FAILURE": (R, False),
    "FAILED": (F, False),
}


def test_every_status_of_the_api_is_known() -> None:
    loader = Loader()
    model = loader.load_service_model("sesv2", "service-2")
    assert set(STATUSES) == set(model["shapes"]["BulkEmailStatus"]["enum"])


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_concerns_its_entry_alone(stub: tuple[SesTransport, Stubber], status: str) -> None:
    transport, stubber = stub
    entry = {"Status": status, "Error": "why"} | ({"MessageId": "m"} if status == "SUCCESS" else {})
    stubber.add_response(
        "send_bulk_email", {"BulkEmailEntryResults": [entry, {"Status": "SUCCESS", "MessageId": "n"}]}
    )
    first, second = transport.send([message(1), message(2)])
    assert (first.outcome, first.slow_down) == STATUSES[status]
    assert (second.outcome, second.slow_down) == (A, False)
    if first.outcome is not A:
        assert (first.code, first.reason) == (status, "why")


def test_what_is_not_said_is_unknown(stub: tuple[SesTransport, Stubber]) -> None:
    transport, stubber = stub
    stubber.add_response("send_bulk_email", {"BulkEmailEntryResults": [{"Status": "BRAND_NEW"}]})
    assert [a.outcome for a in transport.send([message(1), message(2)])] == [U, U]
    stubber.add_response(
        "send_bulk_email", {"BulkEmailEntryResults": [{"Status": "FAILED", "MessageId": "m"}]}
    )
    assert transport.send([message()])[0].outcome is A  # an id proves acceptance


EXCEPTIONS = [
    ("TooManyRequestsException", 429, "Maximum sending rate exceeded.", R, True, 0),
    ("LimitExceededException", 400, "Daily message quota exceeded.", R, True, 300),
    ("ThrottlingException", 400, "Rate exceeded", R, True, 0),
    ("AccountSuspendedException", 400, "", R, True, 300),
    ("SendingPausedException", 400, "", R, True, 300),
    ("MessageRejected", 400, "Email address is not verified.", F, False, 0),
    ("MailFromDomainNotVerifiedException", 400, "", F, False, 0),
    ("BadRequestException", 400, "", F, False, 0),
    ("NotFoundException", 404, "Configuration set does not exist", R, False, 300),
    ("AccessDeniedException", 403, "", R, False, 300),
    ("InvalidSignatureException", 403, "", R, False, 300),
    ("SomethingElse", 429, "", R, True, 5),
    ("InternalFailure", 500, "", U, False, 0),
    ("ServiceUnavailable", 503, "", U, False, 0),
]


@pytest.mark.parametrize(("code", "status", "text", "outcome", "slow_down", "later"), EXCEPTIONS)
@pytest.mark.parametrize("operation", ["send_bulk_email", "send_email"])
def test_every_exception(
    stub: tuple[SesTransport, Stubber],
    operation: str,
    code: str,
    status: int,
    text: str,
    outcome: Outcome,
    slow_down: bool,
    later: float,
) -> None:
    transport, stubber = stub
    stubber.add_client_error(operation, code, text, http_status_code=status)
    large = "x" * ENTRY_BYTES if operation == "send_email" else "x"
    (answer,) = transport.send([message(html=large)])
    assert (answer.outcome, answer.slow_down, answer.later) == (outcome, slow_down, later)
    assert answer.code == code


def test_every_exception_of_the_api_is_known() -> None:
    operations = Loader().load_service_model("sesv2", "service-2")["operations"]
    named = {e["shape"] for name in ("SendBulkEmail", "SendEmail") for e in operations[name]["errors"]}
    assert named <= {code for code, *_ in EXCEPTIONS}


class Server(BaseHTTPRequestHandler):
    """An SES that receives the request and then does what `behaviour` says."""

    behaviour = "silence"
    requests = 0

    def do_POST(self) -> None:
        type(self).requests += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.behaviour == "silence":
            threading.Event().wait(2)
        elif self.behaviour == "reset":
            self.connection.shutdown(socket.SHUT_RDWR)
        elif self.behaviour == "half":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b'{"BulkEmail')
        else:
            self.send_response(200)
            self.send_header("Content-Length", "9")
            self.end_headers()
            self.wfile.write(b"<garbage>")
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        Server.requests = 0
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("behaviour", ["silence", "reset", "half", "garbage"])
def test_a_request_without_an_answer_is_unknown_and_made_once(
    endpoint: str, behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "behaviour", behaviour)
    transport = SesTransport(client(endpoint), configuration_set="set")
    answers = transport.send([message(1), message(2)])
    assert [a.outcome for a in answers] == [U, U]
    assert Server.requests == 1


def test_a_refused_connection_is_proof() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        transport = SesTransport(
            client(f"http://127.0.0.1:{unused.getsockname()[1]}"), configuration_set="set"
        )
        (answer,) = transport.send([message()])
    assert (answer.outcome, answer.code, answer.slow_down) == (R, "not-reached", False)


def test_single_messages_go_with_their_files(stub: tuple[SesTransport, Stubber]) -> None:
    transport, stubber = stub
    file = Attachment(file_name="Price list.pdf", content_type="application/pdf", content=b"%PDF")
    with_file = message(attachments=(file,))
    assert transport.fitting([with_file, message(2)]) == 1
    stubber.add_response("send_email", {"MessageId": "m"}, {
        "FromEmailAddress": ANY, "ConfigurationSetName": "set", "Destination": ANY, "EmailTags": ANY,
        "Content": {"Simple": {
            "Subject": ANY, "Body": ANY, "Headers": ANY,
            "Attachments": [{"FileName": "Price list.pdf", "ContentType": "application/pdf", "RawContent": b"%PDF"}],
        }},
    })  # fmt: skip
    assert transport.send([with_file])[0].message_id == "m"


def test_a_call_takes_what_fits() -> None:
    transport = SesTransport(client(), configuration_set="set")
    assert transport.fitting([message(n) for n in range(80)]) == 50
    taken = transport.fitting([message(n, html='"é' * 10_000) for n in range(50)])
    data = json.dumps({"s": "Hi {{x}}", "h": '"é' * 10_000, "t": "ü"}, ensure_ascii=False)
    assert 1 < taken <= CALL_BYTES // len(json.dumps(data, ensure_ascii=False).encode())
    assert transport.fitting([message(1), message(2, html="x" * ENTRY_BYTES), message(3)]) == 1
    assert transport.fitting([message(1), message(2, reply_to=(mailbox("help@sender.example"),))]) == 1
    small = SesTransport(client(), configuration_set="set", bulk_size=10)
    assert small.fitting([message(n) for n in range(80)]) == 10


@pytest.mark.parametrize(
    ("account", "per_second", "left"),
    [
        ({"SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 150.0}}, 1, 50),
        ({"SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 250.0}}, 1, 0),
        ({"SendQuota": {"Max24HourSend": -1.0, "MaxSendRate": 500.0, "SentLast24Hours": 9.0}}, 500, None),
        ({"SendQuota": {"Max24HourSend": 9.0, "MaxSendRate": 14.0}, "SendingEnabled": False}, 14, 0),
    ],
)
def test_the_quota(
    stub: tuple[SesTransport, Stubber], account: dict[str, Any], per_second: float, left: float | None
) -> None:
    transport, stubber = stub
    stubber.add_response("get_account", account)
    quota = transport.quota()
    assert (quota.per_second, quota.daily_left) == (per_second, left)
    stubber.add_client_error("get_account", "TooManyRequestsException", http_status_code=429)
    with pytest.raises(Transient):
        transport.quota()
