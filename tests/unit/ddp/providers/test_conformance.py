"""What every transport of every channel promises, whatever its provider (the Protocol in ddp.providers.transport).

Those whose provider has a simulator are tested against it over HTTP.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from ddp.errors import Transient
from ddp.outcomes import Outcome
from ddp.providers.email.ses import SesTransport
from ddp.providers.email.smtp import Server, SmtpTransport
from ddp.providers.sms.end_user_messaging import EndUserMessagingTransport
from ddp.providers.transport import Answer, Quota, Transport
from infra.settings import EmailTransport
from tests.unit.ddp.providers.email import test_messages as email
from tests.unit.ddp.providers.sms import test_messages as sms
from tests.unit.infra.local.simulators.mailbox import conftest as mailbox
from tests.unit.infra.local.simulators.phone import conftest as phone

pytestmark = pytest.mark.thorough

END_USER_MESSAGING = "end-user-messaging"


def client(service: str, port: int) -> Any:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=1, proxies={}, max_pool_connections=32)
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return boto3.client(service, endpoint_url=f"http://127.0.0.1:{port}", config=config, **keys)


def ses(port: int) -> SesTransport:
    return SesTransport(client("sesv2", port), configuration_set="known")


def smtp(port: int) -> SmtpTransport:
    return SmtpTransport(Server(host="127.0.0.1", port=port, security="none"))


def end_user_messaging(port: int) -> EndUserMessagingTransport:
    return EndUserMessagingTransport(
        client("pinpoint-sms-voice-v2", port), configuration_set="known", protect_configuration="protect-1"
    )


# Each transport, connected to a port of this machine, and what makes messages for it.
TRANSPORTS: dict[str, tuple[Callable[[int], Transport[Any]], Callable[[int], Any]]] = {
    EmailTransport.SES: (ses, lambda number: email.message(recipient=mailbox_of(number))),
    EmailTransport.SMTP: (smtp, lambda number: email.message(recipient=mailbox_of(number))),
    END_USER_MESSAGING: (end_user_messaging, lambda number: sms.message(number)),
}


def mailbox_of(number: int) -> Any:
    return email.mailbox(f"{number}@shop.example")


def test_every_transport_of_the_settings_is_here() -> None:
    assert set(EmailTransport) < set(TRANSPORTS)


@pytest.fixture(params=TRANSPORTS)
def unreachable(request: pytest.FixtureRequest) -> Iterator[tuple[Transport[Any], Callable[[int], Any]]]:
    """A transport whose provider refuses connections: nobody listens on the port."""
    transport, message = TRANSPORTS[request.param]
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield transport(unused.getsockname()[1]), message


Unreachable = tuple[Transport[Any], Callable[[int], Any]]


def test_a_refused_connection_is_proof_and_every_message_has_its_answer(unreachable: Unreachable) -> None:
    transport, message = unreachable
    messages = [message(number) for number in range(80)]
    messages = messages[: transport.fitting(messages)]
    answers = transport.send(messages)
    assert len(answers) == len(messages) >= 1
    for answer in answers:
        assert (answer.outcome, answer.message_id) == (Outcome.RETRY, None)
        assert answer.later > 0
        assert 0 < len(answer.code or "") <= 50
        assert 0 < len(answer.reason or "") <= 500


def test_a_call_is_bounded_in_time(unreachable: Unreachable) -> None:
    assert 0 < unreachable[0].longest_call < 300


def test_a_quota_that_cannot_be_read_is_transient(unreachable: Unreachable) -> None:
    try:
        quota = unreachable[0].quota()
    except Transient:
        return
    assert quota is None or (isinstance(quota, Quota) and quota.per_second > 0)


@dataclass
class Simulated:
    """A transport with its provider's simulator."""

    transport: Transport[Any]
    message: Callable[[int], Any]
    fail: Callable[..., Any]
    accepted: Callable[[Sequence[int]], list[int]]

    def send(self, numbers: Sequence[int]) -> list[Answer]:
        messages = [self.message(number) for number in numbers]
        assert self.transport.fitting(messages) == len(messages)
        return self.transport.send(messages)


@contextmanager
def with_mailbox(directory: Path) -> Iterator[Simulated]:
    with mailbox.serving(directory) as running:
        running.verify("sender.example")

        def message(number: int) -> Any:
            tags = {"ddp_send": f"id-{number}", "ddp_attempt": "1"}
            return email.message(recipient=mailbox_of(number), tags=tags)

        def accepted(numbers: Sequence[int]) -> list[int]:
            return list(running.mailbox.store.accepted(f"id-{number}" for number in numbers).values())

        def fail(kind: str, **fault: Any) -> None:
            assert running.control("POST", "faults", {"kind": kind, **fault}).status == 200

        yield Simulated(ses(int(running.url.rpartition(":")[2])), message, fail, accepted)


@contextmanager
def with_phone(directory: Path) -> Iterator[Simulated]:
    with phone.serving(directory) as running:

        def accepted(numbers: Sequence[int]) -> list[int]:
            return list(running.controls.accepted(f"id-{number}" for number in numbers).values())

        transport = end_user_messaging(int(running.url.rpartition(":")[2]))
        yield Simulated(transport, sms.message, running.controls.fail, accepted)


@pytest.fixture(params=[with_mailbox, with_phone])
def simulated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Simulated]:
    with request.param(tmp_path) as found:
        yield found


def test_messages_that_are_accepted_have_ids_of_their_own(simulated: Simulated) -> None:
    answers = simulated.send(range(20))
    assert {answer.outcome for answer in answers} == {Outcome.ACCEPTED}
    assert len({answer.message_id for answer in answers}) == 20
    assert simulated.accepted(range(20)) == [1] * 20


@pytest.mark.parametrize("kind", ["error_after", "drop_after", "silence_after"])
def test_what_was_accepted_without_an_answer_is_unknown_and_called_once(
    simulated: Simulated, kind: str
) -> None:
    simulated.fail(kind, seconds=1.5 if kind == "silence_after" else 0)
    (answer,) = simulated.send([1])
    assert (answer.outcome, answer.message_id) == (Outcome.UNKNOWN, None)
    assert simulated.accepted([1]) == [1]


@pytest.mark.parametrize("kind", ["error_before", "drop_before"])
def test_without_proof_a_failure_is_unknown(simulated: Simulated, kind: str) -> None:
    simulated.fail(kind)
    (answer,) = simulated.send([1])
    assert answer.outcome is Outcome.UNKNOWN
    assert simulated.accepted([1]) == [0]


def test_throttling_is_proof_and_concerns_the_account(simulated: Simulated) -> None:
    simulated.fail("throttle")
    (answer,) = simulated.send([1])
    assert (answer.outcome, answer.slow_down) == (Outcome.RETRY, True)
    assert simulated.accepted([1]) == [0]
    (answer,) = simulated.send([1])
    assert answer.outcome is Outcome.ACCEPTED
