"""Numbers of X's posts: public ones at any time, private ones for 30 days after publication.

A post is charged once per UTC day, however often it is read in it.
Sources: docs.x.com/x-api/posts/get-posts-by-ids, docs.x.com/x-api/fundamentals/metrics, …/response-codes-and-errors.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from ddp.errors import Transient, WorkerError
from ddp.providers.social import http, x_api
from ddp.providers.social.base import Account, Platform, Refused
from ddp.providers.social.http import Answer
from ddp.providers.social.measures import Kind, MeasuredPost, Reading
from ddp.providers.social.measuring import counting
from ddp.providers.social.measuring.counting import Told
from ddp.providers.social.measuring.narrowing import InvalidMetric

_GONE, _NOT_AUTHORISED = "resource-not-found", "not-authorized-for-resource"
# The only ids that X knows: one other makes it refuse the whole call.
_ID = re.compile(r"[0-9]{1,19}")
_REFUSED_FIELDS = re.compile(r"`(?:tweet|post)\.fields` query parameter value \[([^\]]*)\] is not one of")


class Twitter:
    """Implements ddp.providers.social.measures.Measurer."""

    platform = Platform.TWITTER

    def measure(
        self, account: Account, posts: Sequence[MeasuredPost], kind: Kind, *, without: Collection[str] = ()
    ) -> Reading:
        """Look the posts up by their ids."""
        rule = counting.rule(self.platform, kind, account.kind)
        known = [post for post in posts if _ID.fullmatch(post.external_id)]
        return counting.read(rule, known, without, partial(_ask, account))


def _ask(account: Account, posts: Sequence[MeasuredPost], metrics: Sequence[str]) -> Told:
    query = {"ids": ",".join(post.external_id for post in posts), "tweet.fields": ",".join(metrics)}
    url = f"{x_api.API}/tweets"
    given = http.call("GET", url, classify=_classify, token=account.access_token, query=query).json()
    if not isinstance(given, dict) or not ({"data", "errors"} & set(given)):
        raise Transient("X answered something else than posts")
    found = {
        str(post["id"]): post for post in given.get("data") or [] if isinstance(post, dict) and post.get("id")
    }
    listed = given.get("errors")
    errors = [error for error in listed if isinstance(error, dict)] if isinstance(listed, list) else []
    gone = _gone(errors) - found.keys()
    if errors and not (found or gone):
        raise _refusal(errors)
    return Told(values=found, gone=gone, reads=len(found))


def _gone(errors: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The posts that do not exist. Those that may not be read have another type of error, and are not among them."""
    return frozenset(
        str(error.get("resource_id") or error.get("value"))
        for error in errors
        if _type(error) == _GONE and error.get("resource_type") in {"tweet", "post", None}
    )


def _refusal(errors: Sequence[Mapping[str, Any]]) -> WorkerError:
    """Why none of the posts was read: its account is private or suspended, or X could not."""
    first = next((error for error in errors if _type(error) == _NOT_AUTHORISED), None)
    if first is not None:
        return Refused("permission", str(first.get("detail", ""))[: http.REASON_CHARACTERS])
    return Transient(str(errors[0].get("detail", ""))[: http.REASON_CHARACTERS])


def _type(error: Mapping[str, Any]) -> str:
    """The last part of the address that X names an error by."""
    return str(error.get("type", "")).rpartition("/")[2]


def _classify(answer: Answer, finalises: bool) -> WorkerError | None:
    given = answer.json()
    errors = given.get("errors") if isinstance(given, dict) else None
    if answer.status == 400 and isinstance(errors, list):
        sentences = [str(error.get("message", "")) for error in errors if isinstance(error, dict)]
        found = [(sentence, seen) for sentence in sentences if (seen := _REFUSED_FIELDS.search(sentence))]
        if found:
            names = {name.strip() for _, seen in found for name in seen[1].split(",")}
            return InvalidMetric(found[0][0][: http.REASON_CHARACTERS], names)
    return x_api.classify(answer, finalises)
