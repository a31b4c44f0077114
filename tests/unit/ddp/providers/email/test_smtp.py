"""The SMTP transport against a small server that refuses or disconnects at any step."""

# tables are easier to read with one case per line

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from ddp.outcomes import Outcome
from ddp.providers.email.smtp import Server, SmtpTransport, parse_url
from tests.unit.ddp.providers.email.test_messages import message

pytestmark = pytest.mark.thorough

A, F, R, U = Outcome.ACCEPTED, Outcome.FAILED, Outcome.RETRY, Outcome.UNKNOWN

DROP, SILENCE = "drop", "silence"


@dataclass(slots=True)
class Relay:
    """What the server does at each step (connect, EHLO, MAIL, RCPT, DATA, content): a reply, DROP or SILENCE."""

    port: int = 0
    replies: dict[str, str] = field(default_factory=dict)
    received: list[bytes] = field(default_factory=list)
    connections: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def relay() -> Iterator[Relay]:
    state = Relay()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            state.connections += 1
            if not self.reply("connect", "220 hello"):
                return
            while line := self.rfile.readline():
                verb = line.split()[0].decode().upper()
                usual = {"EHLO": "250-relay\r\n250 8BITMIME", "DATA": "354 go on", "QUIT": "221 bye"}
                if not self.reply(verb, usual.get(verb, "250 fine")) or verb == "QUIT":
                    return
                if verb == "DATA" and "DATA" not in state.replies and not self.content():
                    return

        def content(self) -> bool:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                if not line:
                    return False
                lines.append(line[1:] if line.startswith(b".") else line)
                if state.replies.get("during") == DROP:
                    return False
            state.received.append(b"".join(lines))
            return self.reply("content", "250 queued")

        def reply(self, step: str, usual: str) -> bool:
            said = state.replies.get(step, usual)
            if said == SILENCE:
                state.stopped.wait(5)
            if said in (DROP, SILENCE):
                return False
            self.wfile.write(said.encode() + b"\r\n")
            return True

    class Threaded(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads, block_on_close = True, True, False

    with Threaded(("127.0.0.1", 0), Session) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield state
        state.stopped.set()
        server.shutdown()
        thread.join()


def transport(relay: Relay, **changes: object) -> SmtpTransport:
    return SmtpTransport(Server(host="127.0.0.1", port=relay.port, security="none", **changes), timeout=0.2)


def test_messages_go_over_one_connection(relay: Relay) -> None:
    smtp = transport(relay)
    answers = [smtp.send([message()])[0] for _ in range(3)]
    assert [a.outcome for a in answers] == [A, A, A]
    assert relay.connections == 1
    assert len({a.message_id for a in answers}) == 3
    assert f"Message-ID: <{answers[0].message_id}>".encode() in relay.received[0]
    assert b"\r\n.\r\n" in relay.received[0]  # the text's own dot arrived as a single dot
    assert smtp.fitting([message(), message()]) == 1
    smtp._drop()


STEPS = ["connect", "EHLO", "MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("how", [DROP, SILENCE])
def test_a_connection_lost_before_the_content_is_proof(relay: Relay, step: str, how: str) -> None:
    if step == "EHLO":
        relay.replies["HELO"] = how
    relay.replies[step] = how
    (answer,) = transport(relay).send([message()])
    assert answer.outcome is R
    assert relay.received == []


@pytest.mark.parametrize(
    ("step", "how"), [("during", DROP), ("content", DROP), ("content", SILENCE), ("content", "what?")]
)
def test_a_connection_lost_after_it_is_not(relay: Relay, step: str, how: str) -> None:
    relay.replies[step] = how
    (answer,) = transport(relay).send([message(html="x" * 1_000_000)])
    assert answer.outcome is U


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "content"])
@pytest.mark.parametrize(
    ("reply", "outcome", "slow_down"),
    [
        ("421 4.3.2 shutting down", R, True),
        ("450 4.2.0 greylisted", R, False),
        ("451 4.3.0 later", R, False),
        ("452 4.5.3 too many", R, False),
        ("550 5.1.1 no such user", F, False),
        ("552 5.2.2 full", F, False),
        ("554 5.7.1 spam", F, False),
    ],
)
def test_refusals(relay: Relay, step: str, reply: str, outcome: Outcome, slow_down: bool) -> None:
    smtp = transport(relay)
    relay.replies[step] = reply
    (answer,) = smtp.send([message()])
    assert (answer.outcome, answer.slow_down) == (outcome, slow_down)
    assert answer.code == f"smtp-{reply[:3]}"
    assert answer.reason == reply[4:]
    relay.replies.clear()
    assert smtp.send([message()])[0].outcome is A  # the next message is not affected
    smtp._drop()


def test_a_kept_connection_that_died_is_replaced(relay: Relay) -> None:
    smtp = transport(relay)
    assert smtp.send([message()])[0].outcome is A
    relay.replies["RSET"] = DROP
    assert smtp.send([message()])[0].outcome is A
    assert relay.connections == 2
    smtp._drop()


def test_nobody_listening_is_proof(relay: Relay) -> None:
    relay.port = 1
    (answer,) = transport(relay).send([message()])
    assert (answer.outcome, answer.code) == (R, "smtp-not-reached")


def test_encryption_is_not_optional(relay: Relay) -> None:
    smtp = SmtpTransport(Server(host="127.0.0.1", port=relay.port, security="starttls"), timeout=0.2)
    (answer,) = smtp.send([message()])
    assert answer.outcome is R
    assert relay.received == []


def test_urls() -> None:
    assert parse_url("smtp://u:p%40x@relay.example:2525?per_second=3", local=False) == Server(
        host="relay.example", port=2525, security="starttls", user="u", password="p@x", per_second=3
    )
    assert parse_url("smtps://relay.example", local=False).port == 465
    assert parse_url("smtps://relay.example", local=True).security == "tls"
    assert parse_url("smtp://127.0.0.1:25", local=True).security == "none"
    with pytest.raises(ValueError, match="not an smtp"):
        parse_url("https://relay.example", local=False)
