"""What reading the numbers of Facebook and Instagram has in common: one call for many objects, and its errors.

A batch request answers for each object alone, so that a deleted post does not hide the numbers of the others. What
takes one request is asked for without a batch.
Sources: developers.facebook.com/docs/graph-api/batch-requests, …/docs/graph-api/reference/insights,
…/docs/instagram-platform/reference/instagram-media/insights.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from ddp.errors import CredentialsExpired, Transient, WorkerError
from ddp.providers.social import http, meta
from ddp.providers.social.base import Account, Platform, Refused
from ddp.providers.social.http import Answer
from ddp.providers.social.measures import Kind, MeasuredPost, Reading
from ddp.providers.social.measuring import counting, wanting
from ddp.providers.social.measuring.counting import Told
from ddp.providers.social.measuring.narrowing import InvalidMetric
from ddp.providers.social.measuring.wanting import Wanted

_INVALID, _NOT_THERE = 100, 33
# Of a request by ids: an id that does not exist.
_UNKNOWN_ID = 803
_NO_PERMISSION = 10

# The sentences about a metric that does not exist. After `values:` stand those that do.
_UNKNOWN_METRIC = re.compile(
    r"valid insights metric|(?:metric\[(\d+)\]|metric) must be one of the following values|"
    r"nonexisting field \((\w+)\)|(\w+) metric is no longer supported"
)
# The metric exists, and this type of post has none of it.
_NOT_OF_TYPE = re.compile(r"does not support the ([\w, ]+) metric for this media product type")
_TOO_FEW = "not enough viewers"


class Gone(Refused):
    """The object does not exist."""


class NotOfType(Refused):
    """Posts of this type do not have the metrics `names`."""

    def __init__(self, reason: str, names: Collection[str]) -> None:
        super().__init__("metric-type", reason)
        self.names = frozenset(names)


# What one object answered: its JSON, or the error that its answer means.
Given = dict[str, Any] | WorkerError


def measure(
    platform: Platform,
    account: Account,
    posts: Sequence[MeasuredPost],
    kind: Kind,
    without: Collection[str],
    object_of: Callable[[MeasuredPost], str],
) -> Reading:
    """Read each post's fields, or its insights. `object_of`: the id of the object that has them."""
    rule = counting.rule(platform, kind, account.kind)

    def ask(asked: Sequence[MeasuredPost], metrics: Sequence[str]) -> Told:
        wanted = [
            one
            for post in asked
            for one in wanting.requests(post, object_of(post), kind, rule or {}, metrics)
        ]
        return _read(meta.graph(platform), account, wanted)

    return counting.read(rule, posts, without, ask)


@dataclass(slots=True)
class _Found:
    """What the answers of one call, and of its repetition with fewer metrics, say of each post."""

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    errors: list[WorkerError] = field(default_factory=list)

    def add(self, answers: Sequence[tuple[Wanted, Given]]) -> list[Wanted]:
        """Add the answers. Returns what to ask for again, without a metric that posts of a type do not have.

        Raises InvalidMetric unless another post of the same call was read with the same metrics: then the cause is the
        post and not the metric.
        """
        again: list[Wanted] = []
        proved = {name for one, given in answers if isinstance(given, dict) for name in one.metrics}
        for one, given in answers:
            match given:
                case dict():
                    self.values.setdefault(one.post.external_id, {}).update(one.values(given))
                case Gone():
                    self.gone.add(one.post.external_id)
                case NotOfType() if given.names & set(one.metrics):
                    fewer = [name for name in one.metrics if name not in given.names]
                    again += [replace(one, metrics=fewer)] if fewer else []
                case InvalidMetric() if not set(one.metrics) <= proved:
                    raise given
                case _:
                    self.errors.append(given)
        return again


