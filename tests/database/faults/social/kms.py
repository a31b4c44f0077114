"""KMS in memory: ciphertexts say nothing, and open only in the context in which they were made."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

# Times in what adapters remember of a post.
_TIMES = ("made_at", "expires_at")


@dataclass(slots=True)
class Kms:
    """Stands in for ddp.providers.kms. `fault` may raise before each call."""

    fault: Callable[[], None]
    kept: dict[str, tuple[str, UUID, str]] = field(default_factory=dict)
    ids: count[int] = field(default_factory=lambda: count(1))

    def encrypt(self, secret: str, *, owner_id: UUID, purpose: str) -> str:
        self.fault()
        return self.sealed(secret, owner_id, purpose)

    def sealed(self, secret: str, owner_id: UUID, purpose: str) -> str:
        """A ciphertext, without faults."""
        ciphertext = f"ciphertext-{next(self.ids)}"
        self.kept[ciphertext] = (secret, owner_id, purpose)
        return ciphertext

    def decrypt(self, ciphertext: str, *, owner_id: UUID, purpose: str) -> str:
        from ddp.providers import kms

        self.fault()
        secret, *context = self.kept.get(ciphertext, ("",))
        if context != [owner_id, purpose]:
            raise kms.Unreadable(purpose)
        return secret

    def forget(self, owner_id: UUID) -> None:
        """The key of everything of this owner is gone."""
        self.kept = {name: kept for name, kept in self.kept.items() if kept[1] != owner_id}

    def pass_time(self, seconds: float) -> None:
        """Times that adapters keep in their states are so much earlier now."""
        for name, (secret, owner_id, purpose) in self.kept.items():
            if purpose != "state":
                continue
            state = json.loads(secret)
            for member in _TIMES:
                if member in state:
                    earlier = datetime.fromisoformat(state[member]) - timedelta(seconds=seconds)
                    state[member] = earlier.isoformat()
            self.kept[name] = (json.dumps(state), owner_id, purpose)
