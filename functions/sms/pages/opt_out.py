"""The pages behind the opt-out link of an SMS: accessible HTML that loads nothing and runs no scripts."""

from __future__ import annotations

from html import escape

from ddp.pages.page import page
from ddp.queries.sms.links import Subscription


def subscription(known: Subscription) -> str:
    """Who sent the message, and a button that stops messages; or that they are stopped."""
    sender = f"<bdi>{escape(known.sender_name)}</bdi>"
    if known.has_left:
        return page("You get no more messages", _left(known, sender), over=sender)
    title = f"Stop messages from {known.sender_name}"
    return page(title, _choice(known, sender), heading=f"Stop messages from {sender}")


def not_found() -> str:
    """The page for an invalid link, whatever is wrong with it."""
    return page("This link does not work", _NOT_FOUND)


def unavailable() -> str:
    """The page for a failure on our side; the reader can try again."""
    return page("This did not work", _UNAVAILABLE)


def _choice(known: Subscription, sender: str) -> str:
    what = (
        f"{sender} sent you a text message from a number that all senders on this platform share. If you stop it,\n"
        "none of them will write to you any more."
        if known.is_shared
        else f"You get this page because {sender} sent you a text message."
    )
    return f"""<p>{what}</p>
<form method="post">
<button type="submit" name="action" value="stop">Stop messages</button>
</form>"""


def _left(known: Subscription, sender: str) -> str:
    who = "No sender on this platform" if known.is_shared else sender
    verb = "will" if known.is_shared else "will not"
    return f"""<p role="status">{who} {verb} send you text messages any more. A message that is already on its way may
still arrive.</p>"""


_NOT_FOUND = """<p>Part of it may be missing. Open the link from the message again.</p>"""

_UNAVAILABLE = """<p>Nothing has changed. Please open the link again in a few minutes.</p>"""
