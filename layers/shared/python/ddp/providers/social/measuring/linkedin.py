"""Numbers of LinkedIn's posts: an organisation's by one call for a list, a member's by one call per post and metric.

Sources: learn.microsoft.com/linkedin/marketing/community-management/organizations/share-statistics,
…/community-management/members/post-statistics.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from ddp.errors import Transient, WorkerError
from ddp.providers.social import http, linkedin_api
from ddp.providers.social.base import Account, Platform, Refused
from ddp.providers.social.http import Answer
from ddp.providers.social.measures import Kind, MeasuredPost, Reading
from ddp.providers.social.measuring import counting
from ddp.providers.social.measuring.counting import Told
from ddp.providers.social.measuring.narrowing import InvalidMetric

_MEMBER = "member"
# The name of the list that a URN stands in, and of a member's entity.
_LISTS = {"share": "shares", "ugcPost": "ugcPosts"}
_ENTITIES = {"share": "share", "ugcPost": "ugc"}
_URN = re.compile(r"urn:li:(share|ugcPost):[0-9]+")


class LinkedIn:
    """Implements ddp.providers.social.measures.Measurer."""

    platform = Platform.LINKEDIN

    def batch(self, kind: Kind, account_kind: str) -> int:
        """Many posts of an organisation, one of a member."""
        return counting.batch(self.platform, kind, account_kind)

    def measure(
        self, account: Account, posts: Sequence[MeasuredPost], kind: Kind, *, without: Collection[str] = ()
    ) -> Reading:
        """Read an organisation's statistics, or each metric of a member's post."""
        rule = counting.rule(self.platform, kind, account.kind)
        known = [post for post in posts if _URN.fullmatch(post.external_id)]
        if account.kind != _MEMBER:
            return counting.read(rule, known, without, partial(_of_organisation, account))
        return counting.read(rule, known, without, partial(_of_member, account))


def _of_organisation(account: Account, posts: Sequence[MeasuredPost], _: Sequence[str]) -> Told:
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
    given = http.call(
        "GET",
        # The parentheses and commas of lists stand as they are.
        f"{linkedin_api.API}/{path}",
        classify=partial(_classify, metric),
        token=account.access_token,
        headers=linkedin_api.HEADERS,
    ).json()
    elements = given.get("elements") if isinstance(given, dict) else None
    if not isinstance(elements, list):
        raise Transient("LinkedIn answered something else than statistics")
    return [element for element in elements if isinstance(element, dict)]


def _classify(metric: str | None, answer: Answer, finalises: bool) -> WorkerError | None:
    error = linkedin_api.classify(answer, finalises)
    if isinstance(error, Refused) and metric:
        if answer.status == 404:
            return Refused("not-found", str(error))
        if answer.status == 400 and ("queryType" in str(error) or metric in str(error)):
            return InvalidMetric(str(error), {metric})
    return error
