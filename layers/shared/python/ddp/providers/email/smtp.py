"""SMTP: one transaction per message, over a connection that is kept open, with STARTTLS or TLS from the start.

The server's reply proves the outcome: any 4xx or 5xx is a refusal, whenever it comes. The outcome is unknown only where
the connection is lost after the content began to flow.
"""

from __future__ import annotations

import json
import smtplib
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from urllib.parse import parse_qs, unquote, urlsplit

from ddp import settings
from ddp.outcomes import Outcome
from ddp.providers.email.base import Mailbox, Message
from ddp.providers.transport import Answer, Quota

TIMEOUT_SECONDS = 30

# Greylisting accepts a message after some minutes.
_RETRY_LATER = 300.0
_RETRY_SOON = 5.0

# Commands of one message, the connection's own included. The time-out bounds each of them.
_STEPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How to reach a server. `security`: `starttls` (required of the server), `tls`, or `none` for stage local only."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = ""
    per_second: float = 10.0


class _Refused(Exception):
    """The server refused a command."""

    def __init__(self, code: int, text: bytes | str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text


class SmtpTransport:
    """A relay. Each thread keeps its own connection."""

    longest_call = float(TIMEOUT_SECONDS * _STEPS)

    def __init__(self, server: Server, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._server = server
        self._timeout = timeout
        self._threads = threading.local()
        self.longest_call = timeout * _STEPS

    def fitting(self, messages: Sequence[Message]) -> int:  # noqa: ARG002  # the Protocol's
        """Always 1."""
        return 1

    def quota(self) -> Quota:
        """The rate that the operator wrote into the URL, since SMTP servers do not report one."""
        return Quota(per_second=self._server.per_second, daily_left=None)

    def send(self, messages: Sequence[Message]) -> list[Answer]:
        """One transaction per message."""
        return [self._send(message) for message in messages]

    def _send(self, message: Message) -> Answer:
        message_id = make_msgid(domain=message.sender.address.rpartition("@")[2])
        content = compose(message, message_id)
        try:
            connection = self._connection()
            self._envelope(connection, message)
        except (OSError, smtplib.SMTPException, _Refused) as error:
            self._drop()
            return _before_content(error)
        try:
            self._content(connection, content)
        except _Refused as refusal:
            self._reset(connection, refusal)
            return _refusal(refusal)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer(
                outcome=Outcome.UNKNOWN,
                code="connection-lost",
                reason=f"The connection was lost while the message was handed over: {error}"[:500],
            )
        return Answer(outcome=Outcome.ACCEPTED, message_id=message_id.strip("<>"))

    def _envelope(self, connection: smtplib.SMTP, message: Message) -> None:
        """MAIL, RCPT, and DATA up to the permission to send: none of them accepts the message."""
        _require(250, connection.mail(message.sender.address))
        code, text = connection.rcpt(message.recipient.address)
        if code not in (250, 251):
            raise _Refused(code, text)
        _require(354, connection.docmd("DATA"))

    def _content(self, connection: smtplib.SMTP, content: bytes) -> None:
        connection.send(_with_dots_doubled(content) + b".\r\n")
        _require(250, connection.getreply())

    def _connection(self) -> smtplib.SMTP:
        """The thread's connection if it still answers; otherwise a new one."""
        kept: smtplib.SMTP | None = getattr(self._threads, "connection", None)
        if kept is not None:
            try:
                if kept.rset()[0] == 250:
                    return kept
            except (OSError, smtplib.SMTPException):
                pass
            self._drop()
        self._threads.connection = self._connect()
        return self._threads.connection  # type: ignore[no-any-return]

    def _connect(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        if server.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._timeout, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            connection.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                connection.starttls(context=context)
                connection.ehlo()
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _reset(self, connection: smtplib.SMTP, refusal: _Refused) -> None:
        """Keep the connection after a refusal; drop it after an answer that was not an SMTP reply."""
        try:
            if refusal.code >= 400 and connection.rset()[0] == 250:
                return
        except (OSError, smtplib.SMTPException):
            pass
        self._drop()

    def _drop(self) -> None:
        kept: smtplib.SMTP | None = getattr(self._threads, "connection", None)
        self._threads.connection = None
        if kept is not None:
            kept.close()


def compose(message: Message, message_id: str) -> bytes:
    """The message as it goes over the wire: RFC 5322, ASCII, lines end in CRLF."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = message_id
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    for attachment in message.attachments:
        main, _, sub = attachment.content_type.partition("/")
        mail.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.file_name)
    # Written unchanged, since Message has checked them: the library's folding breaks long names and encodes long URLs.
    tags = {f"X-{name.replace('_', '-').title()}": value for name, value in message.tags.items()}
    headers = {"From": _folded(message.sender), "To": _folded(message.recipient), **message.headers, **tags}
    if message.reply_to:
        headers["Reply-To"] = ",\r\n ".join(map(_folded, message.reply_to))
    plain = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return plain.encode("ascii") + mail.as_bytes()


def _folded(mailbox: Mailbox) -> str:
    """One line per encoded word: white space between two of them is not shown (RFC 2047, section 6.2)."""
    return str(mailbox).replace("?= =?", "?=\r\n =?")


def _require(wanted: int, reply: tuple[int, bytes]) -> None:
    if reply[0] != wanted:
        raise _Refused(*reply)


def _with_dots_doubled(content: bytes) -> bytes:
    """The content with dots doubled at the start of lines (RFC 5321 §4.5.2), and a CRLF at its end."""
    body = content if content.endswith(b"\r\n") else content + b"\r\n"
    return (b"." + body if body.startswith(b".") else body).replace(b"\r\n.", b"\r\n..")


def _before_content(error: Exception) -> Answer:
    """The server does not have the message yet, so it was not accepted, whatever happened."""
    if isinstance(error, _Refused):
        return _refusal(error)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _retry("smtp-login", str(error), _RETRY_LATER, slow_down=True)
    return _retry("smtp-not-reached", str(error) or type(error).__name__, _RETRY_SOON)


def _refusal(refusal: _Refused) -> Answer:
    code = f"smtp-{refusal.code}"
    # 421: the service is closing; this is not about the message.
    if refusal.code == 421:
        return _retry(code, refusal.text, _RETRY_SOON, slow_down=True)
    if 500 <= refusal.code < 600:
        return Answer(outcome=Outcome.FAILED, code=code, reason=refusal.text[:500])
    if 400 <= refusal.code < 500:
        return _retry(code, refusal.text, _RETRY_LATER)
    return Answer(outcome=Outcome.UNKNOWN, code=code, reason=f"No SMTP reply: {refusal.text}"[:500])


def _retry(code: str, reason: str, later: float, *, slow_down: bool = False) -> Answer:
    return Answer(outcome=Outcome.RETRY, code=code, reason=reason[:500], later=later, slow_down=slow_down)


def parse_url(url: str, *, local: bool) -> Server:
    """`smtp://user:password@host:587?per_second=10` (STARTTLS), `smtps://…:465` (TLS). Raises ValueError.

    Passwords are percent-encoded. In stage local (`local`) smtp:// goes without encryption.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("The secret's url is not an smtp:// or smtps:// URL.")
    tls = parts.scheme == "smtps"
    rate = parse_qs(parts.query).get("per_second", ["10"])[0]
    return Server(
        host=parts.hostname,
        port=parts.port or (465 if tls else 587),
        security="tls" if tls else "none" if local else "starttls",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        per_second=float(rate),
    )


def from_environment() -> SmtpTransport:
    """The relay of the secret that DDP_SMTP_URL_SECRET names: JSON `{"url": …}`."""
    import boto3  # here, because tests of this transport need no AWS client

    name = settings.required("DDP_SMTP_URL_SECRET")
    value = boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    local = settings.required("DDP_STAGE") == "local"
    return SmtpTransport(parse_url(json.loads(value)["url"], local=local))
