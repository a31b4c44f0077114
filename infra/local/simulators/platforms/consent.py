"""The page on which a person lets the application publish, or does not. It has no scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ddp.pages.page import policy
from infra.local.navigation import local_page
from infra.local.simulators.platforms.accounts import PEOPLE
from infra.local.simulators.platforms.calls import Answer

NAMES = {
    "facebook": "Facebook",
    "instagram": "Instagram",
    "twitter": "X",
    "linkedin": "LinkedIn",
    "tiktok": "TikTok",
    "youtube": "YouTube",
}
# The decision leads to another address, which browsers count as a target of the form.
_POLICY = policy().replace("form-action 'self'", "form-action *")
_HEADERS = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _POLICY}


def page(links: Mapping[str, str], platform: str, scopes: Sequence[str], query: str) -> Answer:
    """The page that asks; its form comes back to the same address."""
    people = "".join(
        f"<option value={person}>{person.title()}: {escape(what)}</option>" for person, what in PEOPLE.items()
    )
    choices = "".join(
        f'<label class="choice"><input type="checkbox" name="no:{escape(scope)}" value="1">'
        f"<span><code>{escape(scope)}</code></span></label>\n"
        for scope in scopes
    )
    content = f"""<p>The application asks to publish for you on {NAMES[platform]}. This is a simulator: nobody else
sees what it publishes.</p>
<form method="post" action="?{escape(query)}">
<label>Who are you?<select name="person">{people}</select></label>
<fieldset><legend>Withhold permissions</legend>
{choices}</fieldset>
<div class="row"><button name="decision" value="allow">Allow</button>
<button class="second" name="decision" value="deny">Deny</button></div>
</form>"""
    title = f"Connect {NAMES[platform]}"
    text = local_page(title, content, links=dict(links), current="Platforms")
    return Answer(body=text.encode(), headers=_HEADERS)


def problem_page(links: Mapping[str, str], sentence: str) -> Answer:
    """The page for a request that no platform would show a consent page for."""
    content = f'<p class="alert" role="alert">{escape(sentence)}</p>'
    text = local_page("This cannot be asked", content, links=dict(links), current="Platforms")
    return Answer(body=text.encode(), status=400, headers=_HEADERS)
