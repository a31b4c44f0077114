"""How the recipients of a batch are cut into chunks, and when each chunk falls due.

A chunk has one bucket and one variant. When a send is spread over a time, chunks are small, and each has one shift.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate, groupby
from typing import NamedTuple

CHUNK_SIZE = 500
# Of a plan whose messages are spread over time: a chunk's recipients are due together.
SPREAD_CHUNK_SIZE = 50
# Fractions of the multiples of this number fill a window evenly, wherever they stop.
_GOLDEN_RATIO = (5**0.5 - 1) / 2


class Run(NamedTuple):
    """What the ledger says alike of recipients that stand one after the other: when, how and at what price to send."""

    not_before: datetime
    bucket: str
    time_zone: str | None
    clock_id: int | None = None
    units: int = 1
    price: Decimal = Decimal(0)
    encoding: str | None = None
    country: str | None = None
    has_link: bool = False
    variant: int | None = None

    @property
    def lane(self) -> tuple[str, int]:
        """What all recipients of a chunk have in common; 0: no variant."""
        return self.bucket, self.variant or 0


class Part(NamedTuple):
    """Recipients of one run that are due together: its number, from 1, and the place of the first of them."""

    run: int
    first_place: int
    not_before: datetime


class Lane(NamedTuple):
    """Recipients whose chunks are their own: the place of the first one, its chunk, and the way to the next chunk."""

    first_place: int
    first_chunk: int
    step: int


def first_places(sizes: Sequence[int]) -> list[int]:
    """The place, from 1, of the first recipient of each run."""
    return [1 + before for before in accumulate(sizes, initial=0)][:-1]


def lanes_of(
    runs: Sequence[Run], first_places: Sequence[int], count: int, last_chunk_no: int, chunk_size: int
) -> tuple[dict[tuple[str, int], Lane], int]:
    """The lanes of (ordered) runs, and the number of the last chunk.

    Chunks of the variants of one bucket alternate, so that none of them goes out before the others.
    """
    beginnings = {run.lane: first for run, first in zip(reversed(runs), reversed(first_places), strict=True)}
    keys = sorted(beginnings)
    ends = [*(beginnings[key] for key in keys), count + 1][1:]  # a batch may have no recipients at all
    chunks = {key: -(-(end - beginnings[key]) // chunk_size) for key, end in zip(keys, ends, strict=True)}
    lanes: dict[tuple[str, int], Lane] = {}
    for _, group in groupby(keys, key=lambda key: (key[0], key[1] > 0)):
        together = list(group)
        for place, key in enumerate(together, start=1):
            lanes[key] = Lane(beginnings[key], last_chunk_no + place, len(together))
        last_chunk_no += len(together) * max(chunks[key] for key in together)
    return lanes, last_chunk_no


def chunk_size_of(spread_over: timedelta | None) -> int:
    """How many recipients a chunk has, at most."""
    return CHUNK_SIZE if spread_over is None else SPREAD_CHUNK_SIZE


def spread(
    parts: Sequence[Part], lanes: Sequence[Lane], count: int, spread_over: timedelta
) -> Iterator[Part]:
    """The parts, cut where chunks begin. `lanes`: that of each part.

    A chunk has one shift: the first chunk of a plan is due at once, and the last before `spread_over` has passed.
    """
    size = chunk_size_of(spread_over)
    ends = [*(part.first_place for part in parts), count + 1][1:]  # a batch may have no recipients at all
    for part, end, lane in zip(parts, ends, lanes, strict=True):
        start = part.first_place
        while start < end:
            index = (start - lane.first_place) // size
            chunk = lane.first_chunk + lane.step * index
            shift = spread_over * ((chunk - 1) * _GOLDEN_RATIO % 1)
            yield Part(part.run, start, part.not_before + shift)
            start = lane.first_place + (index + 1) * size