def _read(base: str, account: Account, wanted: Sequence[Wanted]) -> Told:
    found = _Found()
    while wanted:
        wanted = found.add(list(zip(wanted, _ask(base, account, wanted), strict=True)))
    for error in found.errors:
        if isinstance(error, CredentialsExpired) or not found.values:
            raise error
    if found.gone and not found.values and not _is_readable(base, account):
        raise Refused("permission", "The account's posts cannot be read now; connect it again if this lasts.")
    return Told(values=found.values, gone=frozenset(found.gone - found.values.keys()))


def _ask(base: str, account: Account, wanted: Sequence[Wanted]) -> list[Given]:
    """What each object answered, by one call."""
    if len(wanted) == 1:
        (one,) = wanted
        answers: list[Answer | None] = [_single(base, account, one)]
    else:
        answers = _batch(base, account, wanted)
    return [_meaning(one, answer) for one, answer in zip(wanted, answers, strict=True)]


def _is_readable(base: str, account: Account) -> bool:
    """Whether the account itself can be read: if not, its posts are hidden from us rather than deleted."""
    try:
        meta.get(base, "me", account.access_token, {"fields": "id"})
    except Refused:
        return False
    return True


def _single(base: str, account: Account, one: Wanted) -> Answer:
    return http.call(
        "GET",
        f"{base}/{one.path}",
        classify=meta.classify,
        token=account.access_token,
        query=one.query,
        accepts=(400, 403, 404),
    )


def _batch(base: str, account: Account, wanted: Sequence[Wanted]) -> list[Answer | None]:
    requests = [{"method": "GET", "relative_url": f"{one.path}?{urlencode(one.query)}"} for one in wanted]
    answer = http.call(
        "POST",
        f"{base}/",
        classify=meta.classify,
        token=account.access_token,
        form={"batch": json.dumps(requests)},
    )
    given = answer.json()
    if not isinstance(given, list) or len(given) != len(wanted):
        raise Transient(f"Meta answered something else than {len(wanted)} answers: {answer.text}")
    return [_part(each) for each in given]


def _part(given: Any) -> Answer | None:
    """One answer of a batch; None: Meta ran out of time before it."""
    if not isinstance(given, dict) or not isinstance(given.get("code"), int):
        return None
    body = str(given.get("body") or "").encode("utf-8", "replace")
    listed = given.get("headers")
    # They say when a used up quota is regained.
    headers = {
        str(each.get("name")).lower(): str(each.get("value"))
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
    }
    return Answer(status=given["code"], headers=headers, body=body)


def _meaning(one: Wanted, answer: Answer | None) -> Given:
    if answer is None:
        return Transient("Meta did not answer for this post")
    given = answer.json()
    if not isinstance(given, dict):
        return Transient(f"Meta's answer cannot be read: {answer.text}")
    error = given.get("error")
    if not isinstance(error, dict):
        is_read = answer.status == 200 and bool(given)
        return given if is_read else Transient(f"{answer.status}: {answer.text}")
    return _error(one, error, answer)


def _error(one: Wanted, error: Mapping[str, Any], answer: Answer) -> Given:
    code, subcode = error.get("code"), error.get("error_subcode")
    usual = meta.classify(answer, finalises=False) or Transient(f"{answer.status}: {answer.text}")
    sentence = str(error.get("message", ""))
    if (code == _INVALID and subcode == _NOT_THERE) or code == _UNKNOWN_ID:
        return Gone("not-found", str(usual))
    if code == _NO_PERMISSION and _TOO_FEW in sentence.lower():
        return {"data": []}
    if seen := _NOT_OF_TYPE.search(sentence):
        return NotOfType(str(usual), seen[1].split(", "))
    if code == _INVALID and (seen := _UNKNOWN_METRIC.search(sentence)):
        return InvalidMetric(str(usual), _named(one, seen))
    return usual


def _named(one: Wanted, seen: re.Match[str]) -> set[str]:
    """The metric that a sentence names, by its place in the query or by its name."""
    if seen[1] is not None:
        place = int(seen[1])
        return {one.metrics[place]} if place < len(one.metrics) else set()
    return set(one.answered_by(seen[2])) if seen[2] else {seen[3]} - {None}
