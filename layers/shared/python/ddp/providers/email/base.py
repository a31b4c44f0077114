"""The messages that transports of e-mail take. What they answer, and the Protocol, are in ddp.providers.transport."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.header import Header
from email.headerregistry import Address

from ddp.addresses import normalise_email

# Characters of an address with its name, as a header has them: what SES takes.
LONGEST = 320

_BREAK = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_TAG_VALUE = re.compile(r"[A-Za-z0-9_.@-]{1,256}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,76}")
# SES takes header values of up to 995 characters of ASCII.
_HEADER_VALUE = re.compile(r"[ -~]{1,995}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """An address and the name shown beside it. Make it with `mailbox` only: that keeps injected headers out."""

    address: str
    name: str = ""

    def __str__(self) -> str:
        """The value of a header, in ASCII: the name is quoted, or an encoded word (RFC 2047)."""
        if not self.name:
            return self.address
        # Mail programs would decode a name that only looks like an encoded word: encode it again.
        if self.name.isascii() and "=?" not in self.name:
            return str(Address(self.name, addr_spec=self.address))
        return f"{Header(self.name, 'utf-8').encode(linesep='')} <{self.address}>"


def mailbox(address: str, name: str | None = None) -> Mailbox:
    """A mailbox of an address in any form; an international domain becomes ASCII. Raises AddressError.

    In names, characters that could end a header become spaces. Names are cut until the whole has at most LONGEST
    characters.
    """
    shown = " ".join(_BREAK.sub(" ", name or "").split())[:200]
    made = Mailbox(address=normalise_email(address), name=shown)
    while made.name and len(str(made)) > LONGEST:
        made = replace(made, name=made.name[:-8].rstrip())
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a message; `content` is not yet encoded."""

    file_name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one recipient. Raises ValueError for a subject, header or tag that cannot be sent unchanged.

    `tags` come back with the provider's events.
    """

    sender: Mailbox
    recipient: Mailbox
    subject: str
    html: str
    text: str
    tags: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    reply_to: tuple[Mailbox, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    def __post_init__(self) -> None:
        if _BREAK.search(self.subject):
            raise ValueError("the subject contains a control character")
        for name, value in self.headers.items():
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise ValueError(f"header {name!r} is not valid")
        for name, value in self.tags.items():
            if not _TAG_VALUE.fullmatch(name) or not _TAG_VALUE.fullmatch(value):
                raise ValueError(f"tag {name!r} is not valid")


def unsubscribe_headers(url: str) -> dict[str, str]:
    """Headers of one-click unsubscribe (RFC 8058), which mailbox providers require of bulk senders."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
