"""A client of the phone simulator's controls, for the demo and the tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import urllib3

_http = urllib3.PoolManager(retries=False, timeout=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneClient:
    """A running phone simulator."""

    url: str

    def answer(self, *, phone: str, identity: str, body: str) -> dict[str, Any]:
        """A phone answers to an identity; returns message_id, is_published, and reply (of provider or carrier)."""
        return dict(self._call("POST", "/answer", {"phone": phone, "identity": identity, "body": body}))

    def messages(self, phone: str) -> list[dict[str, Any]]:
        """The messages from and to a phone, the oldest first; the fields are those of Message and `state`."""
        return list(self._call("POST", "/_phone/messages", {"phone": phone})["messages"])

    def accepted(self, sends: Iterable[str]) -> dict[str, int]:
        """How often the message of each send was accepted, by sms_send_id."""
        return dict(self._call("POST", "/_phone/accepted", {"sends": list(sends)}))

    def counts(self) -> dict[str, int]:
        """Numbers: messages, sends, accepted_twice, answers, events_published, events_waiting; and `charged`."""
        return dict(self._call("GET", "/_phone/counts"))

    def charged(self) -> Decimal:
        """What all messages cost, in US dollars."""
        return Decimal(self.counts()["charged"]).scaleb(-5)

    def change(
        self, *, behaviour: dict[str, Any] | None = None, account: dict[str, Any] | None = None
    ) -> None:
        """Change how carriers and phones behave, or the account: countries, spend_limit, rates."""
        self._call("PUT", "/_phone/settings", {"behaviour": behaviour or {}, "account": account or {}})

    def settings(self) -> dict[str, Any]:
        """The current behaviour and account."""
        return dict(self._call("GET", "/_phone/settings"))

    def fail(self, kind: str, **fault: Any) -> None:
        """Add a fault; its fields are those of Fault in faults.py."""
        self._call("POST", "/_phone/faults", {"kind": kind, **fault})

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._call("DELETE", "/_phone/faults", {})

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = _http.request(method, self.url + path, json=body)
        if answer.status != 200:
            raise ValueError(f"The phone simulator answered {answer.status}: {answer.data.decode()}")
        return answer.json()
