"""What all steps of a post have in common: the account and post as adapters take them, and the kept state."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from ddp import db
from ddp.providers import kms
from ddp.providers.social import publishing, stored_tokens
from ddp.providers.social.base import Account, Post, PostType, Publisher, State
from ddp.queries.social import steps
from ddp.queries.social.steps import Step
from functions.social import media_files

STATE = "state"


class TakenAway(Exception):
    """The post is no longer this worker's: its lease ended, or somebody cancelled it. The work stops."""


@dataclass(frozen=True, slots=True)
class Work:
    """A step of a post, and the worker that has leased it. `begun_at`: when, by time.monotonic()."""

    step: Step
    worker: UUID
    begun_at: float = field(default_factory=time.monotonic)

    @property
    def due_in(self) -> float:
        """Seconds until the step is due, by the database's clock: this machine's may show another time."""
        return self.step.due_in.total_seconds() - (time.monotonic() - self.begun_at)

    @property
    def publisher(self) -> Publisher:
        """The platform's adapter."""
        return publishing.of(self.step.platform)

    def account(self) -> Account:
        """The account, with its token. Raises CredentialsExpired, Transient."""
        return stored_tokens.account(self.step, handle=self.step.account_handle, scopes=self.step.scopes)

    def post(self) -> Post:
        """The post, with its media as the platform takes them. Raises Refused for media that it cannot take."""
        step = self.step
        return Post(
            post_id=step.post_id,
            type=PostType(step.post_type),
            text=step.post_content or "",
            title=step.title,
            media=media_files.attached(step),
            options=step.options,
        )

    def state(self) -> dict[str, Any] | None:
        """What preparation left; None: nothing, or it has expired or can no longer be read."""
        if self.step.state_encrypted is None:
            return None
        try:
            kept = kms.decrypt(self.step.state_encrypted, owner_id=self.step.post_id, purpose=STATE)
        except kms.Unreadable:
            return None
        state: dict[str, Any] = json.loads(kept)
        return state

    def sealed(self, state: State) -> str:
        """The state as it is stored."""
        return kms.encrypt(json.dumps(state), owner_id=self.step.post_id, purpose=STATE)

    def save(self, state: State, expires_at: datetime | None = None) -> None:
        """Keep the state, so that nothing of the work so far is repeated. Raises TakenAway."""
        kept = self.sealed(state)
        with db.transaction(role="service_role") as cursor:
            is_ours = steps.save_checkpoint(
                cursor, self.step.post_id, worker=self.worker, state=kept, expires_at=expires_at
            )
        if not is_ours:
            raise TakenAway
