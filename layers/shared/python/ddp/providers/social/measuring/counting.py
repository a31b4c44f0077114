"""From a platform's metrics to our engagement types, by the data in its rules.

    "counts": {"like": ["likes"], "reaction": ["reactions", "-likes"], "share": ["retweets", "quotes"]}

A type is the sum of its terms; a term with a minus is taken away, so that a total is never stored beside its parts.
A term with a bar, `retweets|reposts`, has two names for one number: the first that is said counts.
A type whose terms were not all said is absent: a sum of what is left would look like a loss.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ddp.providers.social import rules
from ddp.providers.social.base import Platform, PostType
from ddp.providers.social.measures import Kind, MeasuredPost, Reading
from ddp.providers.social.measuring import narrowing

# The part of the rules about one kind of numbers.
Rule = Mapping[str, Any]

_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one call answered, by the platform's ids and names of metrics."""

    values: Mapping[str, Mapping[str, Any]]
    gone: frozenset[str] = frozenset()
    reads: int = 0


@dataclass(slots=True)
class _Gathered:
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    reads: int = 0

    def add(self, told: Told) -> None:
        for external_id, values in told.values.items():
            self.values.setdefault(external_id, {}).update(values)
        self.gone |= told.gone
        # A post that is read twice in a day is charged once.
        self.reads = max(self.reads, told.reads)

    def told(self, post: MeasuredPost, names: Collection[str]) -> dict[str, Any]:
        """What was said of a post, without metrics that are switched off: some platforms say everything anyway."""
        values = self.values.get(post.external_id, {})
        return {name: value for name, value in values.items() if name in names}


Ask = Callable[[Sequence[MeasuredPost], Sequence[str]], Told]


def rule(platform: Platform, kind: Kind, account_kind: str) -> Rule | None:
    """The rules for one kind of numbers; those of the kind of account come first. None: there are no such numbers."""
    measuring: Mapping[str, Any] = rules.of(platform)["measuring"]
    given: Rule | None = measuring.get("accounts", {}).get(account_kind, measuring).get(kind.value)
    return given


def batch(platform: Platform, kind: Kind, account_kind: str) -> int:
    """The most posts of one call; 0: there are no such numbers."""
    given = rule(platform, kind, account_kind)
    return int(given["batch"]) if given else 0


def metrics(given: Rule, post_type: PostType) -> list[str]:
    """The metrics that posts of this type have, in the order of the rules."""
    only: Mapping[str, list[str]] = given.get("types", {})
    names = dict.fromkeys(_metric(term) for terms in given["counts"].values() for term in terms)
    return [name for name in names if post_type in only.get(name, [post_type])]


def read(given: Rule | None, posts: Sequence[MeasuredPost], without: Collection[str], ask: Ask) -> Reading:
    """Ask for the posts' metrics, finding out which metric is invalid if one is, and count what was said."""
    asked = [post for post in posts if given and _is_readable(given, post)]
    if given is None or not (names := _names(given, asked, without)):
        return Reading(counts={})
    gathered = _Gathered()
    told, retired = narrowing.ask(names, lambda some: ask(asked, some))
    for each in told:
        gathered.add(each)
    known = set(names) - retired.keys()
    counts = {post.post_id: counted(given, gathered.told(post, known)) for post in asked}
    return Reading(
        counts={post_id: found for post_id, found in counts.items() if found},
        gone=frozenset(post.post_id for post in asked if post.external_id in gathered.gone),
        retired=retired,
        reads=gathered.reads,
    )


def counted(given: Rule, values: Mapping[str, Any]) -> dict[str, int]:
    """The counts by engagement type, from the values of one post."""
    found = {}
    for engagement_type, terms in given["counts"].items():
        numbers = [_number(given, values, term) for term in terms]
        if None not in numbers:
            # Two numbers that the platform counts at different moments can differ by less than nothing.
            found[engagement_type] = max(0, sum(number for number in numbers if number is not None))
    return found


def whole(value: Any) -> int | None:
    """A number from 0 to a bigint's largest, which some platforms write as a text; None: something else, or missing."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value <= _LARGEST else None


def _names(given: Rule, posts: Sequence[MeasuredPost], without: Collection[str]) -> list[str]:
    """The metrics that any of these posts has."""
    names = dict.fromkeys(name for post in posts for name in metrics(given, post.post_type))
    return [name for name in names if name not in without]


def _metric(term: str) -> str:
    """The metric that is asked for: of `-public_metrics.like_count`, `public_metrics`."""
    return term.removeprefix("-").partition(".")[0]


def _number(given: Rule, values: Mapping[str, Any], term: str) -> int | None:
    numbers = (whole(_value(values, path)) for path in term.removeprefix("-").split("|"))
    number = next((each for each in numbers if each is not None), None)
    if number is None:
        return None
    if term.removeprefix("-") in given.get("milliseconds", ()):
        number //= 1000
    return -number if term.startswith("-") else number


def _value(values: Mapping[str, Any], path: str) -> Any:
    value: Any = values
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _is_readable(given: Rule, post: MeasuredPost) -> bool:
    """Whether the platform still tells these numbers of a post of this age."""
    days = given.get("read_until_days")
    return days is None or datetime.now(UTC) - post.published_at < timedelta(days=days)
