"""The messages that transports of e-mail take. What they answer, and the Protocol, are in ddp.providers.transport."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.header import Header
from email.headerregistry import Address

from ddp.addresses import normalise_email

# Of an address with its name, as a header has it: SES takes 320 characters.
LONGEST = 320

_BREAK = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_TAG_VALUE = re.compile(r"[A-Za-z0-9_.@-]{1,256}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,76}")
# SES takes header values of up to 995 characters of ASCII.
_HEADER_VALUE = re.compile(r"[ -~]{1,995}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """An address with the name shown beside it. Made by `mailbox` only, so no header can be injected through it."""

    address: str
    name: str = ""

    def __str__(self) -> str:
        """As a header's value in ASCII: the name quoted, or as an encoded word (RFC 2047)."""
        if not self.name:
            return self.address
        # What looks like an encoded word is encoded, or programs would decode it.
        if self.name.isascii() and "=?" not in self.name:
            return str(Address(self.name, addr_spec=self.address))
        return f"{Header(self.name, 'utf-8').encode(linesep='')} <{self.address}>"


def mailbox(address: str, name: str | None = None) -> Mailbox:
    """A mailbox of an address in any form; an international domain becomes ASCII. Raises AddressError.

    What could end a header in a name becomes a space; names are cut until the whole is no longer than SES takes.
    """
    shown = " ".join(_BREAK.sub(" ", name or "").split())[:200]
    made = Mailbox(address=normalise_email(address), name=shown)
    while made.name and len(str(made)) > LONGEST:
        made = replace(made, name=made.name[:-8].rstrip())
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a message."""

    file_name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one recipient. Raises ValueError where a header or tag could not go as it stands."""

    sender: Mailbox
    recipient: Mailbox
    subject: str
    html: str
    text: str
    tags: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    reply_to: tuple[Mailbox, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    tenant: str | None = None

    def __post_init__(self) -> None:
        if _BREAK.search(self.subject):
            raise ValueError("a subject is one line")
        for name, value in self.headers.items():
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise ValueError(f"header {name!r} is no header")
        for name, value in self.tags.items():
            if not _TAG_VALUE.fullmatch(name) or not _TAG_VALUE.fullmatch(value):
                raise ValueError(f"tag {name!r} is no tag")


def unsubscribe_headers(url: str) -> dict[str, str]:
    """One-click unsubscribe (RFC 8058): what mailbox providers ask of whoever sends in bulk."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
