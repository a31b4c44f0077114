"""Routes of posts."""

from __future__ import annotations

from ddp import edge

router = edge.router()
