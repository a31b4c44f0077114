"""The portal: where everything of the local stack is, whether it runs, and tokens to copy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape
from pathlib import Path

from ddp.pages.page import headers
from infra.local.control import Status
from infra.local.identity.users import USERS
from infra.local.navigation import local_page, navigation
from infra.local.portal.figures import freshness, report_card
from infra.local.state import Part, Phase

# The page's own script copies texts; without it they can be selected.
HEADERS = headers(script_src="'self'")

WORK = {
    "postgres": "The database",
    "emulator": "AWS on this machine: S3, queues, topics, schedules",
    "runner": "Runs the Lambda functions",
    "mailbox": "Takes every e-mail, and sends none",
    "phones": "Take every SMS, and send none; answer STOP",
    "platforms": "Six social platforms, which publish nothing outside this machine",
    "web": "This page, the documentation, access tokens",
}

_EXPLAINED = {
    Phase.STARTING: "Reload this page in a moment.",
    Phase.RESTARTING: "A part ended unexpectedly and starts again.",
    Phase.BROKEN: "A part ended and does not start again. <code>ddp local logs</code> says why; "
    "<code>ddp local up</code> starts everything again.",
    Phase.FAILED: "<code>ddp local logs</code> says why it did not start.",
    Phase.STOPPED: "<code>make dev</code> starts it.",
}

_MAILBOX = """<section class="card"><h2>Mailbox</h2>
<p>Every e-mail that the functions have sent, as its recipient gets it.</p>
<p><a class="button second" href="{url}/">Open the mailbox</a></p></section>"""

_PHONES = """<section class="card"><h2>Phones</h2>
<p>Every SMS that the functions have sent, by phone, with its parts and its price. Answer there: STOP works.</p>
<p><a class="button second" href="{url}/">Open the phones</a></p></section>"""

_PLATFORMS = """<section class="card"><h2>Platforms</h2>
<p>Six feeds: every post that the functions have published, with its media and its first comment.</p>
<p><a class="button second" href="{url}/">Open the platforms</a></p></section>"""


def page_of(
    status: Status, tokens: Mapping[str, str], portal_url: str, *, report: Path, as_of: datetime | None
) -> str:
    """The page; `tokens` are access tokens by the users' keys, `as_of` says until when figures are counted."""
    links = navigation(
        portal_url=portal_url,
        mailbox_url=status.urls.get("Mailbox", ""),
        phones_url=status.urls.get("Phones", ""),
        platforms_url=status.urls.get("Platforms", ""),
    )
    content = "\n".join(
        (
            _phase(status),
            freshness(as_of) if status.is_ready else "",
            _places(status.urls, report_card(report)),
            _tokens(status.urls.get("API", ""), tokens),
            _parts(status.parts),
        )
    )
    script = '<script src="portal.js"></script>'
    return local_page("Local stack", content + script, links=links, current="Local stack")


def _phase(status: Status) -> str:
    if status.is_ready:
        return '<p><span class="good">✓ Ready.</span> Every part is running on this machine.</p>'
    return f"""<p><span class="bad">{status.phase.capitalize()}.</span> {_EXPLAINED[status.phase]}
{escape(status.explanation)}</p>"""


def _places(urls: Mapping[str, str], report: str) -> str:
    simulators = "\n".join(
        card.format(url=escape(urls[name]))
        for name, card in (("Mailbox", _MAILBOX), ("Phones", _PHONES), ("Platforms", _PLATFORMS))
        if name in urls
    )
    return f"""<div class="cards">
<section class="card"><h2>API documentation</h2>
<p>Every operation, with samples of code. Call them from the page, signed in as
{_of_users()}.</p>
<p><a class="button" href="docs/">Read the documentation</a></p></section>
{simulators}
<section class="card"><h2>Example front end</h2>
<p>Sign in, upload, send and watch with the TypeScript client, <code>functions/client</code>.</p>
<p><a class="button second" href="example/">Open the example</a></p></section>
<section class="card"><h2>Calendar</h2>
<p>What is scheduled and what went out, by day and hour, of each account.</p>
<p><a class="button second" href="calendar/">Open the calendar</a></p></section>
{report}
<section class="card"><h2>See it work</h2>
<p><code>make demo</code> uploads files, shares them, posts to six platforms, sends a campaign to 2,000 recipients,
and takes orders.</p>
<p><code>ddp campaign send</code> and <code>ddp social post</code> send your own. <code>ddp local logs</code> prints
what the functions say.</p>
</section>
</div>"""


def _of_users() -> str:
    """Links to the documentation, signed in as each user."""
    return ", ".join(f'<a href="docs/?user={key}">{key}</a>' for key in USERS)


def _tokens(api_url: str, tokens: Mapping[str, str]) -> str:
    address = _copied("api", "Address of the API", api_url) if api_url else ""
    users = "".join(
        _copied(key, f"Token of {USERS[key].user_name} ({key})", token) for key, token in tokens.items()
    )
    return f"""<h2>Access</h2>
<p class="soft">Send a token in the header <code>Authorization: Bearer …</code>. It works for eight hours;
<code>ddp local token brand</code> prints one in a terminal.</p>
{address}{users}"""


def _copied(key: str, label: str, text: str) -> str:
    """A text to copy; the script shows the button."""
    label = escape(label)
    return f"""<div class="row">
<label>{label}<input type="text" id="{key}" value="{escape(text)}" readonly></label>
<button class="second" type="button" data-copies="{key}" aria-label="Copy: {label}" hidden>Copy</button>
</div>
"""


def _parts(parts: tuple[Part, ...]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(part.name)}</th><td>{WORK.get(part.name, "")}</td>'
        f'<td data-label="State">{_state(part)}</td><td data-label="Log"><code>{escape(part.log)}</code></td></tr>\n'
        for part in parts
    )
    if not rows:
        return (
            '<h2>Parts</h2>\n<p class="empty">No part has started yet. <code>make dev</code> starts them.</p>'
        )
    return f"""<h2>Parts</h2>
<table class="fold"><thead><tr><th>Part</th><th>What it does</th><th>State</th><th>Log</th></tr></thead>
<tbody>
{rows}</tbody></table>"""


def _state(part: Part) -> str:
    if not part.is_running:
        return f'<span class="bad">ended {escape(part.ended or "")}</span>'
    again = f", started again: {part.restarts}" if part.restarts else ""
    return f'<span class="good">running</span>{again}'
