"""What batches of recipients came to: who gets the message, when and at what price, and who does not, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ddp.chunking import Run
from ddp.queries.sending.recipients import Batch

# Rejected records that are shown for each code.
EXAMPLES = 5


class Slot(NamedTuple):
    """What recipients have in common who get the message at the same time, rate and price.

    `clock`: what decides when messages may go that had to wait (ddp.email_clock, ddp.sms_clock).
    """

    not_before: datetime
    bucket: str
    clock: str
    units: int
    price: Decimal
    country: str | None

    @classmethod
    def of(cls, run: Run) -> Slot:
        """The slot of a run."""
        clock = run.time_zone or "" if run.clock_id is None else str(run.clock_id)
        return cls(run.not_before, run.bucket, clock, run.units, run.price, run.country)


@dataclass(slots=True, kw_only=True)
class Rejected:
    """Records that were rejected for one reason; `examples` are (line, value)."""

    reason: str
    count: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Tally:
    """The sums of one or more batches. `weight`: bytes of the file that they stand for, if it is read in part."""

    records: int = 0
    duplicates: int = 0
    weight: float = 0
    slots: Counter[Slot] = field(default_factory=Counter)
    suppressed: Counter[str] = field(default_factory=Counter)
    rejected: dict[str, Rejected] = field(default_factory=dict)

    @property
    def recipients(self) -> int:
        """Those who get the message."""
        return self.slots.total()

    def add(self, other: Tally) -> None:
        """Add the sums of further batches."""
        self.records += other.records
        self.duplicates += other.duplicates
        self.weight += other.weight
        self.slots.update(other.slots)
        self.suppressed.update(other.suppressed)
        for code, found in other.rejected.items():
            mine = self.rejected.setdefault(code, Rejected(reason=found.reason))
            mine.count += found.count
            mine.examples += found.examples[: EXAMPLES - len(mine.examples)]


def of_batch(
    batch: Batch,
    records: int,
    runs: list[Run],
    counted: Iterable[tuple[int, str | None, int]],
    *,
    has_examples: bool,
) -> Tally:
    """The sums of one batch of so many records; `runs` and `counted` are from ddp.queries.messages.forecasts.count."""
    tally = Tally(records=records, duplicates=batch.duplicates + len(batch.recipients))
    for place, outcome, count in counted:
        tally.duplicates -= count
        if outcome is None:
            tally.slots[Slot.of(runs[place])] += count
        else:
            tally.suppressed[outcome] += count
    for line, code, reason, value in batch.rejections:
        found = tally.rejected.setdefault(code, Rejected(reason=reason))
        found.count += 1
        if has_examples and len(found.examples) < EXAMPLES:
            found.examples.append((line, value))
    return tally


def stored(tally: Tally) -> dict[str, Any]:
    """The sums as JSON."""
    return {
        "records": tally.records,
        "duplicates": tally.duplicates,
        "slots": [
            [slot.not_before.isoformat(), *slot[1:4], str(slot.price), slot.country, count]
            for slot, count in tally.slots.items()
        ],
        "suppressed": dict(tally.suppressed),
        "rejected": {
            code: [found.reason, found.count, found.examples] for code, found in tally.rejected.items()
        },
    }


def loaded(document: Mapping[str, Any]) -> Tally:
    """The sums that `stored` wrote."""
    tally = Tally(records=document["records"], duplicates=document["duplicates"])
    for not_before, bucket, clock, units, price, country, count in document["slots"]:
        slot = Slot(datetime.fromisoformat(not_before), bucket, clock, units, Decimal(price), country)
        tally.slots[slot] += count
    tally.suppressed.update(document["suppressed"])
    for code, (reason, count, examples) in document["rejected"].items():
        shown = [(line, value) for line, value in examples]
        tally.rejected[code] = Rejected(reason=reason, count=count, examples=shown)
    return tally
