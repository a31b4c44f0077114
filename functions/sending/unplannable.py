"""Why a plan cannot be made at all."""

from __future__ import annotations

from ddp.errors import Permanent


class Unplannable(Permanent):
    """The plan has failed; `code` is a stable word, the text a sentence for whoever sends."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
