"""The way to the platforms, on which everything gets lost: requests, answers, bytes of uploads, and who asked.

It stands in for urllib3's pool below the adapters' one HTTP module, and asks the simulator without sockets.
"""

from __future__ import annotations

import io
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from urllib3.exceptions import NewConnectionError, ProtocolError, ReadTimeoutError

from infra.local.simulators.faults import Fault, FaultKind
from infra.local.simulators.platforms.calls import Answer, Call, PlatformError
from infra.local.simulators.platforms.world import World as Platforms
from infra.local.simulators.serving import HangUp
from tests.database.faults.chaos import Chaos

KINDS = [
    FaultKind.THROTTLE, FaultKind.ERROR_BEFORE, FaultKind.ERROR_AFTER, FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER,
    FaultKind.PAGE_AFTER, FaultKind.GARBLED_AFTER, FaultKind.TOKEN_EXPIRED,
]  # fmt: skip
# Bodies from this length on may break off.
LONG = 20_000


@dataclass(slots=True)
class Response:
    """As much of urllib3's response as the adapters' HTTP module reads."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    length_remaining: int = 0

    def read(self, most: int) -> bytes:
        return self.content[:most]

    def drain_conn(self) -> None:
        """Nothing is left."""

    def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class Network:
    """`meanwhile` does what others do during a call; `note` takes what must not happen."""

    chaos: Chaos
    platforms: Platforms
    meanwhile: Callable[[], None]
    note: Callable[[str], None]
    in_flight: int = 0
    is_cut: bool = False
    kinds: Sequence[FaultKind] = tuple(KINDS)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes] | None,
        **_: object,
    ) -> Response:
        self.chaos.point("before a call to a platform")
        if self.chaos.happens("no connection to a platform"):
            raise NewConnectionError(None, "refused")  # type: ignore[arg-type]  # there is no connection to name
        if self.chaos.happens("a request got lost"):
            raise self._lost()
        self.in_flight += 1
        try:
            self._others("before")
            content = body if isinstance(body, bytes) else b"".join(body or ())
            answer = self._answer(method, url, headers, content)
            self._others("after")
        finally:
            self.in_flight -= 1
        self.chaos.point("after a call to a platform")
        is_cut, self.is_cut = self.is_cut, False
        if is_cut or self.chaos.happens("an answer got lost"):
            raise self._lost()
        return Response(answer.status, dict(answer.headers), answer.content())

    def accepted(self) -> None:
        """Something has become public: this is when an answer is missed most, and when a worker dies worst."""
        if self.chaos.happens("a time-out after acceptance", 0.2):
            self.is_cut = True
        elif self.chaos.happens("killed after acceptance", 0.08):
            self.chaos.is_dead = True

    def _others(self, when: str) -> None:
        if self.chaos.happens(f"something happened {when} a call to a platform", 0.1):
            self.meanwhile()

    def _lost(self) -> Exception:
        if self.chaos.random.random() < 0.5:
            return ReadTimeoutError(None, "", "Read timed out.")  # type: ignore[arg-type]  # there is no pool to name
        return ProtocolError("Connection aborted.")

    def _answer(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> Answer:
        parts = urlsplit(url)
        arrives = len(content)
        if arrives >= LONG and self.chaos.happens("an upload broke off"):
            arrives = self.chaos.random.randrange(arrives)
        if self.chaos.happens("a platform had a fault"):
            self.platforms.faults.add(Fault(kind=self.chaos.random.choice(self.kinds)))
        call = Call(
            method=method,
            host=parts.netloc,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in headers.items()},
            size=len(content),
            read=io.BytesIO(content[:arrives]).read,
        )
        try:
            answer = self.platforms.answer(call)
        except PlatformError as error:
            answer = error.answer
        except HangUp:
            raise ProtocolError("Connection aborted.") from None
        except Exception:
            self.note(f"the platform raised: {traceback.format_exc()}")
            raise
        finally:
            self.platforms.faults.clear()
        if arrives < len(content):
            raise ProtocolError("Connection aborted.")
        return answer
