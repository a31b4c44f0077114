"""The phones' pages: a list of threads with a search, and a page per phone. They have no scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from urllib.parse import quote

from ddp.pages.page import policy
from infra.local.navigation import local_page
from infra.local.simulators.phone.account.identities import IDENTITIES, UNITS
from infra.local.simulators.phone.message import Message
from infra.local.simulators.phone.store import Thread

# Policy of the pages: no foreign resources, no scripts, no foreign frame around them.
POLICY = policy()
PER_PAGE = 50
# What the buttons answer.
QUICK = ("STOP", "HELP", "START")
# The longest answer that the page takes, in characters.
LONGEST = 1600

_TWO_WAY = frozenset(each.identity for each in IDENTITIES if each.is_two_way)
_EMPTY = """<div class="empty"><p>No message has been sent yet.</p>
<p><code>make demo</code> sends texts to 20 countries; <code>ddp campaign send --channel sms</code>
sends yours.</p></div>"""
_WHO = {"out": "Sent by", "in": "Answered to", "auto": "Answered for"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The pages; `links` are what they link to at the top, by name."""

    links: dict[str, str] = field(default_factory=dict)

    def list_page(self, threads: Sequence[Thread], search: str, counts: dict[str, int], now: float) -> str:
        """The list of phones, the latest message first."""
        if not threads and not search:
            return self._page("Phones", _EMPTY)
        older = ""
        if len(threads) == PER_PAGE:
            older = (
                f'<p><a class="button second" href="/?q={quote(search)}&amp;before={threads[-1].number}">'
                "Older threads</a></p>"
            )
        content = f"""{_counts(counts)}
<form method="get" action="/" role="search"><div class="row">
<label>Number or last text<input type="search" name="q" value="{escape(search)}"></label>
<button>Search</button></div></form>
{_table(threads, now) if threads else _no_match(search)}
{older}"""
        return self._page("Phones", content)

    def thread_page(self, phone: str, messages: Sequence[Message], now: float, problem: str = "") -> str:
        """The messages of one phone, and a box to answer. `problem`: why the last answer was not taken."""
        alert = f'<p class="alert" role="alert">{escape(problem)}</p>\n' if problem else ""
        bubbles = "".join(_bubble(message, now) for message in messages)
        content = f'{alert}<ol class="thread">\n{bubbles}</ol>\n{_answer(phone, messages)}'
        title = f"{messages[-1].country} {phone}"
        return self._page(title, content, over='<a href="/">All phones</a>')

    def missing_page(self) -> str:
        """The page for a phone that got no message."""
        content = """<p class="empty">This phone got no message, or its messages are no longer kept.
<a href="/">All phones</a></p>"""
        return self._page("No such phone", content)

    def _page(self, title: str, content: str, *, over: str = "") -> str:
        return local_page(title, content, links=self.links, current="Phones", over=over)


def dollars(amount: int) -> str:
    """An amount of 0.00001 US dollars, as people read it."""
    return f"${amount / UNITS:,.5f}"


def _counts(counts: dict[str, int]) -> str:
    twice = counts["accepted_twice"]
    repeated = (
        f' <span class="bad">{twice:,} of them more than once.</span>' if twice else " None of them twice."
    )
    return (
        f"<p>{counts['messages']:,} messages accepted, {counts['answers']:,} answers received. The messages cost "
        f"{dollars(counts['charged'])}.{repeated if counts['messages'] else ''}</p>"
    )


def _table(threads: Sequence[Thread], now: float) -> str:
    rows = "".join(_row(thread, now) for thread in threads)
    return f"""<table class="fold"><thead><tr><th>Phone</th><th>Country</th><th>Last text</th><th>State</th>
<th>When</th></tr></thead><tbody>
{rows}</tbody></table>"""


def _row(thread: Thread, now: float) -> str:
    last = thread.last
    shown = last.body if len(last.body) <= 120 else f"{last.body[:119]}…"
    return (
        f'<tr><td class="number"><a href="/phones/{escape(last.phone)}">{escape(last.phone)}</a></td>'
        f'<td data-label="Country">{escape(last.country)}</td>'
        f'<td data-label="Last text"><bdi>{escape(shown)}</bdi></td>'
        f'<td data-label="State" class="number">{_state(last, now)}</td>'
        f'<td data-label="When" class="number">{_time(last.at)}</td></tr>\n'
    )


def _bubble(message: Message, now: float) -> str:
    facts = [f"{_WHO[message.direction]} {escape(message.identity)}", _time(message.at)]
    if message.direction == "out":
        parts = "1 part" if message.parts == 1 else f"{message.parts} parts"
        cost = dollars(message.price + message.fee)
        facts += [f"{parts}, {message.encoding}", cost, _state(message, now)]
    side = ' class="answer"' if message.direction == "in" else ""
    return (
        f'<li{side}><p class="bubble"><bdi>{escape(message.body)}</bdi></p>'
        f"<small>{' · '.join(facts)}</small></li>\n"
    )


def _state(message: Message, now: float) -> str:
    if message.direction != "out":
        return "answer" if message.direction == "in" else "automatic answer"
    state = message.state(now)
    kind = "good" if state in {"SUCCESSFUL", "DELIVERED"} else "soft" if state in _WAITING else "bad"
    return f'<span class="{kind}">{state.replace("_", " ").lower()}</span>'


_WAITING = {"ACCEPTED", "QUEUED", "PENDING", "SENT", "UNKNOWN"}


def _answer(phone: str, messages: Sequence[Message]) -> str:
    """The box to answer: to the identity that wrote last, or another one of the thread."""
    written = dict.fromkeys(message.identity for message in reversed(messages))
    choices = [identity for identity in written if identity in _TWO_WAY]
    if not choices:
        return '<p class="soft">Nobody can answer: these senders are one-way.</p>'
    options = "".join(f"<option>{escape(identity)}</option>" for identity in choices)
    buttons = "".join(
        f'<button class="second" name="quick" value="{word}" formnovalidate>{word}</button>\n'
        for word in QUICK
    )
    return f"""<form method="post" action="/answer"><input type="hidden" name="phone" value="{escape(phone)}">
<div class="row"><label>Answer to<select name="identity">{options}</select></label>
<label>Text<input type="text" name="body" maxlength="{LONGEST}" required></label><button>Send</button></div>
<div class="row">
{buttons}</div></form>"""


def _no_match(search: str) -> str:
    return f"""<div class="empty"><p>No phone matches “<bdi>{escape(search)}</bdi>”.</p>
<p><a href="/">Show all phones</a></p></div>"""


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M:%S}"
