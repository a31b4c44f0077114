"""HTTP calls to social platforms: one attempt, no redirects, bounded time and answers.

The libraries of the platforms repeat calls by themselves, and a repeated call publishes twice; so there are none here.
Whoever calls says whether the call is the irreversible one: then everything that leaves open what happened is Unknown.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3 import encode_multipart_formdata
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from ddp import settings
from ddp.errors import CredentialsExpired, Transient, Unknown, WorkerError
from ddp.providers.social.base import QuotaReached, Refused

# Where the platforms are simulated: https://graph.facebook.com/v26.0/me is asked for as
# {GATEWAY}/graph.facebook.com/v26.0/me. Empty: the platforms themselves.
GATEWAY = settings.optional("DDP_SOCIAL_GATEWAY")

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
# The longest answer that is read.
ANSWER_BYTES = 1_000_000
# A platform's words are kept to this length.
REASON_CHARACTERS = 500

# A platform's own reading of an answer: the error; None: it knows none. The flag: the call was the irreversible one.
Classify = Callable[["Answer", bool], WorkerError | None]
Field = str | tuple[str, bytes, str]  # of a multipart form: a text, or a file's name, bytes and type

# When the calls of this thread have to be over, by time.monotonic; None: at no certain time.
_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)

# Nothing of the request was written.
_NEVER_SENT = (NewConnectionError, ConnectTimeoutError)
_SECRETS = re.compile(r"(?i)(access_token|refresh_token|client_secret|code|fb_exchange_token)=[^&\s\"']+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a platform answered. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; {} if it is none, because errors of proxies are pages."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return {}

    @property
    def text(self) -> str:
        """The body's beginning, for people: without tokens, on one line."""
        words = " ".join(self.body[:4_000].decode("utf-8", "replace").split())
        return _SECRETS.sub(r"\1=…", words)[:REASON_CHARACTERS]

    def told(self, name: str) -> str:
        """A member of the answer to the irreversible call. Raises Unknown if it is missing: a page of a proxy?"""
        given = self.json()
        value = given.get(name) if isinstance(given, dict) else None
        if not value:
            raise Unknown(f"the answer has no {name}: {self.text}")
        return str(value)

    def retry_after(self, now: datetime | None = None) -> float | None:
        """Seconds to wait, from Retry-After (seconds or a date) or x-rate-limit-reset (a time in seconds)."""
        now = now or datetime.now(UTC)
        given = self.headers.get("retry-after", "")
        if given.isdigit():
            return float(given)
        reset = self.headers.get("x-rate-limit-reset", "")
        if reset.isdigit():
            return max(0.0, float(reset) - now.timestamp())
        try:
            at = parsedate_to_datetime(given)
        except ValueError:
            return None
        return max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now.timestamp())


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let the calls inside take so many seconds in all, because a person waits. What takes longer raises Transient."""
    before = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(before)


def call(
    method: str,
    url: str,
    *,
    classify: Classify,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    json_body: Any = None,
    multipart: Mapping[str, Field] | None = None,
    body: bytes | Iterable[bytes] | None = None,
    accepts: tuple[int, ...] = (),
    finalises: bool = False,
    seconds: float = READ_SECONDS,
) -> Answer:
    """Make one call. Returns an answer of 2xx, or of a status in `accepts`; raises the error that any other one means.

    `token` goes into the header Authorization. `form`, `json_body` and `multipart` are encoded here, `body` is sent as
    it is; pieces of one need a Content-Length among the headers.
    `finalises`: this call is the irreversible one. A time-out, a broken connection, a 5xx, or an answer that cannot be
    read, then raises Unknown, unless `classify` knows better; in other calls Transient.
    """
    given = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
    if form is not None:
        body, given["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
    elif json_body is not None:
        body, given["Content-Type"] = json.dumps(json_body).encode(), "application/json"
    elif multipart is not None:
        body, given["Content-Type"] = encode_multipart_formdata(dict(multipart))
    target = address(url + ("&" if "?" in url else "?") + urlencode(query) if query else url)
    answer = _ask(method, target, given, body, _left(seconds), finalises=finalises)
    if 200 <= answer.status < 300 or answer.status in accepts:
        return answer
    raise classify(answer, finalises) or _usual(answer, finalises=finalises)


def _left(seconds: float) -> float:
    ends_at = _ends_at.get()
    left = seconds if ends_at is None else min(seconds, ends_at - time.monotonic())
    if left <= 0:
        raise Transient("no time was left for the call")
    return left


def address(url: str) -> str:
    """Where to ask for an address of a platform, and to send people to: its own, or the gateway's."""
    if not GATEWAY:
        return url
    parts = urlsplit(url)
    return f"{GATEWAY}/{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def _ask(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | Iterable[bytes] | None,
    seconds: float,
    *,
    finalises: bool,
) -> Answer:
    lost: type[WorkerError] = Unknown if finalises else Transient
    try:
        response = _pool().request(
            method,
            url,
            headers=headers,
            body=body,
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), read=seconds),
        )
        try:
            content = response.read(ANSWER_BYTES + 1)
        finally:
            # Also ends the connection if the answer was longer than what is read.
            response.drain_conn() if response.length_remaining == 0 else response.close()
    except _NEVER_SENT as error:
        raise Transient(f"could not connect to {urlsplit(url).netloc}: {type(error).__name__}") from None
    except HTTPError as error:
        # Without the library's words, which repeat the address and with it a token.
        raise lost(f"{urlsplit(url).netloc} gave no answer: {type(error).__name__}") from None
    if len(content) > ANSWER_BYTES:
        raise lost(f"{urlsplit(url).netloc} answered more than {ANSWER_BYTES:,} bytes")
    names = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status, headers=names, body=content)


def _usual(answer: Answer, *, finalises: bool) -> WorkerError:
    """What a status means if the platform's own codes say nothing."""
    if answer.status == 401:
        return CredentialsExpired(answer.text)
    if answer.status == 429:
        return QuotaReached(answer.text, retry_after=answer.retry_after())
    if answer.status >= 500:
        reason = f"{answer.status}: {answer.text}"
        return Unknown(reason) if finalises else Transient(reason, retry_after=answer.retry_after())
    return Refused("refused", f"{answer.status}: {answer.text}")


@cache
def _pool() -> urllib3.PoolManager:
    """Connections stay open between calls. The size is the most calls that one worker makes at once."""
    return urllib3.PoolManager(num_pools=20, maxsize=10, retries=False)
