"""A client of the mailbox's controls, for the demo and the tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import urllib3

_http = urllib3.PoolManager(retries=False, timeout=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxClient:
    """A running mailbox."""

    url: str

    def accepted(self, sends: Iterable[str]) -> dict[str, int]:
        """How often the message of each send was accepted, by email_send_id."""
        return dict(self._call("POST", "accepted", {"sends": list(sends)}))

    def showing(self, sends: Iterable[str], texts: Sequence[str]) -> int:
        """How many messages of these sends have all of these texts in their HTML."""
        return int(self._call("POST", "showing", {"sends": list(sends), "texts": list(texts)})["messages"])

    def counts(self) -> dict[str, int]:
        """Numbers: messages, sends, accepted_twice, events_published, events_waiting."""
        return dict(self._call("GET", "counts"))

    def change(
        self, *, behaviour: dict[str, Any] | None = None, quota: dict[str, float] | None = None
    ) -> None:
        """Change the recipients' behaviour, or the quota."""
        self._call("PUT", "settings", {"behaviour": behaviour or {}, "quota": quota or {}})

    def settings(self) -> dict[str, Any]:
        """The current behaviour and quota."""
        return dict(self._call("GET", "settings"))

    def fail(self, kind: str, **fault: Any) -> None:
        """Add a fault; its fields are those of Fault in faults.py."""
        self._call("POST", "faults", {"kind": kind, **fault})

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._call("DELETE", "faults", {})

    def _call(self, method: str, name: str, body: Any = None) -> Any:
        answer = _http.request(method, f"{self.url}/_mailbox/{name}", json=body)
        if answer.status != 200:
            raise ValueError(f"The mailbox answered {answer.status}: {answer.data.decode()}")
        return answer.json()
