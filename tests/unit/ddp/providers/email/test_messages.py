"""No name, subject or tag can add a header, and foreign alphabets arrive."""

# ruff: noqa: E501  # tables are easier to read with one case per line

from __future__ import annotations

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddp.addresses import AddressError
from ddp.providers.email import smtp
from ddp.providers.email.base import Attachment, Message, mailbox, unsubscribe_headers

URL = "https://ddp.example.com/unsubscribe/" + "a" * 108


def message(**changes: object) -> Message:
    members = {
        "sender": mailbox("shop@sender.example", "Shop"),
        "recipient": mailbox("1@example.com"),
        "subject": "Hi",
        "html": "<p>ü</p>",
        "text": "ü\n.\n",
        "tags": {"ddp_send": "id", "ddp_attempt": "1"},
        "headers": unsubscribe_headers(URL),
    }
    return Message(**(members | changes))


def parsed(sent: Message):
    return message_from_bytes(smtp.compose(sent, "<id@sender.example>"), policy=policy.default)


HEADERS = {
    "List-Unsubscribe", "List-Unsubscribe-Post", "X-Ddp-Send", "X-Ddp-Attempt", "From", "To", "Subject", "Date",
    "Message-ID", "MIME-Version", "Content-Type",
}  # fmt: skip


@given(st.text(), st.text())
def test_a_name_is_only_ever_a_name(name: str, other: str) -> None:
    sent = message(sender=mailbox("shop@sender.example", name), recipient=mailbox("1@example.com", other))
    wire = smtp.compose(sent, "<id@sender.example>") if name.isprintable() and other.isprintable() else None
    for box in (sent.sender, sent.recipient):
        assert str(box).isascii()
        assert str(box).isprintable()
        assert len(str(box)) <= 320
        assert str(box).endswith(box.address) or str(box).endswith(f"<{box.address}>")
    if wire is not None:
        mail = message_from_bytes(wire, policy=policy.default)
        assert set(mail.keys()) == HEADERS
        assert [a.addr_spec for a in mail["To"].addresses] == ["1@example.com"]
        assert [a.addr_spec for a in mail["From"].addresses] == ["shop@sender.example"]


@pytest.mark.parametrize("name", ["A\r\nBcc: x@y.org", "A\nB", "A\rB", "A\0B", "A\u2028B", 'A" <x@y.org>, "B', "a,b;c:d", "=?utf-8?q?x?=", "Zoë " * 40])  # fmt: skip
def test_nasty_names(name: str) -> None:
    sent = message(recipient=mailbox("1@example.com", name))
    mail = parsed(sent)
    assert set(mail.keys()) == HEADERS
    assert [to.addr_spec for to in mail["To"].addresses] == ["1@example.com"]
    if name.isprintable():
        # Not with the parser above: it shows the space between two encoded words, which RFC 2047 says to ignore.
        shown, _ = parseaddr(
            str(make_header(decode_header(str(sent.recipient))))
            if not name.isascii()
            else str(sent.recipient)
        )
        assert name.startswith(shown) or "=?" in name
        assert len(shown) > min(len(name.strip()), 50) - 1


@pytest.mark.parametrize("text", ["a\r\nBcc: x@y.org", "a\nb", "a\rb", "a\0b", "a\x85b"])
def test_what_would_break_a_header_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="subject contains a control character"):
        message(subject=text)
    with pytest.raises(ValueError, match=r"header .* is not valid"):
        message(headers={"List-Unsubscribe": text})
    with pytest.raises(ValueError, match=r"header .* is not valid"):
        message(headers={text: "x"})
    with pytest.raises(ValueError, match=r"tag .* is not valid"):
        message(tags={"ddp_send": text})
    with pytest.raises(AddressError):
        mailbox(f"x{text}@example.com")


def test_international_domains_are_written_in_ascii() -> None:
    assert str(mailbox("Info@Bücher.example")) == "info@xn--bcher-kva.example"
    with pytest.raises(AddressError):
        mailbox("jürgen@example.com")


def test_the_message_on_the_wire() -> None:
    file = Attachment(file_name="Größe\r\nX: y.pdf", content_type="application/pdf", content=b"%PDF\x00")
    wire = smtp.compose(message(subject="Ä" * 300, attachments=(file,)), "<id@sender.example>")
    assert wire.isascii()
    assert max(len(line) for line in wire.split(b"\r\n")) <= 998
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert f"List-Unsubscribe: <{URL}>\r\n".encode() in wire
    mail = message_from_bytes(wire, policy=policy.default)
    assert mail["Subject"] == "Ä" * 300
    assert mail.get_body(("plain",)).get_content() == "ü\r\n.\r\n"
    assert mail.get_body(("html",)).get_content() == "<p>ü</p>\r\n"
    (attached,) = mail.iter_attachments()
    assert attached.get_content() == b"%PDF\x00"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
