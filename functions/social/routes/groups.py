"""Routes of posts that were made at once, one for each account."""

from __future__ import annotations

from ddp import edge

router = edge.router()
