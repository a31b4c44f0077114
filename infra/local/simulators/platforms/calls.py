"""A call to a platform, and the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from infra.local.simulators.faults import Fault
    from infra.local.simulators.platforms.media import Fetched
    from infra.local.simulators.platforms.world import World

# The longest body that is held in memory; uploads are read in pieces.
MAX_BODY = 16 << 20
PIECE = 1 << 18
_NAME = re.compile(rb'name="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer; `body` is JSON, or bytes as they are. `None`: without a body."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """The body's bytes."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class PlatformError(Exception):
    """The platform refuses a call, with this answer. Nothing of the call remains."""

    def __init__(self, body: Any, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(json.dumps(body))
        self.answer = Answer(body=body, status=status, headers=headers or {})


class Call:
    """A request to a real host. `headers` have lower-case names.

    `read(n)` returns up to n bytes of a body that is not read yet, fewer only at its end or when the caller is gone;
    `left` is how many are not read yet.
    `fault`: what is still to go wrong after the call has taken effect. `fetched`: what was fetched, by address.
    `is_partial`: a fault wants an answer that lacks some of what was asked for.
    """

    def __init__(
        self,
        *,
        method: str,
        host: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        size: int,
        read: Callable[[int], bytes],
    ) -> None:
        self.method, self.host, self.path, self.query = method, host, path, query
        self.headers, self.size = headers, size
        self._read, self.left = read, size
        self.fault: Fault | None = None
        self.is_partial = False
        self.fetched: dict[str, Fetched] = {}

    def read(self, length: int) -> bytes:
        """The next bytes of the body."""
        piece = self._read(min(length, self.left)) if self.left else b""
        self.left = self.left - len(piece) if piece else 0
        return piece

    def drain(self) -> None:
        """Read what is left of the body, so that another request may follow."""
        while self.read(PIECE):
            pass

    @cached_property
    def body(self) -> bytes:
        """The whole body. Raises PlatformError for one that is too long to hold, or ends too early."""
        if self.size > MAX_BODY:
            raise PlatformError({"message": f"A request may have {MAX_BODY} bytes."}, 413)
        body = self.read(self.size)
        if len(body) < self.size:
            raise PlatformError({"message": "The request ended too early."}, 400)
        return body

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The parts of a multipart form, by name."""
        kind = self.headers.get("content-type", "")
        if not kind.startswith("multipart/form-data"):
            return {}
        boundary = kind.partition("boundary=")[2].strip('"').encode()
        found = {}
        for part in self.body.split(b"--" + boundary)[1:-1]:
            head, _, content = part.partition(b"\r\n\r\n")
            if name := _NAME.search(head):
                found[name[1].decode()] = content.removesuffix(b"\r\n")
        return found

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The fields of a query, and of a body of JSON or a form."""
        kind = self.headers.get("content-type", "").partition(";")[0]
        given: dict[str, Any] = dict(self.query)
        if kind == "application/json" and self.size:
            try:
                value = json.loads(self.body)
            except ValueError:
                value = None
            given |= value if isinstance(value, dict) else {}
        elif kind == "application/x-www-form-urlencoded":
            given |= dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))
        else:
            short = {name: content for name, content in self.files.items() if len(content) <= 100_000}
            given |= {name: content.decode(errors="replace") for name, content in short.items()}
        return given

    def text(self, name: str) -> str:
        """A field as text; empty if it is missing."""
        value = self.fields.get(name)
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)

    @property
    def token(self) -> str:
        """The token in the header Authorization (Bearer or OAuth), or empty."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if kind.lower() in {"bearer", "oauth"} else ""


Handle = Callable[..., Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A call that a platform knows. `handle(world, call, *groups of the pattern)`.

    `operation` is what faults name it by. With `streams`, the handler reads the body itself and makes its own
    transactions; else it runs inside one. `fetches` names addresses that the platform fetches before.
    """

    method: str
    host: str
    pattern: re.Pattern[str]
    operation: str
    handle: Handle
    streams: bool = False
    fetches: Callable[[World, Call], list[str]] | None = None

    @property
    def platform(self) -> str:
        """The platform, by its name in the database."""
        return self.operation.partition(".")[0]


def route(
    method: str,
    address: str,
    operation: str,
    handle: Handle,
    *,
    streams: bool = False,
    fetches: Callable[[World, Call], list[str]] | None = None,
) -> Route:
    """A route; `address` is a host and a path, in which `{}` stands for one segment."""
    host, _, path = address.partition("/")
    pattern = re.compile("/" + "([^/]+)".join(re.escape(piece) for piece in path.split("{}")) + "/?")
    return Route(
        method=method,
        host=host,
        pattern=pattern,
        operation=operation,
        handle=handle,
        streams=streams,
        fetches=fetches,
    )
