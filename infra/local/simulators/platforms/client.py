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

    def truth(self, platform: str, post: str, at: float | None = None) -> dict[str, int]:
        """The true numbers of a post at a time (seconds since the epoch; now), by type: a function of seed and post."""
        return dict(self.audience(platform, post, at)["true"])

    def told(self, platform: str, post: str, at: float | None = None) -> dict[str, int]:
        """The numbers that the platform tells at a time, by type: without what it does not tell, and late."""
        return dict(self.audience(platform, post, at)["told"])

    def audience(self, platform: str, post: str, at: float | None = None) -> dict[str, Any]:
        """`true` and `told`; `counters` and `insights`: all numbers as late as each of these tells them, or None.

        And at, published_at, removed_at, removed_by.
        """
        return dict(self._call("POST", "truth", {"platform": platform, "post": post, "at": at}))

    def stop_growing(self) -> None:
        """From now on, only `adjust`, comments and removals change true numbers."""
        self._call("POST", "stop", {})

    def adjust(self, platform: str, post: str, kind: str, amount: int, at: float | None = None) -> None:
        """From a time on (now), there are so many more of a type; fewer, if the amount is negative."""
        wanted = {"platform": platform, "post": post, "type": kind, "amount": amount, "at": at}
        self._call("POST", "adjust", wanted)

    def remove(self, platform: str, post: str, by: str = "person") -> None:
        """A person or the `platform` takes a post away. Its true numbers stay as they were."""
        self._call("POST", "remove", {"platform": platform, "post": post, "by": by})

    def make_private(self, platform: str, account: str, *, is_private: bool = True) -> None:
        """Nobody sees an account's posts any longer, the application neither; or everyone does again."""
        self._call("PUT", "private", {"platform": platform, "account": account, "is_private": is_private})

    def retire(self, platform: str, *metrics: str) -> None:
        """The platform knows these metrics no longer, by its own names; none: it knows all again."""
        self.change(retired_metrics={platform: list(metrics)})

    def measured(self, platform: str, post: str, counts: dict[str, int]) -> None:
        """Show numbers that were measured beside the true ones."""
        self._call("PUT", "measured", {"platform": platform, "post": post, "counts": counts})

    def calls(self) -> dict[str, int]:
        """How many calls there were, by operation (twitter.several), since the start or `clear_calls`."""
        return dict(self._call("GET", "calls")["calls"])

    def clear_calls(self) -> None:
        """Count calls anew."""
        self._call("DELETE", "calls", {})

    def hook(self, platform: str, url: str, **more: str) -> None:
        """Send webhooks of facebook, instagram or tiktok to an address. Meta asks it first.

        `more`: verify_token, secret (the application's, if it is left out), deauthorise_url, deletion_url.
        """
        self._call("PUT", "hooks", {"platform": platform, "url": url, **more})

    def send_webhooks(self) -> dict[str, int]:
        """Do a round now: requests that were `written`, and `taken` (answered with 200)."""
        return dict(self._call("POST", "hooks/round", {}))

    def webhooks(self, platform: str | None = None) -> list[dict[str, Any]]:
        """All requests: number, platform, kind, body, headers, due, tries, status (200, lost, given up, or empty)."""
        return list(self._call("POST", "hooks/sent", {"platform": platform})["requests"])

    def send_again(self, request: int) -> int:
        """Send a request once more, as it was sent; returns the status."""
        return int(self._call("POST", "hooks/again", {"number": request})["status"])

    def revoke(self, platform: str, person: str = "ada") -> None:
        """A person takes the application's access away; it is told of it by the next round."""
        self._call("POST", "revoke", {"platform": platform, "person": person})

    def forget(self, platform: str, person: str = "ada") -> dict[str, Any]:
        """A person asks Meta that the application forgets them; returns its answer: status, body."""
        return dict(self._call("POST", "forget", {"platform": platform, "person": person}))

    def unsubscribe(self, platform: str, account: str) -> None:
        """Meta sends an account's webhooks no longer, without saying so."""
        self._call("POST", "unsubscribe", {"platform": platform, "account": account})

    def _call(self, method: str, name: str, body: Any = None) -> Any:
        answer = _http.request(method, f"{self.url}/_platforms/{name}", json=body)
        if answer.status != 200:
            raise ValueError(f"The platform simulator answered {answer.status}: {answer.data.decode()}")
        return answer.json()
