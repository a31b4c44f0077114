"""What every transport of e-mail promises, whatever its provider (the Protocol in ddp.providers.transport)."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import boto3
import pytest
from botocore.config import Config

from ddp.errors import Transient
from ddp.outcomes import Outcome
from ddp.providers.email.base import Message
from ddp.providers.email.ses import SesTransport
from ddp.providers.email.smtp import Server, SmtpTransport
from ddp.providers.transport import Quota, Transport
from infra.settings import EmailTransport
from tests.unit.ddp.providers.email.test_messages import message


def ses(port: int) -> SesTransport:
    config = Config(retries={"total_max_attempts": 1})
    client = boto3.client("sesv2", endpoint_url=f"http://127.0.0.1:{port}", config=config)
    return SesTransport(client, configuration_set="set")


def smtp(port: int) -> SmtpTransport:
    return SmtpTransport(Server(host="127.0.0.1", port=port, security="none"))


# Each transport, connected to a port of this machine.
TRANSPORTS: dict[EmailTransport, Callable[[int], Transport[Message]]] = {
    EmailTransport.SES: ses,
    EmailTransport.SMTP: smtp,
}


@pytest.fixture(params=EmailTransport)
def unreachable(request: pytest.FixtureRequest) -> Iterator[Transport[Message]]:
    """A transport whose provider refuses connections: nobody listens on the port."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield TRANSPORTS[request.param](unused.getsockname()[1])


def test_a_refused_connection_is_proof_and_every_message_has_its_answer(
    unreachable: Transport[Message],
) -> None:
    messages = [message() for _ in range(80)]
    messages = messages[: unreachable.fitting(messages)]
    answers = unreachable.send(messages)
    assert len(answers) == len(messages) >= 1
    for answer in answers:
        assert (answer.outcome, answer.message_id) == (Outcome.RETRY, None)
        assert answer.later > 0
        assert 0 < len(answer.code or "") <= 50
        assert 0 < len(answer.reason or "") <= 500


def test_a_call_is_bounded_in_time(unreachable: Transport[Message]) -> None:
    assert 0 < unreachable.longest_call < 300


def test_a_quota_that_cannot_be_read_is_transient(unreachable: Transport[Message]) -> None:
    try:
        quota = unreachable.quota()
    except Transient:
        return
    assert quota is None or (isinstance(quota, Quota) and quota.per_second > 0)
