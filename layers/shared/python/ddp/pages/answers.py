"""Answers with pages, on paths where API clients get JSON."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import Response

from ddp.pages.page import headers

Page = Response[str]


def wants_page(event: dict[str, Any], prefix: str) -> bool:
    """Whether a browser opens a path that begins so, by its address bar or a click."""
    accepted = event.get("headers", {}).get("accept", "")
    return event["rawPath"].startswith(prefix) and "text/html" in accepted


def answer(status: int, text: str, **sources: str) -> Page:
    """A page, whose Content-Security-Policy allows these sources (ddp.pages.page.policy)."""
    return Response(
        status_code=status,
        content_type="text/html; charset=utf-8",
        headers={**headers(**sources), "Vary": "Accept"},
        body=text,
    )
