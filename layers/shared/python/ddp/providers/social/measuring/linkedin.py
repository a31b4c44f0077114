"""Numbers of LinkedIn's posts: an organisation's by one call for a list, a member's by one call per post and metric.

Of an organisation's posts, reactions by their types and comments are read from the social metadata, everything else
from the statistics, which know the total of reactions only.
Sources: learn.microsoft.com/linkedin/marketing/community-management/shares/social-metadata-api,
…/organizations/share-statistics, …/members/post-statistics.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

from ddp.errors import Transient, WorkerError
from ddp.providers.social import http, linkedin_api
from ddp.providers.social.base import Account, Platform, Refused
from ddp.providers.social.http import Answer
from ddp.providers.social.measures import Kind, MeasuredPost, Reading
from ddp.providers.social.measuring import counting
from ddp.providers.social.measuring.counting import Told
from ddp.providers.social.measuring.narrowing import InvalidMetric

_MEMBER = "member"
_FORBIDDEN, _NOT_FOUND = 403, 404
# The name of the list that a URN stands in, and of a member's entity.
_LISTS = {"share": "shares", "ugcPost": "ugcPosts"}
_ENTITIES = {"share": "share", "ugcPost": "ugc"}
_URN = re.compile(r"urn:li:(share|ugcPost):[0-9]+")


class LinkedIn:
    """Implements ddp.providers.social.measures.Measurer."""

    platform = Platform.LINKEDIN

    def measure(
        self, account: Account, posts: Sequence[MeasuredPost], kind: Kind, *, without: Collection[str] = ()
    ) -> Reading:
        """Read an organisation's social metadata or statistics, or each metric of a member's post."""
        rule = counting.rule(self.platform, kind, account.kind)
        known = [post for post in posts if _URN.fullmatch(post.external_id)]
        of_organisation = _metadata if kind is Kind.COUNTERS else _statistics
        ask = _of_member if account.kind == _MEMBER else of_organisation
        return counting.read(rule, known, without, partial(ask, account))


def _metadata(account: Account, posts: Sequence[MeasuredPost], _: Sequence[str]) -> Told:
    """Reactions and comments. Each post has an answer or an error of its own."""
    urns = ",".join(quote(post.external_id, safe="") for post in posts)
    given = _read(account, f"socialMetadata?ids=List({urns})")
    results, errors = given.get("results"), given.get("errors") or {}
    if not isinstance(results, dict) or not isinstance(errors, dict):
        raise Transient("LinkedIn answered something else than social metadata")
    values = {unquote(urn): _reactions(each) for urn, each in results.items() if isinstance(each, dict)}
    told = {unquote(urn): error for urn, error in errors.items() if isinstance(error, dict)}
    gone = frozenset(urn for urn, error in told.items() if error.get("status") == _NOT_FOUND)
    if told and not values and not gone:
        first = next(iter(told.values()))
        raise Refused(
            "permission" if first.get("status") == _FORBIDDEN else "refused", str(first.get("message"))
        )
    return Told(values=values, gone=gone - values.keys())


def _reactions(given: Mapping[str, Any]) -> dict[str, Any]:
    """A summary lists the types that there are: where there is one, a type that it lacks was used by nobody."""
    comments = given.get("commentSummary")
    found = {"comments": comments.get("count")} if isinstance(comments, dict) else {}
    summaries = given.get("reactionSummaries")
    if not isinstance(summaries, dict):
        return found
    by_type = {
        name: counting.whole(each.get("count")) if isinstance(each, dict) else None
        for name, each in summaries.items()
    }
    if None in by_type.values():
        return found
    return {**found, "LIKE": by_type.get("LIKE", 0), "reactions": sum(each or 0 for each in by_type.values())}


def _statistics(account: Account, posts: Sequence[MeasuredPost], _: Sequence[str]) -> Told:
    """Lifetime statistics. A post without any activity may be absent: that does not say that it is gone."""
    query = ["q=organizationalEntity", f"organizationalEntity={quote(account.external_account_id, safe='')}"]
    for kind, name in _LISTS.items():
        urns = [quote(post.external_id, safe="") for post in posts if f":{kind}:" in post.external_id]
        query += [f"{name}=List({','.join(urns)})"] if urns else []
    values = {}
    for element in _elements(account, f"organizationalEntityShareStatistics?{'&'.join(query)}"):
        urn = element.get("share") or element.get("ugcPost")
        if isinstance(urn, str) and isinstance(element.get("totalShareStatistics"), dict):
            values[urn] = element["totalShareStatistics"]
    return Told(values=values)


def _of_member(account: Account, posts: Sequence[MeasuredPost], metrics: Sequence[str]) -> Told:
    """Each metric by a call of its own. What was read before an error is kept."""
    values: dict[str, dict[str, Any]] = {}
    for post in posts:
        seen: dict[str, Any] = {}
        for metric in metrics:
            try:
                seen |= {metric: _total(account, post.external_id, metric)}
            except Transient:
                if not (seen or values):
                    raise
                return Told(values={**values, post.external_id: seen})
            except Refused as error:
                if error.code != "not-found":
                    raise
                return Told(values=values, gone=frozenset({post.external_id}))
        values[post.external_id] = seen
    return Told(values=values)


def _total(account: Account, urn: str, metric: str) -> Any:
    entity = f"({_ENTITIES[urn.split(':')[2]]}:{quote(urn, safe='')})"
    path = f"memberCreatorPostAnalytics?q=entity&entity={entity}&queryType={metric}&aggregation=TOTAL"
    elements = _elements(account, path, metric)
    return elements[0].get("count") if elements else None


def _elements(account: Account, path: str, metric: str | None = None) -> list[dict[str, Any]]:
    elements = _read(account, path, metric).get("elements")
    if not isinstance(elements, list):
        raise Transient("LinkedIn answered something else than statistics")
    return [element for element in elements if isinstance(element, dict)]


def _read(account: Account, path: str, metric: str | None = None) -> dict[str, Any]:
    """The path has its query: the parentheses and commas of lists stand in it as they are."""
    given = http.call(
        "GET",
        f"{linkedin_api.API}/{path}",
        classify=partial(_classify, metric),
        token=account.access_token,
        headers=linkedin_api.HEADERS,
    ).json()
    return given if isinstance(given, dict) else {}


def _classify(metric: str | None, answer: Answer, finalises: bool) -> WorkerError | None:
    error = linkedin_api.classify(answer, finalises)
    if isinstance(error, Refused) and metric:
        if answer.status == _NOT_FOUND:
            return Refused("not-found", str(error))
        if answer.status == 400 and ("queryType" in str(error) or metric in str(error)):
            return InvalidMetric(str(error), {metric})
    return error
