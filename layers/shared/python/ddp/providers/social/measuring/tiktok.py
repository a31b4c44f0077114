"""Numbers of TikTok's videos, by the query of the person's own videos.

A video that is absent from the answer may be private, or still in moderation: it is missing, and never gone by that.
Source: developers.tiktok.com/doc/tiktok-api-v2-video-query.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from ddp.errors import Transient, WorkerError
from ddp.providers.social import http, tiktok_api
from ddp.providers.social.base import Account, Platform
from ddp.providers.social.http import Answer
from ddp.providers.social.measures import Kind, MeasuredPost, Reading
from ddp.providers.social.measuring import counting
from ddp.providers.social.measuring.counting import Told
from ddp.providers.social.measuring.narrowing import InvalidMetric

_INVALID = {"invalid_params", "invalid_param"}


class TikTok:
    """Implements ddp.providers.social.measures.Measurer."""

    platform = Platform.TIKTOK

    def measure(
        self, account: Account, posts: Sequence[MeasuredPost], kind: Kind, *, without: Collection[str] = ()
    ) -> Reading:
        """Query the videos by their ids. A post in moderation has no id of a video yet, and is not asked for."""
        rule = counting.rule(self.platform, kind, account.kind)
        known = [post for post in posts if post.external_id.isascii() and post.external_id.isdigit()]
        return counting.read(rule, known, without, partial(_ask, account))


def _ask(account: Account, posts: Sequence[MeasuredPost], metrics: Sequence[str]) -> Told:
    answer = http.call(
        "POST",
        f"{tiktok_api.API}/video/query/",
        classify=_classify,
        token=account.access_token,
        query={"fields": ",".join(["id", *metrics])},
        json_body={"filters": {"video_ids": [post.external_id for post in posts]}},
    )
    # Some errors come with status 200.
    if error := _classify(answer, finalises=False):
        raise error
    given = answer.json()
    data = given.get("data") if isinstance(given, dict) else None
    videos = data.get("videos") if isinstance(data, dict) else None
    if not isinstance(videos, list):
        raise Transient("TikTok answered something else than videos")
    return Told(
        values={str(video["id"]): video for video in videos if isinstance(video, dict) and video.get("id")}
    )


def _classify(answer: Answer, finalises: bool) -> WorkerError | None:
    error = tiktok_api.classify(answer, finalises)
    given = answer.json()
    told = given.get("error") if isinstance(given, dict) else None
    if error is not None and isinstance(told, dict) and told.get("code") in _INVALID:
        return InvalidMetric(str(error))
    return error
