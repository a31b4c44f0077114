"""Numbers of Facebook and Instagram, from what Meta's documentation shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from ddp.errors import CredentialsExpired, Transient
from ddp.providers.social import base, measuring, rules
from ddp.providers.social.base import PostType, QuotaReached, Refused
from ddp.providers.social.measures import Kind
from ddp.providers.social.measuring import counting
from tests.unit.ddp.providers.social.measuring.scripted import (
    Call,
    Platform,
    Script,
    account,
    batch,
    counts,
    part,
    post,
    said,
    sample,
)

FACEBOOK, INSTAGRAM = measuring.of("facebook"), measuring.of("instagram")
PAGE, BUSINESS = account("page"), account("business", "17841405309211844")
MEDIUM = "17900000000000001"
EXPIRED = Script(status=400, body={"error": {"message": "Expired", "type": "OAuthException", "code": 190}})
DENIED = Script(status=403, body={"error": {"message": "(#200) Missing permission", "code": 200}})
BROKEN = Script(status=500, body={"error": {"message": "Please retry", "code": 2, "is_transient": True}})
RETIRED = "post_clicks"
# A post's counters take two parts of a batch: likes, comments and shares; and all reactions.
COUNTERS = said("facebook/counters"), said("facebook/reactions")


def test_reactions_are_counted_without_their_likes(platform: Platform) -> None:
    one = post("102_201")
    platform.says(batch(*COUNTERS))
    reading = FACEBOOK.measure(PAGE, [one], Kind.COUNTERS)
    assert counts(reading) == {one.post_id: {"like": 9, "reaction": 3, "comment": 4, "share": 3}}
    (call,) = platform.calls
    assert (call.method, call.path, call.token) == (
        "POST", "graph.facebook.com/v26.0/", "Bearer SECRET-token",
    )  # fmt: skip
    assert asked(call) == [
        (
            "102_201",
            (
                "reactions.type(LIKE).limit(0).summary(total_count),"
                "comments.filter(stream).limit(0).summary(total_count),shares"
            ),
        ),
        ("102_201", "reactions.limit(0).summary(total_count)"),
    ]


def asked(call: Call) -> list[tuple[str, str]]:
    """The objects and fields of a batch."""
    urls = [urlsplit(each["relative_url"]) for each in json.loads(call.fields["batch"])]
    return [(url.path, parse_qs(url.query)["fields"][0]) for url in urls]


def test_no_shares_are_missing_and_no_comments_are_zero(platform: Platform) -> None:
    one, none = post("102_202"), said("facebook/counters_without_shares")
    platform.says(batch(none, none))
    assert counts(FACEBOOK.measure(PAGE, [one], Kind.COUNTERS)) == {
        one.post_id: {"like": 0, "reaction": 0, "comment": 0}
    }


def test_many_posts_are_one_call_and_one_that_is_gone_hides_no_other(platform: Platform) -> None:
    first, deleted, slow, denied = (post(f"102_{number}") for number in (201, 203, 204, 205))
    gone = said("facebook/gone")
    platform.says(batch(*COUNTERS, gone, gone, None, None, DENIED, DENIED))
    reading = FACEBOOK.measure(PAGE, [first, deleted, slow, denied], Kind.COUNTERS)
    assert set(reading.counts) == {first.post_id}
    assert reading.gone == {deleted.post_id}
    (call,) = platform.calls
    places = [place for place, _ in asked(call)]
    assert places[::2] == places[1::2] == ["102_201", "102_203", "102_204", "102_205"]
    assert sample("facebook/batch")[0].keys() == part(gone).keys()


def test_of_a_post_that_was_half_answered_the_half_is_read(platform: Platform) -> None:
    first, second = post("102_201"), post("102_202")
    platform.says(batch(*COUNTERS, COUNTERS[0], None))
    reading = FACEBOOK.measure(PAGE, [first, second], Kind.COUNTERS)
    assert counts(reading)[second.post_id] == {"like": 9, "comment": 4, "share": 3}
    platform.says(batch(said("facebook/gone"), COUNTERS[1], None, COUNTERS[1]))
    reading = FACEBOOK.measure(PAGE, [first, second], Kind.COUNTERS)
    assert (counts(reading), set(reading.gone)) == ({}, set())


@pytest.mark.parametrize("body", [b"[]", b"{}", b"[7, {}]", b'[{"code": 200, "body": "\\ud83d"}, null]'])
def test_a_batch_that_cannot_be_read_makes_no_post_gone(platform: Platform, body: bytes) -> None:
    platform.says(Script(body=body))
    with pytest.raises(Transient):
        FACEBOOK.measure(PAGE, [post("102_1"), post("102_2")], Kind.COUNTERS)


@pytest.mark.parametrize(
    ("kind", "number", "parts"),
    [(Kind.COUNTERS, 25, COUNTERS), (Kind.INSIGHTS, 50, (said("facebook/insights"),))],
)
def test_a_full_batch_of_facebook_is_one_call_of_fifty_parts(
    platform: Platform, kind: Kind, number: int, parts: tuple[Script, ...]
) -> None:
    assert counting.batch(base.Platform.FACEBOOK, kind, "page") == number
    posts = [post(f"102_{place}") for place in range(number)]
    platform.says(batch(*parts * number))
    assert len(FACEBOOK.measure(PAGE, posts, kind).counts) == number
    (call,) = platform.calls
    assert len(json.loads(call.fields["batch"])) == 50


def test_a_video_is_asked_for_under_the_id_of_its_story_and_watched_in_seconds(platform: Platform) -> None:
    one = post("4711", PostType.VIDEO)
    platform.says(said("facebook/insights_of_video"))
    reading = FACEBOOK.measure(PAGE, [one], Kind.INSIGHTS)
    assert counts(reading) == {one.post_id: {"view": 340, "reach": 210, "click": 17, "watch_seconds": 91}}
    assert platform.calls[0].path == "graph.facebook.com/v26.0/102_4711/insights"


def test_an_image_is_not_asked_how_long_it_was_watched(platform: Platform) -> None:
    one = post("102_201")
    platform.says(said("facebook/insights"))
    assert counts(FACEBOOK.measure(PAGE, [one], Kind.INSIGHTS)) == {
        one.post_id: {"view": 340, "reach": 210, "click": 17}
    }
    assert platform.calls[0].fields["metric"] == "post_media_view,post_total_media_view_unique,post_clicks"


def retires(metric: str, invalid: str) -> Callable[[Call], Script]:
    """A platform that does not know the metric: it refuses every part that names it, and batches are answered."""
    values = {row["name"]: row for row in sample("facebook/insights")["data"]}

    def one(query: str) -> Script:
        asked = parse_qs(query)["metric"][0].split(",")
        if metric in asked:
            return said(invalid)
        return Script(body={"data": [values[name] for name in asked if name in values]})

    def answer(call: Call) -> Script:
        if "batch" not in call.fields:
            return one(call.query)
        return batch(
            *(one(urlsplit(each["relative_url"]).query) for each in json.loads(call.fields["batch"]))
        )

    return answer


@pytest.mark.parametrize("number", [1, 3])
def test_a_retired_metric_is_found_and_the_others_are_read(platform: Platform, number: int) -> None:
    posts = [post(f"102_{place}") for place in range(number)]
    platform.answer = retires(RETIRED, "facebook/metric_invalid")
    reading = FACEBOOK.measure(PAGE, posts, Kind.INSIGHTS)
    assert counts(reading) == {one.post_id: {"view": 340, "reach": 210} for one in posts}
    assert reading.retired == {RETIRED: "(#100) The value must be a valid insights metric (100)"}
    assert len(platform.calls) == 4  # all together, then each by itself


def test_a_metric_that_is_switched_off_is_not_asked_for(platform: Platform) -> None:
    one = post("102_201")
    platform.answer = retires(RETIRED, "facebook/metric_invalid")
    reading = FACEBOOK.measure(PAGE, [one], Kind.INSIGHTS, without={RETIRED, "post_video_view_time"})
    assert (counts(reading), dict(reading.retired)) == ({one.post_id: {"view": 340, "reach": 210}}, {})
    assert len(platform.calls) == 1


def test_what_one_post_refuses_and_others_answer_is_not_retired(platform: Platform) -> None:
    good, odd = post("102_1"), post("102_2")
    platform.says(batch(said("facebook/insights"), said("facebook/metric_invalid")))
    reading = FACEBOOK.measure(PAGE, [good, odd], Kind.INSIGHTS)
    assert (set(reading.counts), dict(reading.retired), set(reading.gone)) == ({good.post_id}, {}, set())


def test_a_call_that_is_refused_with_every_metric_is_not_about_metrics(platform: Platform) -> None:
    platform.answer = lambda _: said("facebook/metric_invalid")
    with pytest.raises(Refused) as refused:
        FACEBOOK.measure(PAGE, [post("102_1")], Kind.INSIGHTS)
    assert refused.value.code == "invalid-call"


def test_a_field_that_does_not_exist_is_named(platform: Platform) -> None:
    one = post("102_201")
    rest = {name: value for name, value in sample("facebook/counters").items() if name != "shares"}
    platform.says(batch(said("facebook/field_invalid"), COUNTERS[1]), batch(Script(body=rest), COUNTERS[1]))
    reading = FACEBOOK.measure(PAGE, [one], Kind.COUNTERS)
    assert counts(reading) == {one.post_id: {"like": 9, "reaction": 3, "comment": 4}}
    assert set(reading.retired) == {"shares"}


def test_a_deleted_post_is_gone_if_the_account_can_be_read(platform: Platform) -> None:
    one = post("102_203")
    platform.says(said("facebook/gone"), Script(body={"id": "102"}))
    assert FACEBOOK.measure(PAGE, [one], Kind.INSIGHTS).gone == {one.post_id}
    assert [call.path.removeprefix("graph.facebook.com/v26.0/") for call in platform.calls] == [
        "102_203/insights", "me",
    ]  # fmt: skip


@pytest.mark.parametrize("answer", [DENIED, said("facebook/gone")])
def test_posts_of_an_account_that_cannot_be_read_are_not_gone(platform: Platform, answer: Script) -> None:
    platform.says(batch(*[said("facebook/gone")] * 4), answer)
    with pytest.raises(Refused) as refused:
        FACEBOOK.measure(PAGE, [post("102_1"), post("102_2")], Kind.COUNTERS)
    assert refused.value.code == "permission"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (EXPIRED, CredentialsExpired),
        (Script(status=401, body=b"no"), CredentialsExpired),
        (DENIED, Refused),
        (BROKEN, Transient),
        (Script(status=502, body=b"<html>Bad gateway</html>"), Transient),
        (Script(body=b"<html>Hello</html>"), Transient),
        (said("facebook/rate_limited"), QuotaReached),
    ],
)
@pytest.mark.parametrize("number", [1, 2])
def test_outages_and_refusals_are_raised_and_nothing_is_gone(
    platform: Platform, answer: Script, error: type[Exception], number: int
) -> None:
    posts = [post(f"102_{place}") for place in range(number)]
    whole = answer.status in {401, 502} or isinstance(answer.body, bytes)
    platform.says(answer if whole else batch(*[answer] * 2 * number))
    with pytest.raises(error) as raised:
        FACEBOOK.measure(PAGE, posts, Kind.COUNTERS)
    assert type(raised.value) is error


def test_a_page_of_a_proxy_does_not_make_a_post_gone(platform: Platform) -> None:
    platform.says(Script(status=404, body=b"<html>Not found</html>"))
    with pytest.raises(Transient):
        FACEBOOK.measure(PAGE, [post("102_1")], Kind.INSIGHTS)


def test_expired_access_is_raised_even_if_something_was_read(platform: Platform) -> None:
    platform.says(batch(*COUNTERS, EXPIRED, EXPIRED))
    with pytest.raises(CredentialsExpired):
        FACEBOOK.measure(PAGE, [post("102_1"), post("102_2")], Kind.COUNTERS)


def test_an_id_is_never_more_than_an_id(platform: Platform) -> None:
    platform.says(said("facebook/insights"), batch(*COUNTERS))
    for kind in (Kind.INSIGHTS, Kind.COUNTERS):
        FACEBOOK.measure(PAGE, [post("../me/accounts?x=")], kind)
    assert platform.calls[0].path == "graph.facebook.com/v26.0/..%2Fme%2Faccounts%3Fx%3D/insights"
    assert {place for place, _ in asked(platform.calls[1])} == {"..%2Fme%2Faccounts%3Fx%3D"}


def test_instagram_counts_likes_and_comments(platform: Platform) -> None:
    shown, hidden = post(MEDIUM), post(MEDIUM)
    platform.says(said("instagram/counters"), said("instagram/counters_with_hidden_likes"))
    assert counts(INSTAGRAM.measure(BUSINESS, [shown], Kind.COUNTERS)) == {
        shown.post_id: {"like": 702, "comment": 31}
    }
    assert counts(INSTAGRAM.measure(BUSINESS, [hidden], Kind.COUNTERS)) == {hidden.post_id: {"comment": 31}}
    assert platform.calls[0].path == f"graph.instagram.com/v26.0/{MEDIUM}"


@pytest.mark.parametrize(
    ("post_type", "answer", "more"),
    [
        (PostType.IMAGE, "instagram/insights", {"follow": 5}),
        (PostType.CAROUSEL, "instagram/insights", {"follow": 5}),
        (PostType.REEL, "instagram/insights_of_reel", {"watch_seconds": 91}),
        (PostType.VIDEO, "instagram/insights_of_reel", {"watch_seconds": 91}),
    ],
)
def test_instagrams_insights_by_type(
    platform: Platform, post_type: PostType, answer: str, more: dict[str, int]
) -> None:
    one = post(MEDIUM, post_type)
    platform.says(said(answer))
    assert counts(INSTAGRAM.measure(BUSINESS, [one], Kind.INSIGHTS)) == {
        one.post_id: {"view": 18540, "reach": 12110, "save": 88, "share": 41, **more}
    }


@pytest.mark.parametrize("answer", ["instagram/insights_empty", "instagram/too_few_viewers"])
def test_an_empty_set_is_missing_and_not_zero(platform: Platform, answer: str) -> None:
    platform.says(said(answer))
    reading = INSTAGRAM.measure(BUSINESS, [post(MEDIUM)], Kind.INSIGHTS)
    assert (counts(reading), set(reading.gone), dict(reading.retired)) == ({}, set(), {})


def test_instagram_names_the_retired_metric_by_its_place_and_then_others_that_exist(
    platform: Platform,
) -> None:
    one = post(MEDIUM)
    platform.says(said("instagram/metric_invalid"), said("instagram/insights"))
    reading = INSTAGRAM.measure(BUSINESS, [one], Kind.INSIGHTS)
    asked = [call.fields["metric"] for call in platform.calls]
    assert asked == ["views,reach,saved,shares,follows", "views,saved,shares,follows"]
    assert set(reading.retired) == {"reach"}
    assert counts(reading)[one.post_id]["view"] == 18540


def test_a_metric_that_a_type_of_post_does_not_have_is_left_out_and_not_retired(platform: Platform) -> None:
    one = post(MEDIUM)
    platform.says(said("instagram/metric_of_other_type"), said("instagram/insights"))
    reading = INSTAGRAM.measure(BUSINESS, [one], Kind.INSIGHTS)
    assert "follows" not in platform.calls[1].fields["metric"]
    assert (dict(reading.retired), counts(reading)[one.post_id]["view"]) == ({}, 18540)


def test_all_metrics_that_a_type_does_not_have_are_left_out_at_once(platform: Platform) -> None:
    words = "(#100) The Media Insights API does not support the shares, follows metric for this media product type."
    error = {"error": {"message": words, "type": "OAuthException", "code": 100}}
    platform.says(Script(status=400, body=error), said("instagram/insights"))
    assert INSTAGRAM.measure(BUSINESS, [post(MEDIUM)], Kind.INSIGHTS).retired == {}
    assert platform.calls[1].fields["metric"] == "views,reach,saved"


def test_a_larger_batch_in_the_rules_makes_batch_requests(platform: Platform) -> None:
    most = counting.batch(base.Platform.INSTAGRAM, Kind.COUNTERS, "business")
    assert most == rules.of("instagram")["measuring"]["counters"]["batch"]
    first, second = post("1"), post("2")
    platform.says(batch(said("instagram/counters"), said("instagram/counters")))
    assert set(INSTAGRAM.measure(BUSINESS, [first, second], Kind.COUNTERS).counts) == {
        first.post_id, second.post_id,
    }  # fmt: skip
    assert platform.calls[0].path == "graph.instagram.com/v26.0/"
