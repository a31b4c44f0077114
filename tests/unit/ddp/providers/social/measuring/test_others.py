"""Numbers of X, LinkedIn, TikTok and YouTube, from what their documentation shows."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest

from ddp.errors import CredentialsExpired, Transient
from ddp.providers.social import base, measuring
from ddp.providers.social.base import QuotaReached, Refused
from ddp.providers.social.measures import Kind
from ddp.providers.social.measuring import counting
from tests.unit.ddp.providers.social.measuring.scripted import (
    Call,
    Platform,
    Script,
    account,
    counts,
    post,
    said,
    sample,
)

X, LINKEDIN, TIKTOK, YOUTUBE = (measuring.of(name) for name in ("twitter", "linkedin", "tiktok", "youtube"))
USER, CREATOR, CHANNEL = account("user"), account("creator"), account("channel")
ORGANIZATION = account("organization", "urn:li:organization:2414183")
MEMBER = account("member", "urn:li:person:1")
SHARE, UGC, LOST = (
    "urn:li:share:7000000000000000001",
    "urn:li:ugcPost:7000000000000000002",
    "urn:li:share:7000000000000000003",
)
PUBLIC, DELETED = "1346889436626259968", "1276230436478386177"
VIDEO = "7080213458555737986"

# A measurer, an account of it, and the id of a post.
EACH: list[tuple[Any, Any, str]] = [
    (X, USER, PUBLIC), (LINKEDIN, ORGANIZATION, SHARE), (LINKEDIN, MEMBER, SHARE), (TIKTOK, CREATOR, VIDEO),
    (YOUTUBE, CHANNEL, "dQw4w9WgXcQ"),
]  # fmt: skip
each = pytest.mark.parametrize(("measurer", "owner", "external_id"), EACH)


@each
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Script(status=401, body=b"no"), CredentialsExpired),
        (Script(status=403, body=b"no"), Refused),
        (Script(status=403, body={"message": "Not enough permissions", "status": 403}), Refused),
        (Script(status=429, body=b"later", headers={"Retry-After": "7"}), QuotaReached),
        (Script(status=500, body=b"{}"), Transient),
        (Script(status=503, body=b"<html>Busy</html>"), Transient),
        (Script(body=b"<html>Hello</html>"), Transient),
        (Script(body=b""), Transient),
        (Script(body=[]), Transient),
        (Script(body=[1]), Transient),
        (Script(body={}), Transient),
        (Script(body=b"[" * 100_000), Transient),
        (Script(body=b"9" * 5_000), Transient),
    ],
)
def test_outages_and_refusals_are_raised(
    platform: Platform, measurer: Any, owner: Any, external_id: str, answer: Script, error: type[Exception]
) -> None:
    platform.answer = lambda _: answer
    with pytest.raises(error) as raised:
        measurer.measure(owner, [post(external_id)], Kind.COUNTERS)
    assert type(raised.value) is error


@each
@pytest.mark.parametrize(
    "body",
    [
        {"data": None, "items": None, "elements": None, "results": None},
        {"data": [], "items": [], "elements": [], "results": [], "kind": "other"},
        {"data": [1], "items": [1], "elements": [1], "results": {"x": 1}},
        {"data": {"videos": [None]}, "elements": [{}], "results": {}, "errors": 1},
        {"errors": [None, {"type": 1}], "results": {}, "elements": [{"count": -1}]},
    ],
)
def test_nonsense_counts_nothing_and_makes_no_post_gone(
    platform: Platform, measurer: Any, owner: Any, external_id: str, body: Any
) -> None:
    platform.answer = lambda _: Script(body=body)
    with suppress(Transient):
        reading = measurer.measure(owner, [post(external_id)], Kind.COUNTERS)
        assert (counts(reading), set(reading.gone), dict(reading.retired)) == ({}, set(), {})


@each
def test_no_posts_are_no_call(platform: Platform, measurer: Any, owner: Any, external_id: str) -> None:
    assert measurer.measure(owner, [], Kind.COUNTERS).counts == {}
    assert measurer.measure(owner, [post("not/an,id")], Kind.COUNTERS).counts == {}
    assert platform.calls == []


def test_x_adds_reposts_and_quotes_and_counts_what_it_charges(platform: Platform) -> None:
    one = post(PUBLIC)
    platform.says(said("twitter/posts"))
    reading = X.measure(USER, [one], Kind.COUNTERS)
    assert counts(reading) == {
        one.post_id: {"like": 1024, "comment": 23, "share": 168, "save": 7, "view": 52340}
    }
    assert reading.reads == 1
    (call,) = platform.calls
    assert (call.method, call.path) == ("GET", "api.x.com/2/tweets")
    assert call.fields == {"ids": PUBLIC, "tweet.fields": "public_metrics"}


def test_a_thousand_posts_of_x_are_ten_calls(platform: Platform) -> None:
    posts = [post(str(number)) for number in range(1, 1_001)]

    def answer(call: Call) -> Script:
        metrics = sample("twitter/posts")["data"][0]["public_metrics"]
        ids = call.fields["ids"].split(",")
        return Script(body={"data": [{"id": each, "public_metrics": metrics} for each in ids]})

    platform.answer = answer
    size = counting.batch(base.Platform.TWITTER, Kind.COUNTERS, "user")
    readings = [
        X.measure(USER, posts[start : start + size], Kind.COUNTERS) for start in range(0, len(posts), size)
    ]
    assert (len(platform.calls), sum(reading.reads for reading in readings)) == (10, 1_000)


def test_x_says_which_posts_do_not_exist(platform: Platform) -> None:
    there, deleted = post("20"), post(DELETED)
    platform.says(said("twitter/one_not_found"), said("twitter/none_found"))
    reading = X.measure(USER, [there, deleted], Kind.COUNTERS)
    assert (set(reading.counts), reading.gone, reading.reads) == ({there.post_id}, {deleted.post_id}, 1)
    again = X.measure(USER, [deleted], Kind.COUNTERS)
    assert (counts(again), again.gone, again.reads) == ({}, {deleted.post_id}, 0)


def test_a_protected_account_of_x_is_not_deleted(platform: Platform) -> None:
    platform.says(said("twitter/not_authorized_for_resource"))
    with pytest.raises(Refused) as refused:
        X.measure(USER, [post(DELETED)], Kind.COUNTERS)
    assert refused.value.code == "permission"


def test_private_metrics_of_x_end_after_thirty_days(platform: Platform) -> None:
    young, old, refused = post(PUBLIC, days_old=29.9), post("20", days_old=30.1), post(PUBLIC)
    platform.says(said("twitter/private_metrics"), said("twitter/not_authorized_for_field"))
    assert counts(X.measure(USER, [young, old], Kind.INSIGHTS)) == {young.post_id: {"click": 61}}
    assert platform.calls[0].fields == {"ids": PUBLIC, "tweet.fields": "non_public_metrics"}
    assert X.measure(USER, [old], Kind.INSIGHTS).counts == {}
    assert len(platform.calls) == 1
    reading = X.measure(USER, [refused], Kind.INSIGHTS)
    assert (counts(reading), set(reading.gone), dict(reading.retired)) == ({}, set(), {})


def test_x_names_a_field_that_it_does_not_know_and_lists_those_that_it_does(platform: Platform) -> None:
    platform.says(said("twitter/field_invalid"))
    reading = X.measure(USER, [post(PUBLIC)], Kind.COUNTERS)
    assert (counts(reading), set(reading.retired)) == ({}, {"public_metrics"})


def test_x_is_busy(platform: Platform) -> None:
    platform.says(said("twitter/throttled"))
    with pytest.raises(QuotaReached):
        X.measure(USER, [post(PUBLIC)], Kind.COUNTERS)


def test_linkedins_likes_are_taken_away_from_all_reactions(platform: Platform) -> None:
    share, ugc, lost = post(SHARE), post(UGC), post(LOST)
    platform.says(said("linkedin/metadata"))
    reading = LINKEDIN.measure(ORGANIZATION, [share, ugc, lost], Kind.COUNTERS)
    assert counts(reading) == {
        share.post_id: {"like": 31, "reaction": 6, "comment": 6},
        ugc.post_id: {"like": 0, "reaction": 0, "comment": 0},
    }
    assert reading.gone == {lost.post_id}
    (call,) = platform.calls
    encoded = ",".join(each.replace(":", "%3A") for each in (SHARE, UGC, LOST))
    assert (call.path, call.query) == ("api.linkedin.com/rest/socialMetadata", f"ids=List({encoded})")


def test_reactions_that_linkedin_does_not_tell_are_missing(platform: Platform) -> None:
    one = post(SHARE)
    platform.says(Script(body={"results": {SHARE: {"commentSummary": {"count": 2}}}, "errors": {}}))
    assert counts(LINKEDIN.measure(ORGANIZATION, [one], Kind.COUNTERS)) == {one.post_id: {"comment": 2}}


@pytest.mark.parametrize("status", [403, 500])
def test_an_error_of_one_post_of_linkedin_is_not_its_end(platform: Platform, status: int) -> None:
    first, second = post(SHARE), post(LOST)
    errors = {urn: {"status": status, "message": "No"} for urn in (SHARE, LOST)}
    results = {SHARE: sample("linkedin/metadata")["results"][SHARE]}
    platform.says(
        Script(body={"results": results, "errors": {LOST: errors[LOST]}}),
        Script(body={"results": {}, "errors": errors}),
    )
    reading = LINKEDIN.measure(ORGANIZATION, [first, second], Kind.COUNTERS)
    assert (set(reading.counts), set(reading.gone)) == ({first.post_id}, set())
    with pytest.raises(Refused):
        LINKEDIN.measure(ORGANIZATION, [first, second], Kind.COUNTERS)


def test_linkedins_statistics_are_one_call_and_give_no_total_of_reactions(platform: Platform) -> None:
    share, ugc, silent = post(SHARE), post(UGC), post(LOST)
    platform.says(said("linkedin/statistics"))
    reading = LINKEDIN.measure(ORGANIZATION, [share, ugc, silent], Kind.INSIGHTS)
    assert counts(reading) == {
        share.post_id: {"share": 3, "click": 60, "view": 1457, "reach": 927},
        ugc.post_id: {"share": 0, "click": 0, "view": 0, "reach": 0},
    }
    assert reading.gone == frozenset()
    (call,) = platform.calls
    encoded = [each.replace(":", "%3A") for each in (SHARE, LOST, UGC)]
    assert call.query == (
        "q=organizationalEntity&organizationalEntity=urn%3Ali%3Aorganization%3A2414183"
        f"&shares=List({encoded[0]},{encoded[1]})&ugcPosts=List({encoded[2]})"
    )


def of_members(call: Call) -> Script:
    numbers = {"REACTION": 12, "COMMENT": 3, "RESHARE": 4, "IMPRESSION": 2000, "MEMBERS_REACHED": 900}
    metric = call.fields["queryType"]
    element = dict(sample("linkedin/member_metric")["elements"][0], count=numbers.get(metric))
    return Script(body={"elements": [element] if metric in numbers else []})


def test_a_members_post_is_one_call_per_metric(platform: Platform) -> None:
    one = post(UGC)
    platform.answer = of_members
    assert counts(LINKEDIN.measure(MEMBER, [one], Kind.COUNTERS)) == {
        one.post_id: {"reaction": 12, "comment": 3, "share": 4, "view": 2000, "reach": 900}
    }
    entity = f"entity=(ugc:{UGC.replace(':', '%3A')})"
    assert platform.calls[0].query == f"q=entity&{entity}&queryType=REACTION&aggregation=TOTAL"
    assert len(platform.calls) == 7


def test_a_member_of_linkedin_has_a_retired_metric(platform: Platform) -> None:
    one = post(SHARE)
    invalid = said("linkedin/metric_invalid")
    platform.answer = lambda call: invalid if call.fields["queryType"] == "POST_SAVE" else of_members(call)
    reading = LINKEDIN.measure(MEMBER, [one], Kind.COUNTERS)
    assert set(reading.retired) == {"POST_SAVE"}
    assert counts(reading)[one.post_id]["reaction"] == 12


@pytest.mark.parametrize(("status", "error"), [(429, QuotaReached), (500, Transient)])
def test_what_was_read_of_a_member_before_an_outage_is_kept(
    platform: Platform, status: int, error: type[Exception]
) -> None:
    one = post(SHARE)
    broken = Script(status=status, body={"message": "Later", "status": status})
    platform.answer = lambda call: of_members(call) if call.fields["queryType"] == "REACTION" else broken
    assert counts(LINKEDIN.measure(MEMBER, [one], Kind.COUNTERS)) == {one.post_id: {"reaction": 12}}
    platform.answer = lambda _: broken
    with pytest.raises(error):
        LINKEDIN.measure(MEMBER, [one], Kind.COUNTERS)


def test_a_members_post_that_linkedin_does_not_find_is_gone(platform: Platform) -> None:
    one = post(SHARE)
    platform.says(Script(status=404, body={"message": "Not found", "status": 404}))
    assert LINKEDIN.measure(MEMBER, [one], Kind.COUNTERS).gone == {one.post_id}


@pytest.mark.parametrize("owner", [ORGANIZATION, MEMBER])
def test_linkedin_refuses_what_was_not_granted(platform: Platform, owner: Any) -> None:
    platform.says(said("linkedin/forbidden"))
    with pytest.raises(Refused) as refused:
        LINKEDIN.measure(owner, [post(SHARE)], Kind.COUNTERS)
    assert refused.value.code == "permission"


def test_tiktok_counts_and_what_is_absent_is_missing(platform: Platform) -> None:
    shown, hidden, moderated = post(VIDEO), post("7080213458555737987"), post("v_pub_file~v2.123456789")
    platform.says(said("tiktok/videos"), Script(body={"data": {"status": "PUBLISH_COMPLETE"}}))
    reading = TIKTOK.measure(CREATOR, [shown, hidden, moderated], Kind.COUNTERS)
    assert counts(reading) == {shown.post_id: {"like": 820, "comment": 31, "share": 12, "view": 15310}}
    assert reading.gone == frozenset()
    assert reading.named == {}
    call, _ = platform.calls
    assert (call.method, call.path) == ("POST", "open.tiktokapis.com/v2/video/query/")
    assert call.fields["fields"] == "id,like_count,comment_count,share_count,view_count"
    assert json.loads(call.body) == {"filters": {"video_ids": [VIDEO, "7080213458555737987"]}}


def test_tiktok_is_asked_for_the_id_of_what_was_in_moderation(platform: Platform) -> None:
    forgotten, named, unasked = (post(f"v_pub_file~v2.{number}") for number in range(3))
    told = {"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": [int(VIDEO)]}
    platform.says(
        Script(status=400, body={"error": {"code": "invalid_publish_id", "message": "It does not exist."}}),
        Script(body={"data": told, "error": {"code": "ok"}}),
        Script(status=429, body={"error": {"code": "rate_limit_exceeded", "message": "Too many."}}),
    )
    reading = TIKTOK.measure(CREATOR, [forgotten, named, unasked, post("p_pub_url~v2.4")], Kind.COUNTERS)
    assert reading.named == {named.post_id: VIDEO}
    assert {call.path for call in platform.calls} == {"open.tiktokapis.com/v2/post/publish/status/fetch/"}
    assert json.loads(platform.calls[1].body) == {"publish_id": named.external_id}
    assert len(platform.calls) == 3, "what is over the quota is asked for at the next reading"


@pytest.mark.parametrize("status", [200, 400])
def test_tiktok_retires_a_field_without_naming_it(platform: Platform, status: int) -> None:
    one = post(VIDEO)
    invalid = Script(status=status, body=sample("tiktok/fields_invalid"))

    def answer(call: Call) -> Script:
        asked = call.fields["fields"].split(",")
        if "share_count" in asked:
            return invalid
        (video,) = sample("tiktok/videos")["data"]["videos"]
        return Script(body={"data": {"videos": [{name: video[name] for name in asked}]}})

    platform.answer = answer
    reading = TIKTOK.measure(CREATOR, [one], Kind.COUNTERS)
    assert set(reading.retired) == {"share_count"}
    assert counts(reading) == {one.post_id: {"like": 820, "comment": 31, "view": 15310}}
    assert [call.fields["fields"] for call in platform.calls][1:] == [
        "id,like_count", "id,comment_count", "id,share_count", "id,view_count",
    ]  # fmt: skip


def test_youtube_writes_numbers_as_texts_and_hides_what_the_owner_hides(platform: Platform) -> None:
    big, hidden, deleted = post("dQw4w9WgXcQ"), post("M7FIvfx5J10"), post("AbCdEfGhI01")
    platform.says(said("youtube/videos"))
    reading = YOUTUBE.measure(CHANNEL, [big, hidden, deleted], Kind.COUNTERS)
    assert counts(reading) == {
        big.post_id: {"like": 15_000_000, "comment": 2_300_000, "view": 3_000_000_000},
        hidden.post_id: {"view": 184_250},
    }
    assert reading.gone == {deleted.post_id}
    (call,) = platform.calls
    assert call.path == "www.googleapis.com/youtube/v3/videos"
    assert call.fields == {"part": "statistics", "id": "dQw4w9WgXcQ,M7FIvfx5J10,AbCdEfGhI01"}


def test_fifty_videos_of_youtube_are_one_call() -> None:
    assert counting.batch(base.Platform.YOUTUBE, Kind.COUNTERS, "channel") == 50
    assert counting.batch(base.Platform.YOUTUBE, Kind.INSIGHTS, "channel") == 0
    assert counting.batch(base.Platform.TIKTOK, Kind.COUNTERS, "creator") == 20
