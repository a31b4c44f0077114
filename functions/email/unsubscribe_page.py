"""The pages behind an unsubscribe link: accessible HTML that loads nothing and runs no scripts."""

from __future__ import annotations

from html import escape

from ddp.pages.page import page
from ddp.queries.email.subscriptions import Subscription


def preferences(known: Subscription, *, problem: str = "") -> str:
    """What the recipient has chosen and can choose; `problem` says what was wrong with the form that was sent."""
    if known.left_everything:
        return page("You are unsubscribed from everything", _left_everything(known), over=_sender(known))
    if known.left_sender:
        return page("You are unsubscribed", _left_sender(known), over=_sender(known))
    if known.is_barred:
        return page("You get no e-mails from this sender", _BARRED, over=_sender(known))
    return page("Unsubscribe", _choice(known, problem), over=_sender(known))


def confirmation(known: Subscription) -> str:
    """Asks once more before all senders of the platform are stopped."""
    return page("Unsubscribe from everything?", _question(known), over=_sender(known))


def test_message() -> str:
    """The page behind the link of a test message, which changes nothing."""
    return page("This was a test message", _TEST)


def not_found() -> str:
    """The page for an invalid link, whatever is wrong with it."""
    return page("This link does not work", _NOT_FOUND)


def unavailable() -> str:
    """The page for a failure on our side; the reader can try again."""
    return page("This did not work", _UNAVAILABLE)


def _sender(known: Subscription) -> str:
    return f"<bdi>{escape(known.sender_name)}</bdi>"


def _choice(known: Subscription, problem: str) -> str:
    sender = _sender(known)
    alert = f'<p class="alert" role="alert"><strong>{escape(problem)}</strong></p>' if problem else ""
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


def _question(known: Subscription) -> str:
    only_sender = _button("unsubscribe", "sender", f"No, only from {_sender(known)}")
    return f"""<p role="status">Nothing has changed yet. You would get no more e-mails from any sender on this platform,
also from those that you know.</p>
{_button("unsubscribe", "everything", "Yes, unsubscribe from everything", is_confirmed=True)}
{"" if known.left_sender else only_sender}"""


def _left_sender(known: Subscription) -> str:
    undo = _button("resubscribe", "sender", "Undo: subscribe again")
    return f"""<p role="status">{_sender(known)} will not send you e-mails any more.
A message that is already on its way may still arrive.</p>
{undo if known.may_return_to_sender else _OTHER_LINK}
<h2>Do you want no e-mails at all?</h2>
<p>You can also unsubscribe from all senders on this platform.</p>
{_button("unsubscribe", "everything", "Unsubscribe from everything")}"""


def _left_everything(known: Subscription) -> str:
    undo = _button("resubscribe", "everything", "Undo: allow e-mails again")
    return f"""<p role="status">You will get no more e-mails from any sender on this platform. A message that is already
on its way may still arrive.</p>
{undo if known.may_return_to_everything else _OTHER_LINK}"""


def _button(action: str, scope: str, label: str, *, is_confirmed: bool = False) -> str:
    confirmed = '<input type="hidden" name="confirmed" value="yes">\n' if is_confirmed else ""
    return f"""<form method="post">
<input type="hidden" name="scope" value="{scope}">
{confirmed}<button class="second" type="submit" name="action" value="{action}">{label}</button>
</form>"""


_OTHER_LINK = """<p>If you change your mind, open the link from the e-mail with which you unsubscribed.</p>"""

_TEST = """<p>Its unsubscribe link does nothing. In the messages that recipients get, it opens the page where they
unsubscribe.</p>"""

_BARRED = """<p role="status">This sender does not send e-mails to your address. You do not need to do anything.</p>"""

_NOT_FOUND = """<p>Part of it may be missing. Open the link from the e-mail again, or use the unsubscribe
button that your e-mail program shows next to the sender.</p>"""

_UNAVAILABLE = """<p>Nothing has changed. Please open the link again in a few minutes.</p>"""
