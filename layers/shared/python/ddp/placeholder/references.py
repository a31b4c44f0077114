"""The reference to the message in the links of a tracked page: `?ddp_ref=…`, which the shop returns with an order."""

from __future__ import annotations

import re
from html import escape, unescape

PARAMETER = "ddp_ref"

# What a browser opens as a page. Others (mailto:, tel:, #part) lead to no shop.
_PAGE = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)


def added(target: str, reference: str) -> str:
    """The target of a link (as in the tag, with its quotes) with the reference; empty if it stays as it is."""
    address = unescape(target.strip("\"'")).strip()
    if not reference or not _PAGE.match(address):
        return ""
    return f'"{escape(with_reference(address, reference))}"'


def with_reference(address: str, reference: str) -> str:
    """The address of a page with the reference, before its fragment."""
    page, hash_sign, part = address.partition("#")
    separator = "" if page.endswith(("?", "&")) else "&" if "?" in page else "?"
    return f"{page}{separator}{PARAMETER}={reference}{hash_sign}{part}"
