"""The pages behind an unsubscribe link: accessible HTML that loads nothing and runs no scripts."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from ddp.queries.email.subscriptions import Subscription

# Text on background has a contrast of 15:1, the button 7:1 and its outline 12:1 (WCAG 2.2 asks for 4.5 and 3).
_STYLE = """
:root{color-scheme:light}
body{margin:0;background:#fff;color:#1d1d1f;font:1.125rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:36rem;margin:0 auto;padding:2rem 1rem}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 1rem}
form{margin:1.5rem 0}
fieldset{border:1px solid #6e6e73;border-radius:.5rem;margin:0 0 1rem;padding:.75rem 1rem;min-width:0}
legend{font-weight:600;padding:0 .25rem}
.choice{display:flex;gap:.75rem;align-items:flex-start;padding:.5rem 0;min-height:1.5rem}
.choice input{width:1.5rem;height:1.5rem;margin:0;flex:none}
button{font:inherit;font-weight:600;padding:.75rem 1.5rem;border:2px solid #0b4a8f;border-radius:.5rem;
background:#0b4a8f;color:#fff;cursor:pointer}
button.second{background:#fff;color:#0b4a8f}
:focus-visible{outline:3px solid #1d1d1f;outline-offset:3px}
@media (forced-colors:active){button{border-color:ButtonText}}
"""

# The page runs and loads nothing, cannot be framed, and sends its forms only to its own origin. Its style is allowed
# by its hash.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'sha256-"
    + b64encode(sha256(_STYLE.encode()).digest()).decode()
    + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the URL contains the token
    "Content-Language": "en",
}


def preferences(known: Subscription, *, problem: str = "") -> str:
    """What the recipient has chosen and can choose; `problem` says what was wrong with the form that was sent."""
    sender = f"<bdi>{escape(known.sender_name)}</bdi>"
    if known.left_everything:
        return _page("You are unsubscribed from everything", _left_everything())
    if known.left_sender:
        return _page("You are unsubscribed", _left_sender(sender))
    if known.is_barred:
        return _page("You get no e-mails from this sender", _BARRED)
    return _page("Unsubscribe", _choice(sender, problem))


def not_found() -> str:
    """The page for an invalid link, whatever is wrong with it."""
    return _page("This link does not work", _NOT_FOUND)


def unavailable() -> str:
    """The page for a failure on our side; the reader can try again."""
    return _page("This did not work", _UNAVAILABLE)


def _choice(sender: str, problem: str) -> str:
    alert = f'<p role="alert"><strong>{escape(problem)}</strong></p>' if problem else ""
    return f"""{alert}<p>You get this page because {sender} sent you an e-mail.</p>
<form method="post">
<fieldset>
<legend>Which e-mails do you no longer want?</legend>
<div class="choice"><input type="radio" id="sender" name="scope" value="sender" checked>
<label for="sender">E-mails from {sender}</label></div>
<div class="choice"><input type="radio" id="everything" name="scope" value="everything">
<label for="everything">All e-mails from all senders on this platform</label></div>
</fieldset>
<button type="submit" name="action" value="unsubscribe">Unsubscribe</button>
</form>"""


def _left_sender(sender: str) -> str:
    return f"""<p role="status">{sender} will not send you e-mails any more.
A message that is already on its way may still arrive.</p>
{_button("resubscribe", "sender", "Undo: subscribe again")}
<h2>Do you want no e-mails at all?</h2>
<p>You can also unsubscribe from all senders on this platform.</p>
{_button("unsubscribe", "everything", "Unsubscribe from everything")}"""


def _left_everything() -> str:
    return f"""<p role="status">You will get no more e-mails from any sender on this platform. A message that is already
on its way may still arrive.</p>
{_button("resubscribe", "everything", "Undo: allow e-mails again")}"""


def _button(action: str, scope: str, label: str) -> str:
    return f"""<form method="post">
<input type="hidden" name="scope" value="{scope}">
<button class="second" type="submit" name="action" value="{action}">{label}</button>
</form>"""


_BARRED = """<p role="status">This sender does not send e-mails to your address. You do not need to do anything.</p>"""

_NOT_FOUND = """<p>Part of it may be missing. Open the link from the e-mail again, or use the unsubscribe
button that your e-mail program shows next to the sender.</p>"""

_UNAVAILABLE = """<p>Nothing has changed. Please open the link again in a few minutes.</p>"""


def _page(title: str, content: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""
