"""What all functions do alike that take batches of a provider's reports: one that is bad fails alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypedDict, TypeVar

from ddp.errors import HttpError, Unavailable
from ddp.observability import logger
from functions.sending.reports.fields import Malformed, NotOurs

Parsed = TypeVar("Parsed")


class Noun(NamedTuple):
    """What log lines call the reports."""

    one: str
    several: str


class Failure(TypedDict):
    """An entry of a partial batch response."""

    itemIdentifier: str


class Answer(TypedDict):
    """A partial batch response."""

    batchItemFailures: list[Failure]


class Read(NamedTuple, Generic[Parsed]):
    """What some SQS messages brought, each with the message's id, and the ids of those that could not be read."""

    received: list[tuple[str, Parsed]]
    failed_items: list[str]


def answer(failed_items: Sequence[str]) -> Answer:
    """The response that makes exactly these SQS messages come again."""
    return {"batchItemFailures": [{"itemIdentifier": item} for item in failed_items]}


def read(
    records: Sequence[dict[str, Any]], parse: Callable[[dict[str, Any]], Parsed], noun: Noun
) -> Read[Parsed]:
    """Parse SQS messages. Those that are not ours are counted by reason, and logged once for all; they do not fail."""
    found: Read[Parsed] = Read([], [])
    dropped: Counter[str] = Counter()
    malformed: Counter[str] = Counter()
    for record in records:
        item = record["messageId"]
        try:
            found.received.append((item, parse(record)))
        except NotOurs as reason:
            dropped[str(reason)] += 1
        except Malformed as reason:
            malformed[str(reason)] += 1
            found.failed_items.append(item)
        except Exception:  # noqa: BLE001 - a bug of ours: it must not stop the others of the batch
            logger.exception(f"{noun.one} could not be read", item=item)
            found.failed_items.append(item)
    if dropped:
        logger.warning("not ours: dropped", dropped=dict(dropped))
    if malformed:
        logger.error(f"{noun.several} of ours are malformed", malformed=dict(malformed))
    return found


def applied(
    received: Sequence[tuple[str, Parsed]],
    apply: Callable[[Sequence[tuple[str, Parsed]]], None],
    noun: Noun,
) -> list[str]:
    """Apply these in one transaction; returns the SQS ids of those that could not be applied.

    Halves them until one that the database refuses stands alone, so that the others are applied.
    """
    try:
        apply(received)
    except Unavailable:
        logger.exception(f"the database is unavailable: the {noun.several} come again", count=len(received))
        return [item for item, _ in received]
    except HttpError:
        if len(received) == 1:
            logger.exception(f"the database refuses {noun.one}", item=received[0][0])
            return [received[0][0]]
        half = len(received) // 2
        return applied(received[:half], apply, noun) + applied(received[half:], apply, noun)
    return []
