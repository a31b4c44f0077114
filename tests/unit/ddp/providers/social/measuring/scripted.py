"""A platform that gives the answers of a script, and the samples of events/engagement to write scripts with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from ddp.providers.social.base import Account, PostType
from ddp.providers.social.measures import MeasuredPost

SAMPLES = Path(__file__).parents[6] / "events/engagement"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request: its path starts with the platform's host, its query is as it was written."""

    method: str
    path: str
    query: str
    token: str
    body: bytes

    @property
    def fields(self) -> dict[str, str]:
        """The query's and the form's fields."""
        texts = self.query, self.body.decode() if self.body[:1] != b"{" else ""
        return {name: values[0] for text in texts for name, values in parse_qs(text).items()}


@dataclass(frozen=True, kw_only=True)
class Script:
    """One answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Platform:
    """Answers each call by the next line of its script, or by a function of the call."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.script: list[Script] = []
        self.answer: Callable[[Call], Script] = lambda _: self.script.pop(0)

    def says(self, *answers: Script) -> None:
        self.script.extend(answers)


def handler(platform: Platform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_call(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            call = Call(
                method=self.command,
                path=parts.path.lstrip("/"),
                query=parts.query,
                token=self.headers.get("Authorization", ""),
                body=self.rfile.read(length),
            )
            platform.calls.append(call)
            answer = platform.answer(call)
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = handle_call  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def sample(name: str) -> Any:
    """A sample's body."""
    return json.loads((SAMPLES / f"{name}.json").read_text())["body"]


def said(name: str) -> Script:
    """A sample as an answer."""
    given = json.loads((SAMPLES / f"{name}.json").read_text())
    return Script(status=given["status"], body=given["body"])


def part(answer: Script) -> dict[str, Any]:
    """An answer as one part of a batch."""
    return {"code": answer.status, "headers": [], "body": json.dumps(answer.body)}


def batch(*answers: Script | None) -> Script:
    """A batch's answer; None: Meta ran out of time."""
    return Script(body=[answer and part(answer) for answer in answers])


def post(external_id: str, post_type: PostType = PostType.IMAGE, *, days_old: float = 1) -> MeasuredPost:
    published_at = datetime.now(UTC) - timedelta(days=days_old)
    return MeasuredPost(
        post_id=uuid4(), external_id=external_id, post_type=post_type, published_at=published_at
    )


def account(kind: str, external_account_id: str = "102") -> Account:
    return Account(
        external_account_id=external_account_id, kind=kind, handle="watches", access_token="SECRET-token"
    )


def counts(reading: Any) -> dict[UUID, dict[str, int]]:
    return {post_id: dict(found) for post_id, found in reading.counts.items()}
