"""What is asked of one object of Meta's, and by which requests.

A request answers a field under the field's name, because new applications cannot give it another one. Two metrics that
are read from one field, such as all reactions and the likes among them, therefore take two requests.
Sources: developers.facebook.com/docs/graph-api/guides/field-expansion, …/blog (4 November 2026, legacy features).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ddp.providers.social.measures import Kind, MeasuredPost
from ddp.providers.social.measuring import counting
from ddp.providers.social.measuring.counting import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A request about one object."""

    post: MeasuredPost
    object_id: str
    kind: Kind
    rule: Rule
    metrics: Sequence[str]

    @property
    def path(self) -> str:
        """Below the version."""
        place = quote(self.object_id, safe="")
        return f"{place}/insights" if self.kind is Kind.INSIGHTS else place

    @property
    def query(self) -> dict[str, str]:
        """Names the metrics. Some fields are written as calls."""
        if self.kind is Kind.INSIGHTS:
            return {"metric": ",".join(self.metrics)}
        return {"fields": ",".join(_field(self.rule, name) for name in self.metrics)}

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The values of an answer, by metric."""
        if self.kind is Kind.INSIGHTS:
            return _insights(given)
        found = {name: given.get(_member(self.rule, name)) for name in self.metrics}
        return {name: value for name, value in found.items() if value is not None}

    def answered_by(self, field: str) -> list[str]:
        """The metrics that the object's field answers."""
        return [name for name in self.metrics if _member(self.rule, name) == field]


def requests(
    post: MeasuredPost, object_id: str, kind: Kind, rule: Rule, metrics: Collection[str]
) -> list[Wanted]:
    """The fewest requests that read these metrics of a post, as far as its type has them."""
    groups: list[dict[str, str]] = []
    for name in counting.metrics(rule, post.post_type):
        if name not in metrics:
            continue
        member = _member(rule, name)
        group = next((each for each in groups if member not in each), None)
        if group is None:
            groups.append(group := {})
        group[member] = name
    return [
        Wanted(post=post, object_id=object_id, kind=kind, rule=rule, metrics=list(group.values()))
        for group in groups
    ]


def _field(rule: Rule, name: str) -> str:
    """How a metric is asked for."""
    return str(rule.get("fields", {}).get(name, name))


def _member(rule: Rule, name: str) -> str:
    """The member of an answer that has a metric."""
    return _field(rule, name).partition(".")[0]


def _insights(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an answer of insights, by metric. An empty set is missing, not zero."""
    found = {}
    rows = given.get("data")
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict):
            continue
        values = row.get("values") or [row.get("total_value")]
        first = values[0] if isinstance(values, list) and values else None
        if isinstance(first, dict) and "value" in first:
            found[str(row.get("name"))] = first["value"]
    return found
