"""The mailbox's pages: a list with a search, and a page per message. They have no scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from urllib.parse import quote

from ddp.pages.page import policy
from infra.local.navigation import local_page
from infra.local.simulators.mailbox.message import Message, decoded
from infra.local.simulators.mailbox.store import Summary

# Policy of the mailbox's own pages: no foreign resources, no scripts, no foreign frame around them.
OWN_POLICY = policy(frame_src="'self'")
# Policy of a message's HTML, which is not trusted: no scripts and no requests, not even for pictures.
MESSAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'"
)
PER_PAGE = 50

_EMPTY = """<div class="empty"><p>No message has been sent yet.</p>
<p><code>make demo</code> sends a campaign to 2,000 recipients; <code>ddp campaign send</code> sends yours.</p></div>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The pages; `links` are what they link to at the top, by name."""

    links: dict[str, str] = field(default_factory=dict)

    def list_page(self, messages: Sequence[Summary], search: str, counts: dict[str, int]) -> str:
        """The list of messages, newest first."""
        if not messages and not search:
            return self._page("Mailbox", _EMPTY)
        older = ""
        if len(messages) == PER_PAGE:
            older = (
                f'<p><a class="button second" href="/?q={quote(search)}&amp;before={messages[-1].number}">'
                "Older messages</a></p>"
            )
        content = f"""{_counts(counts)}
<form method="get" action="/" role="search"><div class="row">
<label>Recipient or subject<input type="search" name="q" value="{escape(search)}"></label>
<button>Search</button></div></form>
{_table(messages) if messages else _no_match(search)}
{older}"""
        return self._page("Mailbox", content)

    def message_page(self, number: int, message: Message) -> str:
        """One message, with its HTML in a sandboxed frame."""
        attachments = "".join(f"<li><bdi>{escape(name)}</bdi></li>" for name in message.attachments)
        failure = f'<p class="alert" role="alert">Not rendered: {escape(message.failure or "")}</p>'
        content = f"""{failure if message.failure else ""}
{_facts("Envelope", message.envelope())}
<h2>HTML</h2>{_frame(number) if message.html else "<p>The message has no HTML.</p>"}
<h2>Text</h2><pre>{escape(message.text) or "The message has no text."}</pre>
{f"<h2>Attachments</h2><ul>{attachments}</ul>" if attachments else ""}
{_facts("Headers", message.headers)}{_facts("Tags", list(message.tags.items()))}
<p><a href="/messages/{number}/html">HTML alone</a> · <a href="/messages/{number}/text">Text alone</a> ·
<a href="/messages/{number}/raw">Source</a></p>"""
        return self._page(_subject(message), content, over='<a href="/">All messages</a>')

    def missing_page(self) -> str:
        """The page for a message that is not there."""
        content = """<p class="empty">There is no such message, or it is no longer kept.
<a href="/">All messages</a></p>"""
        return self._page("No such message", content)

    def _page(self, title: str, content: str, *, over: str = "") -> str:
        return local_page(title, content, links=self.links, current="Mailbox", over=over)


def _counts(counts: dict[str, int]) -> str:
    twice = counts["accepted_twice"]
    repeated = (
        f' <span class="bad">{twice:,} of them more than once.</span>' if twice else " None of them twice."
    )
    return f"<p>{counts['messages']:,} messages accepted.{repeated if counts['messages'] else ''}</p>"


def _table(messages: Sequence[Summary]) -> str:
    rows = "".join(map(_row, messages))
    return f"""<table class="fold"><thead><tr><th>Subject</th><th>To</th><th>Accepted</th><th>Attempt</th></tr></thead>
<tbody>
{rows}</tbody></table>"""


def _row(summary: Summary) -> str:
    message = summary.message
    when = datetime.fromtimestamp(message.accepted_at).astimezone()
    recipients = decoded(", ".join(message.recipients))
    attempt = escape(message.tags.get("ddp_attempt", "none"))
    return (
        f'<tr><td><a href="/messages/{summary.number}"><bdi>{escape(_subject(message))}</bdi></a></td>'
        f'<td data-label="To"><bdi>{escape(recipients)}</bdi></td>'
        f'<td data-label="Accepted" class="number">{when:%Y-%m-%d %H:%M:%S}</td>'
        f'<td data-label="Attempt" class="number">{attempt}</td></tr>\n'
    )


def _no_match(search: str) -> str:
    return f"""<div class="empty"><p>No message matches “<bdi>{escape(search)}</bdi>”.</p>
<p><a href="/">Show all messages</a></p></div>"""


def _subject(message: Message) -> str:
    return decoded(message.subject) or "(no subject)"


def _facts(title: str, facts: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td><bdi>{escape(decoded(value))}</bdi></td></tr>\n'
        for name, value in facts
    )
    return f'<h2>{title}</h2>\n<table class="fold"><tbody>\n{rows}</tbody></table>\n' if rows else ""


def _frame(number: int) -> str:
    return f'<iframe sandbox title="HTML of the message" src="/messages/{number}/html"></iframe>'
