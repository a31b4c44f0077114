"""A client of the platform simulator's controls and consent pages, for the demo and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import urllib3

_http = urllib3.PoolManager(retries=False, timeout=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformsClient:
    """A running platform simulator. `url` is also the gateway of the platforms' hosts (DDP_SOCIAL_GATEWAY)."""

    url: str

    def address(self, url: str) -> str:
        """Where the simulator has an address of a platform; one of its own stays."""
        if url.startswith(f"{self.url}/"):
            return url
        parts = urlsplit(url)
        return f"{self.url}/{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def consent(
        self, authorise_url: str, *, person: str = "ada", decision: str = "allow", withheld: str = ""
    ) -> str:
        """Decide on a consent page; returns the address that the platform sends the person back to.

        `withheld`: scopes that are not granted, separated by spaces.
        """
        answer = _http.request(
            "POST",
            self.address(authorise_url),
            fields={"person": person, "decision": decision, "withheld": withheld},
            encode_multipart=False,
            redirect=False,
        )
        if answer.status != 302:
            raise ValueError(f"The consent page answered {answer.status}: {answer.data.decode()}")
        return str(answer.headers["Location"])

    def finalised(self, platform: str | None = None, account: str | None = None) -> list[dict[str, Any]]:
        """All that became public: at, platform, account, kind, object_id, text, media; the oldest first."""
        return list(self._call("POST", "finalised", {"platform": platform, "account": account})["finalised"])

    def counts(self) -> dict[str, int]:
        """Posts by platform, comments, and twitter_dollars in 0.001 US dollars."""
        return dict(self._call("GET", "counts"))

    def charged(self) -> Decimal:
        """What X charged, in US dollars."""
        return Decimal(self.counts()["twitter_dollars"]).scaleb(-3)

    def accounts(self, platform: str, person: str = "ada") -> list[dict[str, Any]]:
        """The accounts of a person."""
        return list(self._call("POST", "accounts", {"platform": platform, "person": person})["accounts"])

    def tokens(self, platform: str, account: str, scopes: list[str]) -> dict[str, Any]:
        """Tokens of an account without consent: access_token, refresh_token, and when each ends."""
        wanted = {"platform": platform, "account": account, "scopes": scopes}
        return dict(self._call("POST", "tokens", wanted))

    def objects(self, platform: str, kind: str, owner: str | None = None) -> list[dict[str, Any]]:
        """The objects of a kind, the newest first."""
        wanted = {"platform": platform, "kind": kind, "owner": owner}
        return list(self._call("POST", "objects", wanted)["objects"])

    def change_object(self, platform: str, object_id: str, **wanted: Any) -> None:
        """Change an object: `changes` of its members, `age` in seconds."""
        self._call("PUT", "objects", {"platform": platform, "id": object_id, **wanted})

    def expire(self, platform: str, kind: str, owner: str | None = None) -> None:
        """Let tokens (access, refresh), codes, containers or uploads end now."""
        self._call("POST", "expire", {"platform": platform, "kind": kind, "owner": owner})

    def change(self, **settings: Any) -> None:
        """Change settings; their names are those of world.DEFAULTS."""
        self._call("PUT", "settings", settings)

    def settings(self) -> dict[str, Any]:
        """The current settings."""
        return dict(self._call("GET", "settings"))

    def fail(self, kind: str, operation: str, **fault: Any) -> None:
        """Add a fault; its fields are those of Fault in faults.py. Operations: a route's, or `youtube.finalise`."""
        self._call("POST", "faults", {"kind": kind, "operation": operation, **fault})

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._call("DELETE", "faults", {})

    def _call(self, method: str, name: str, body: Any = None) -> Any:
        answer = _http.request(method, f"{self.url}/_platforms/{name}", json=body)
        if answer.status != 200:
            raise ValueError(f"The platform simulator answered {answer.status}: {answer.data.decode()}")
        return answer.json()
