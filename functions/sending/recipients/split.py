"""Who gets which variant of an A/B test: decided by the keyed hash of an address, so that nobody can choose it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

from ddp.queries.sending.plans import Plan
from ddp.queries.sending.recipients import Kind

# A fraction of 2^64 is what a hash is read as: no remainder, so that no variant gets more than another.
_BITS: Final = 64


class Tested(NamedTuple):
    """What a plan with an A/B test tells recipients apart by. `variant`: 1 is A; None: the rest."""

    kind: Kind
    variant: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The variants of one plan: `share` percent of the recipients get one of `variants` each, as many each."""

    send_plan_id: UUID
    share: int
    variants: int

    def variant(self, address_hash: bytes) -> int | None:
        """The recipient's variant, from 1 (A); None: the rest. The same address falls elsewhere in another plan."""
        digest = sha256(self.send_plan_id.bytes + address_hash).digest()
        in_share = int.from_bytes(digest[: _BITS // 8]) * 100
        if in_share >= self.share << _BITS:
            return None
        return in_share * self.variants // (self.share << _BITS) + 1


def of_plan(plan: Plan) -> Split | None:
    """How the plan's recipients are split; None: all get the same."""
    if plan.test_share is None:
        return None
    return Split(send_plan_id=plan.send_plan_id, share=plan.test_share, variants=1 + len(plan.variants))
