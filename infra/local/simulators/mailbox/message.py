"""A message that the mailbox accepted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage
from uuid import uuid4


def new_id(now: float) -> str:
    """A message id in SES's form; `now` is in seconds since the epoch."""
    return f"{int(now * 1000):016x}-{uuid4()}-000000"


def decoded(header: str) -> str:
    """A header as its reader sees it: `=?utf-8?q?J=C3=B6rg?= <j@x>` is `Jörg <j@x>`; unchanged if that fails."""
    try:
        return str(make_header(decode_header(header))) or header
    except (HeaderParseError, LookupError, ValueError):
        return header


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The message of one call or entry. `failure` says why its template could not be rendered."""

    source: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    subject: str = ""
    html: str = ""
    text: str = ""
    raw: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    configuration_set: str | None = None
    tenant: str | None = None
    failure: str | None = None
    accepted_at: float = field(default_factory=time.time)
    message_id: str = ""

    @property
    def recipients(self) -> tuple[str, ...]:
        """All recipients: to, cc and bcc."""
        return self.to + self.cc + self.bcc

    def envelope(self) -> list[tuple[str, str]]:
        """The headers that the mailbox writes, as recipients see them."""
        named = {
            "From": self.source,
            "To": ", ".join(self.to),
            "Cc": ", ".join(self.cc),
            "Reply-To": ", ".join(self.reply_to),
            "Subject": self.subject,
            "Message-ID": f"<{self.message_id}@email.amazonses.com>",
        }
        return [(name, value) for name, value in named.items() if value]

    def all_headers(self) -> list[tuple[str, str]]:
        """The headers as recipients see them, with the sender's own headers last."""
        return self.envelope() + list(self.headers)

    def source_text(self) -> str:
        """The message's source, without attachments, of which only the names are kept."""
        if self.raw is not None:
            return self.raw.decode(errors="replace")
        message = EmailMessage()
        for name, value in self.all_headers():
            message[name] = " ".join(value.splitlines())
        message.set_content(self.text)
        if self.html:
            message.add_alternative(self.html, subtype="html")
        return message.as_string()
