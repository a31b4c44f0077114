"""Why a plan cannot be made at all."""

from __future__ import annotations

from ddp.errors import Permanent


class Unplannable(Permanent):
    """The plan fails. `code` is a stable word, `reason` a sentence for the person who sends."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
