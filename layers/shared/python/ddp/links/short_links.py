"""Where the short links in SMS begin: `{LINK_URL}/{code}` is the page to opt out, `{LINK_URL}/{code}/{n}` leads on."""

from __future__ import annotations

from typing import Final

from ddp import settings

# A path of our own, or a domain that is kept for them.
LINK_URL: Final = (
    settings.optional("DDP_LINK_URL") or f"{settings.required('DDP_PUBLIC_URL').rstrip('/')}/l"
).rstrip("/")
