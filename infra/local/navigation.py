"""The frame of the local runtime's own pages: the product's page below links to the others."""

from __future__ import annotations

from html import escape

from ddp.pages.page import page

_CURRENT = ' aria-current="page"'


def local_page(title: str, content: str, *, links: dict[str, str], current: str = "", over: str = "") -> str:
    """A whole page; `links` are URLs by name, `current` names the one that is shown. Content and `over` are HTML."""
    shown = "".join(
        f'<a href="{escape(url)}"{_CURRENT if name == current else ""}>{escape(name)}</a>\n'
        for name, url in links.items()
    )
    header = f'<header><nav aria-label="Local stack">\n{shown}</nav></header>\n'
    return page(title, content, header=header, over=over, is_wide=True)


def navigation(
    *, portal_url: str = "", mailbox_url: str = "", phones_url: str = "", platforms_url: str = ""
) -> dict[str, str]:
    """The links, as far as these addresses are known; an empty one leaves its links out."""
    paths = (
        {"Local stack": "", "API": "docs/", "Example": "example/", "Calendar": "calendar/"}
        if portal_url
        else {}
    )
    of_portal = {name: f"{portal_url}/{path}" for name, path in paths.items()}
    simulators = {"Mailbox": mailbox_url, "Phones": phones_url, "Platforms": platforms_url}
    return of_portal | {name: f"{url}/" for name, url in simulators.items() if url}
