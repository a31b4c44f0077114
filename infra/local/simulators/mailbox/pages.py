"""The mailbox's pages: a list with a search, and a page per message. They have no scripts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

from infra.local.simulators.mailbox.message import Message
from infra.local.simulators.mailbox.store import Summary

PAGE = Template(Path(__file__).with_name("page.html").read_text())
# Policy of the mailbox's own pages: no foreign resources, no scripts, no foreign frame around them.
OWN_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
# Policy of a message's HTML, which is not trusted: no scripts and no requests, not even for pictures.
MESSAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'"
)
PER_PAGE = 50


def list_page(messages: Sequence[Summary], search: str, counts: dict[str, int]) -> str:
    """The list of messages, newest first."""
    rows = "".join(_row(summary) for summary in messages)
    older = ""
    if len(messages) == PER_PAGE:
        older = f'<p><a href="/?q={quote(search)}&amp;before={messages[-1].number}">Older messages</a></p>'
    table = f"<table><thead><tr><th>Accepted<th>To<th>Subject<th>Attempt</thead><tbody>{rows}</tbody></table>"
    empty = "<p>No message matches the search.</p>" if search else "<p>No message has been sent yet.</p>"
    body = f"""<form method="get" action="/" role="search"><label>Recipient or subject
        <input type="search" name="q" value="{escape(search)}"></label> <button>Search</button></form>
        <p>{counts["messages"]:,} messages accepted; {counts["accepted_twice"]:,} sends accepted more than once.</p>
        {table if messages else empty}{older}"""
    return PAGE.substitute(title="Mailbox", body=body)


def message_page(number: int, message: Message) -> str:
    """One message, with its HTML in a sandboxed frame."""
    headers = "".join(f"<tr><th scope=row>{escape(n)}<td>{escape(v)}" for n, v in message.all_headers())
    tags = "".join(f"<tr><th scope=row>{escape(n)}<td>{escape(v)}" for n, v in message.tags.items())
    attachments = "".join(f"<li>{escape(name)}</li>" for name in message.attachments)
    html = '<p>The message has no HTML.</p>' if not message.html else (
        f'<iframe sandbox title="HTML of the message" src="/messages/{number}/html"></iframe>'
    )  # fmt: skip
    body = f"""<p><a href="/">All messages</a> · <a href="/messages/{number}/html">HTML only</a> ·
        <a href="/messages/{number}/text">Text</a> · <a href="/messages/{number}/raw">Source</a></p>
        <h2>Headers</h2><table class=headers>{headers}</table>
        <h2>Tags</h2><table class=headers>{tags or "<tr><td>none"}</table>
        {f"<h2>Attachments</h2><ul>{attachments}</ul>" if attachments else ""}
        {f"<p class=failure>Not rendered: {escape(message.failure)}</p>" if message.failure else ""}
        <h2>HTML</h2>{html}<h2>Text</h2><pre>{escape(message.text)}</pre>"""
    return PAGE.substitute(title=escape(message.subject or "(no subject)"), body=body)


def _row(summary: Summary) -> str:
    message = summary.message
    when = datetime.fromtimestamp(message.accepted_at).astimezone()
    return (
        f"<tr><td>{when:%Y-%m-%d %H:%M:%S}<td>{escape(', '.join(message.recipients))}"
        f'<td><a href="/messages/{summary.number}">{escape(message.subject or "(no subject)")}</a>'
        f"<td>{escape(message.tags.get('ddp_attempt', '-'))}"
    )
