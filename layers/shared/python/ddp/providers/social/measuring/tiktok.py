"""Numbers of TikTok's videos, by the query of the person's own videos.

A video that is absent from the answer may be private, or still in moderation: it is missing, and never gone by that.
Sources: developers.tiktok.com/doc/tiktok-api-v2-video-query, …/doc/content-posting-api-reference-get-video-status.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from ddp.errors import CredentialsExpired, Transient, WorkerError
from ddp.providers.social import http, tiktok_api
from ddp.providers.social.base import Account, Platform, Refused
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
        """Query the videos by their ids. Of a post that has none yet it is asked whether moderation has ended."""
        rule = counting.rule(self.platform, kind, account.kind)
        known = [post for post in posts if post.external_id.isascii() and post.external_id.isdigit()]
        reading = counting.read(rule, known, without, partial(_ask, account))
        # A publish id, such as v_pub_url~v2.123456789.
        unnamed = [post for post in posts if "~" in post.external_id]
        return replace(reading, named=_named(account, unnamed))


def _named(account: Account, posts: Sequence[MeasuredPost]) -> dict[UUID, str]:
    """The ids that these posts have by now. Never raises: they are asked for at the next reading again."""
    named = {}
    for post in posts:
        try:
            told = tiktok_api.status(account.access_token, post.external_id)
        except Refused:
            continue
        except (CredentialsExpired, Transient):
            break
        if post_id := tiktok_api.public_id(told):
            named[post.post_id] = post_id
    return named


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
