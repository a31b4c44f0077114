"""The pages of the address to which platforms send people back, where no front end is known to lead them on to."""

from __future__ import annotations

from ddp.pages.page import page


def unknown() -> str:
    """The page for a state that nobody was given here."""
    return page("This address does not work", _UNKNOWN)


def unavailable() -> str:
    """The page for a failure on our side."""
    return page("This did not work", _UNAVAILABLE)


_UNKNOWN = (
    """<p>Nothing was connected. Go back to where you began, and connect the account again from there.</p>"""
)

_UNAVAILABLE = """<p>Nothing was connected. Go back to where you began, and try again in a few minutes.</p>"""
