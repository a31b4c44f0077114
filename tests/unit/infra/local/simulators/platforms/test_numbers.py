"""What each platform answers about its posts' numbers, in the form of its documentation's samples."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
import urllib3

from infra.local.simulators.platforms.world import DAY
from tests.unit.infra.local.simulators.platforms.conftest import Running
from tests.unit.infra.local.simulators.platforms.publishing import VIDEO, account, publish, token
from tests.unit.infra.local.simulators.platforms.test_samples import members

pytestmark = pytest.mark.thorough

# docs.x.com/x-api/fundamentals/metrics, read on 2026-11-30.
X_PUBLIC = {
    "retweet_count": 50, "reply_count": 12, "like_count": 234, "quote_count": 5, "bookmark_count": 8,
    "impression_count": 5432,
}  # fmt: skip
X_PRIVATE = {"impression_count": 5432, "url_link_clicks": 89, "user_profile_clicks": 156, "engagements": 345}
# An answer of GET /2/tweets that others report.
X_LOST = {
    "value": "2", "detail": "Could not find tweet with ids: [2].", "title": "Not Found Error", "resource_type": "tweet",
    "parameter": "ids", "resource_id": "2", "type": "https://api.twitter.com/2/problems/resource-not-found",
}  # fmt: skip
X_FORBIDDEN = {
    "resource_type": "tweet", "field": "non_public_metrics.impression_count", "parameter": "id",
    "resource_id": "1446829727184941056", "title": "Field Authorization Error", "section": "data",
    "detail": "Sorry, you are not authorized to access 'non_public_metrics.impression_count' on the Tweet with id : "
    "[1446829727184941056].",
    "value": "1446829727184941056", "type": "https://api.twitter.com/2/problems/not-authorized-for-field",
}  # fmt: skip
# An answer of v25.0 that others report; the paths of `paging` are left out.
FACEBOOK_REACTIONS = {
    "name": "post_reactions_by_type_total",
    "period": "lifetime",
    "values": [{"value": {"like": 1}}],
    "title": "Lifetime Total post Reactions by Type.",
    "description": "Lifetime: Total post reactions by type.",
    "id": "723701000827665_122167637282960180/insights/post_reactions_by_type_total/lifetime",
}
FACEBOOK_NO_METRIC = {
    "message": "Invalid query", "type": "OAuthException", "code": 3001, "error_subcode": 1504028, "is_transient": False,
    "error_user_title": "No Metric Specified",
    "error_user_msg": "No metric was specified to be fetched. Please specify one or more metrics to be fetched and try "
    "again.",
    "fbtrace_id": "GpdspOgqUHT",
}  # fmt: skip
# learn.microsoft.com, organization share statistics: the members of ShareStatisticsData.
LINKEDIN = {
    "uniqueImpressionsCount", "shareCount", "engagement", "clickCount", "likeCount", "impressionCount", "commentCount",
}  # fmt: skip
# developers.tiktok.com, query videos, read on 2026-11-30.
TIKTOK = {
    "data": {"videos": [{"title": "Video 1", "id": "1234123412345678567"}]},
    "error": {"code": "ok", "message": "", "log_id": "20220829194722CBE87ED59D524E727021"},
}
GRAPH, INSTAGRAM = "graph.facebook.com/v26.0", "graph.instagram.com/v26.0"
PAGE_SCOPES = "pages_read_engagement read_insights pages_manage_metadata"
X_SCOPES = "tweet.read users.read"


def x(running: Running, query: str) -> urllib3.BaseHTTPResponse:
    headers = {"Authorization": f"Bearer {token(running, 'twitter', X_SCOPES)}"}
    return running.ask("GET", f"api.x.com/2/tweets?{query}", headers=headers)


def test_x_tells_public_and_private_metrics_as_in_the_samples(running: Running) -> None:
    post = publish(running, "twitter")
    running.clock.now += DAY
    answer = x(running, f"ids={post}&tweet.fields=public_metrics,non_public_metrics")
    [node] = answer.json()["data"]
    assert members(node["public_metrics"]) == members(X_PUBLIC)
    assert members(node["non_public_metrics"]) == members(X_PRIVATE)
    told = running.client.told("twitter", post)
    public = node["public_metrics"]
    assert public["like_count"] == told["like"]
    assert public["retweet_count"] + public["quote_count"] == told["share"]
    assert public["impression_count"] == told["view"]
    assert node["non_public_metrics"]["url_link_clicks"] == told["click"]
    assert answer.headers["x-rate-limit-remaining"] == "899"


def test_x_answers_what_it_can_and_says_what_it_cannot(running: Running) -> None:
    post, private = publish(running, "twitter"), publish(running, "twitter", 2)
    body = x(running, f"ids={post},2&tweet.fields=public_metrics").json()
    assert [node["id"] for node in body["data"]] == [post]
    assert body["errors"] == [X_LOST]
    running.client.remove("twitter", private)
    assert x(running, f"ids={private}").json().keys() == {"errors"}
    running.client.make_private("twitter", account(running, "twitter"))
    [error] = x(running, f"ids={post}").json()["errors"]
    assert error["type"].endswith("not-authorized-for-resource")


def test_x_tells_private_metrics_for_thirty_days(running: Running) -> None:
    post = publish(running, "twitter")
    running.clock.now += 31 * DAY
    body = x(running, f"ids={post}&tweet.fields=public_metrics,non_public_metrics").json()
    assert "non_public_metrics" not in body["data"][0]
    assert "public_metrics" in body["data"][0]
    assert body["errors"][0] == X_FORBIDDEN | {
        name: body["errors"][0][name] for name in ("resource_id", "value", "detail", "parameter")
    }
    assert post in body["errors"][0]["detail"]
    assert len(body["errors"]) == 4


def test_x_charges_a_post_once_per_utc_day(running: Running) -> None:
    ids = [publish(running, "twitter", number) for number in range(100, 200)]
    asked = f"ids={','.join(ids)}&tweet.fields=public_metrics"
    for _ in range(3):
        assert len(x(running, asked).json()["data"]) == 100
    assert running.client.charged() == 100 * 5 / 1_000
    running.clock.now += DAY
    x(running, asked)
    assert str(running.client.charged()) == "1.000"
    assert x(running, f"ids=1,{asked[4:]}").status == 400
    assert str(running.client.charged()) == "1.000"


def test_x_refuses_more_calls_than_its_headers_say(running: Running) -> None:
    post = publish(running, "twitter")
    running.client.change(quotas={"twitter_reads_per_15_minutes": 1})
    assert x(running, f"ids={post}").status == 200
    refused = x(running, f"ids={post}")
    assert (refused.status, refused.headers["x-rate-limit-remaining"]) == (429, "0")
    running.clock.now = float(refused.headers["x-rate-limit-reset"]) + 1
    assert x(running, f"ids={post}").status == 200


def facebook(
    running: Running, address: str, scopes: str = PAGE_SCOPES, **fields: str
) -> urllib3.BaseHTTPResponse:
    given = {"access_token": token(running, "facebook", scopes), **fields}
    return running.ask("GET", f"{GRAPH}/{address}", fields=given)


def test_facebook_tells_counters_as_field_expansions_ask(running: Running) -> None:
    post = publish(running, "facebook")
    running.clock.now += DAY
    told = running.client.told("facebook", post)
    alias = "reactions.type(LIKE).summary(total_count).as(likes_only)"
    assert facebook(running, post, fields=alias).json()["error"]["code"] == 12
    running.client.change(meta_legacy_features=True)
    fields = (
        "shares,reactions.type(LIKE).limit(0).summary(total_count).as(likes_only),"
        "reactions.limit(0).summary(total_count),comments.filter(stream).limit(0).summary(total_count),created_time"
    )
    node = facebook(running, post, fields=fields).json()
    assert node["likes_only"]["summary"]["total_count"] == told["like"]
    assert node["reactions"]["summary"]["total_count"] == told["like"] + told["reaction"]
    assert node["comments"]["summary"]["total_count"] == told["comment"]
    assert node["shares"] == {"count": told["share"]}
    assert node["reactions"]["data"] == []
    edge = facebook(running, f"{post}/reactions", summary="total_count").json()
    assert edge["summary"] == node["reactions"]["summary"]
    running.client.adjust("facebook", post, "share", -1_000)
    assert "shares" not in facebook(running, post, fields="shares").json()


def test_facebook_tells_insights_once_a_day_and_never_of_small_pages(running: Running) -> None:
    post = publish(running, "facebook")
    metrics = "post_media_view,post_total_media_view_unique,post_clicks,post_reactions_by_type_total"
    assert facebook(running, f"{post}/insights", metric=metrics).json()["data"] == []
    running.clock.now += 2 * DAY
    data = facebook(running, f"{post}/insights", metric=metrics).json()["data"]
    told = running.client.told("facebook", post)
    values = {each["name"]: each["values"][0]["value"] for each in data}
    assert set(data[3]) == set(FACEBOOK_REACTIONS)
    assert data[3]["id"] == f"{post}/insights/post_reactions_by_type_total/lifetime"
    assert (values["post_media_view"], values["post_clicks"]) == (told["view"], told["click"])
    assert values["post_total_media_view_unique"] == told["reach"]
    assert 0 not in values["post_reactions_by_type_total"].values()
    expanded = facebook(running, post, fields=f"insights.metric({metrics}){{name,values}},id").json()
    assert [each["values"] for each in expanded["insights"]["data"]] == [each["values"] for each in data]
    running.client.change(page_likes=99)
    assert facebook(running, f"{post}/insights", metric=metrics).json()["data"] == []


def test_facebook_refuses_a_whole_call_for_one_retired_metric(running: Running) -> None:
    post = publish(running, "facebook")
    running.client.retire("facebook", "post_clicks")
    for metric in ("post_media_view,post_clicks", "post_impressions"):
        error = facebook(running, f"{post}/insights", metric=metric).json()["error"]
        assert (error["code"], error["message"]) == (100, "(#100) The value must be a valid insights metric")
    assert facebook(running, f"{post}/insights", metric="post_media_view").status == 200
    none = facebook(running, f"{post}/insights").json()["error"]
    assert none | {"fbtrace_id": ""} == FACEBOOK_NO_METRIC | {"fbtrace_id": ""}


def test_facebook_tells_of_videos_by_their_posts_and_of_reels(running: Running) -> None:
    page = account(running, "facebook")
    body = {"published": True, "facts": VIDEO, "is_reel": True, "description": "", "title": "", "got": 1}
    video = publish(running, "facebook", 7, **body, ready_at=0.0, is_draft=False).partition("_")[2]
    found = running.world.store.get(f"{page}_{video}", "facebook")
    assert found
    running.world.store.delete(found.id)
    found.id, found.kind = video, "video"
    running.world.store.put(found)
    running.clock.now += 3 * DAY
    told = running.client.told("facebook", f"{page}_{video}")
    assert {"follow", "watch_seconds"} <= set(told)
    [seconds] = facebook(running, f"{page}_{video}/insights", metric="post_video_view_time").json()["data"]
    assert seconds["values"] == [{"value": told["watch_seconds"] * 1_000}]
    metric = "fb_reels_total_plays,post_video_followers"
    plays, follows = facebook(running, f"{video}/video_insights", metric=metric).json()["data"]
    assert (plays["values"][0]["value"], follows["values"][0]["value"]) == (told["view"], told["follow"])
    assert (
        facebook(running, f"1_{video}/insights", metric="post_clicks").json()["error"]["error_subcode"] == 33
    )
    node = facebook(running, f"{page}_{video}", fields="likes.summary(true)").json()
    assert node["likes"]["summary"]["total_count"] == told["like"]


def test_facebook_says_what_is_gone_and_what_may_not_be_read(running: Running) -> None:
    post, kept = publish(running, "facebook"), publish(running, "facebook", 2)
    refused = facebook(running, post, "pages_show_list", fields="reactions.summary(1)")
    assert (refused.status, refused.json()["error"]["code"]) == (403, 10)
    running.client.remove("facebook", post)
    for address in (post, f"{post}/insights", f"{post}/reactions"):
        error = facebook(running, address, metric="post_clicks").json()["error"]
        assert (error["code"], error["error_subcode"]) == (100, 33)
    running.client.make_private("facebook", account(running, "facebook"))
    assert facebook(running, kept, fields="comments.summary(1)").json()["error"]["code"] == 10


def test_facebook_answers_for_several_ids_only_old_applications_in_old_versions(running: Running) -> None:
    post, kept = publish(running, "facebook"), publish(running, "facebook", 2)
    running.client.remove("facebook", post)

    def ask(version: str, *ids: str) -> Any:
        given = {"access_token": token(running, "facebook", PAGE_SCOPES), "ids": ",".join(ids)}
        fields = {"fields": "id,comments.summary(1)"}
        return running.ask("GET", f"graph.facebook.com/{version}/", fields=given | fields).json()

    assert ask("v25.0", kept)["error"]["code"] == 12
    running.client.change(meta_legacy_features=True)
    assert ask("v26.0", kept)["error"]["code"] == 12
    assert set(ask("v25.0", kept)) == {kept}
    assert ask("v25.0", kept, post)["error"]["code"] == 803


def test_a_batch_has_a_status_for_each_of_its_calls(running: Running) -> None:
    post, gone = publish(running, "facebook"), publish(running, "facebook", 2)
    running.client.remove("facebook", gone)
    urls = [f"{post}?fields=shares", f"v26.0/{gone}", f"{post}/insights?metric=nothing"]
    batch = json.dumps([{"method": "GET", "relative_url": url} for url in urls])
    given = {
        "access_token": token(running, "facebook", PAGE_SCOPES),
        "batch": batch,
        "include_headers": "false",
    }
    answers = running.ask("POST", f"{GRAPH}/", fields=given).json()
    assert [each["code"] for each in answers] == [200, 400, 400]
    assert json.loads(answers[0]["body"])["id"] == post
    assert json.loads(answers[1]["body"])["error"]["error_subcode"] == 33
    running.client.fail("partial", "facebook.batch")
    assert running.ask("POST", "graph.facebook.com/", fields=given).json()[1:] == [None, None]
    many = given | {"batch": json.dumps([{"method": "GET", "relative_url": post}] * 51)}
    assert running.ask("POST", f"{GRAPH}/", fields=many).status == 400
    assert running.client.calls()["facebook.batch"] == 3


IG_SCOPES = "instagram_business_basic instagram_business_manage_insights"


def instagram(running: Running, address: str, **fields: str) -> urllib3.BaseHTTPResponse:
    given = {"access_token": token(running, "instagram", IG_SCOPES), **fields}
    return running.ask("GET", f"{INSTAGRAM}/{address}", fields=given)


def test_instagram_tells_counters_at_once_and_insights_later(running: Running) -> None:
    post = publish(running, "instagram")
    running.clock.now += 60
    assert instagram(running, f"{post}/insights", metric="views,reach").json() == {"data": []}
    running.clock.now += 2 * DAY
    told = running.client.told("instagram", post)
    node = instagram(running, post, fields="like_count,comments_count").json()
    assert (node["like_count"], node["comments_count"]) == (told["like"], told["comment"])
    data = instagram(running, f"{post}/insights", metric="views,reach,saved,shares,follows").json()["data"]
    assert set(data[0]) == {"name", "period", "values", "title", "description", "id"}
    values = {each["name"]: each["values"][0]["value"] for each in data}
    kinds = ("view", "reach", "save", "share", "follow")
    assert list(values.values()) == [told[kind] for kind in kinds]


def test_instagram_names_the_metric_that_it_does_not_take(running: Running) -> None:
    post, reel = (
        publish(running, "instagram"),
        publish(running, "instagram", 2, product="REELS", media=[VIDEO]),
    )
    error = instagram(running, f"{post}/insights", metric="views,impressions").json()["error"]
    assert error["message"].startswith("(#100) metric[1] must be one of the following values: views, reach,")
    running.client.retire("instagram", "views")
    error = instagram(running, f"{post}/insights", metric="views").json()["error"]
    assert error["message"].startswith("(#100) metric[0] must be one of the following values: reach,")
    error = instagram(running, f"{reel}/insights", metric="reach,profile_visits,follows").json()["error"]
    assert (
        "does not support the profile_visits, follows metric for this media product type" in error["message"]
    )
    running.clock.now += 3 * DAY
    [watched] = instagram(running, f"{reel}/insights", metric="ig_reels_video_view_total_time").json()["data"]
    assert watched["values"][0]["value"] == running.client.told("instagram", reel)["watch_seconds"] * 1_000


def test_instagram_stories_end_and_accounts_become_private(running: Running) -> None:
    story = publish(running, "instagram", product="STORY")
    post = publish(running, "instagram", 2)
    running.client.change(lateness_seconds={"instagram": {"insights": 0}})
    early = instagram(running, f"{story}/insights", metric="views").json()["error"]
    assert (early["code"], early["message"]) == (
        10,
        "(#10) Not enough viewers for the media to show insights",
    )
    running.clock.now += DAY - 1
    assert instagram(running, f"{story}/insights", metric="views").json()["data"]
    running.clock.now += 2
    assert instagram(running, story).json()["error"]["error_subcode"] == 33
    running.client.make_private("instagram", account(running, "instagram"))
    for address in (post, f"{post}/insights"):
        refused = instagram(running, address, metric="views", fields="like_count")
        assert (refused.status, refused.json()["error"]["code"]) == (403, 10)


def linkedin(running: Running, address: str, scopes: str, index: int = 1, version: str = "202610") -> Any:
    headers = {
        "Authorization": f"Bearer {token(running, 'linkedin', scopes, index)}",
        "LinkedIn-Version": version,
        "X-Restli-Protocol-Version": "2.0.0",
    }
    return running.ask("GET", f"api.linkedin.com/rest/{address}", headers=headers)


def test_linkedin_tells_statistics_of_several_posts_of_an_organisation(running: Running) -> None:
    first, second = publish(running, "linkedin"), publish(running, "linkedin", 2)
    urn = quote(f"urn:li:organization:{account(running, 'linkedin')}", safe="")
    shares = ",".join(quote(each, safe="") for each in (first, second, "urn:li:share:9"))
    query = f"q=organizationalEntity&organizationalEntity={urn}&shares=List({shares})"
    address = f"organizationalEntityShareStatistics?{query}"
    assert linkedin(running, address, "rw_organization_admin").json()["elements"] == []
    running.clock.now += DAY
    elements = linkedin(running, address, "rw_organization_admin").json()["elements"]
    assert [each["share"] for each in elements] == [first, second]
    statistics, told = elements[0]["totalShareStatistics"], running.client.told("linkedin", first)
    assert set(statistics) == LINKEDIN
    assert statistics["impressionCount"] == told["view"]
    assert statistics["likeCount"] >= told["like"]
    running.client.change(audience={"size": 0})
    assert linkedin(running, address, "rw_organization_admin").json()["elements"] == []
    running.client.make_private("linkedin", account(running, "linkedin"))
    assert linkedin(running, address, "rw_organization_admin").status == 403


def test_linkedin_tells_members_one_metric_a_call(running: Running) -> None:
    post = publish(running, "linkedin", index=0)
    running.clock.now += DAY
    told = running.client.told("linkedin", post)

    def ask(metric: str, version: str = "202610") -> Any:
        entity = f"(share:{quote(post, safe='')})"
        address = f"memberCreatorPostAnalytics?q=entity&entity={entity}&queryType={metric}&aggregation=TOTAL"
        return linkedin(running, address, "r_member_postAnalytics", 0, version).json()

    assert ask("IMPRESSION")["elements"] == [
        {"targetEntity": {"share": post}, "metricType": "IMPRESSION", "count": told["view"]}
    ]
    older = ask("RESHARE", "202603")["elements"][0]["metricType"]
    assert list(older.values()) == ["RESHARE"]
    assert ask("POST_SAVE")["elements"][0]["count"] == told["save"]
    assert ask("POST_SAVE", "202603")["status"] == 400
    running.client.retire("linkedin", "REACTION")
    assert ask("REACTION")["status"] == 400


def test_linkedin_tells_reactions_by_kind(running: Running) -> None:
    post, gone = publish(running, "linkedin"), publish(running, "linkedin", 2)
    running.clock.now += DAY
    running.client.remove("linkedin", gone)
    told = running.client.told("linkedin", post)
    ids = ",".join(quote(each, safe="") for each in (post, gone))
    body = linkedin(running, f"socialMetadata?ids=List({ids})", "r_organization_social").json()
    found = body["results"][post]
    assert found["reactionSummaries"]["LIKE"] == {"reactionType": "LIKE", "count": told["like"]}
    counted = sum(each["count"] for each in found["reactionSummaries"].values())
    assert counted == told["like"] + told["reaction"]
    assert found["commentSummary"]["count"] == told["comment"]
    assert body["statuses"] == {post: 200, gone: 404}
    one = linkedin(running, f"socialActions/{quote(post, safe='')}", "r_organization_social").json()
    assert one["likesSummary"]["totalLikes"] == counted
    assert linkedin(running, f"socialMetadata/{quote(gone, safe='')}", "r_organization_social").status == 404
    assert linkedin(running, f"socialMetadata/{quote(post, safe='')}", "r_member_social").status == 403


def tiktok(running: Running, ids: list[str], fields: str) -> urllib3.BaseHTTPResponse:
    headers = {"Authorization": f"Bearer {token(running, 'tiktok', 'video.list')}"}
    body = {"filters": {"video_ids": ids}}
    return running.ask(
        "POST", f"open.tiktokapis.com/v2/video/query/?fields={fields}", json=body, headers=headers
    )


def test_tiktok_answers_for_public_videos_only(running: Running) -> None:
    publish(running, "tiktok")
    publish(running, "tiktok", 2, info={"title": "No", "privacy_level": "SELF_ONLY"})
    running.clock.now += DAY
    sample = tiktok(running, ["731", "732", "9"], "id,title")
    assert members(sample.json()) == members(TIKTOK)
    [video] = tiktok(running, ["731", "732"], "id,like_count,comment_count,share_count,view_count").json()[
        "data"
    ]["videos"]
    told = running.client.told("tiktok", "731")
    names = {"like_count": "like", "comment_count": "comment", "share_count": "share", "view_count": "view"}
    assert {kind: video[name] for name, kind in names.items()} == told
    assert tiktok(running, ["1"] * 21, "id").json()["error"]["code"] == "invalid_params"
    running.client.retire("tiktok", "share_count")
    assert tiktok(running, ["731"], "id,share_count").status == 400
    running.client.make_private("tiktok", account(running, "tiktok"))
    assert tiktok(running, ["731"], "id").json()["data"]["videos"] == []
    running.client.change(quotas={"tiktok_queries_per_minute": 0})
    assert tiktok(running, ["731"], "id").status == 429


def youtube(running: Running, ids: list[str]) -> urllib3.BaseHTTPResponse:
    headers = {
        "Authorization": f"Bearer {token(running, 'youtube', 'https://www.googleapis.com/auth/youtube.readonly')}"
    }
    address = f"www.googleapis.com/youtube/v3/videos?part=statistics&id={','.join(ids)}"
    return running.ask("GET", address, headers=headers)


def test_youtube_tells_statistics_of_fifty_videos_for_one_unit(running: Running) -> None:
    ids = [publish(running, "youtube", number) for number in range(50)]
    running.clock.now += DAY
    items = youtube(running, ids).json()["items"]
    told = running.client.told("youtube", ids[0])
    assert len(items) == 50
    assert items[0]["statistics"] == {
        "viewCount": str(told["view"]),
        "likeCount": str(told["like"]),
        "favoriteCount": "0",
        "commentCount": str(told["comment"]),
    }
    assert running.world.store.used("youtube", "units", "") == 1
    running.client.remove("youtube", ids[0])
    assert [each["id"] for each in youtube(running, ids[:2]).json()["items"]] == [ids[1]]
    assert youtube(running, [*ids, "more"]).status == 400
    running.client.fail("partial", "youtube.list")
    assert len(youtube(running, ids[1:5]).json()["items"]) == 2
    running.client.make_private("youtube", account(running, "youtube"))
    assert youtube(running, ids).status == 403


@pytest.mark.parametrize(("kind", "status"), [("error_before", 503), ("throttle", 429)])
def test_faults_happen_to_reads_too_and_cost_nothing(running: Running, kind: str, status: int) -> None:
    post = publish(running, "twitter")
    running.client.fail(kind, "twitter.several")
    assert x(running, f"ids={post}").status == status
    assert running.client.charged() == 0
    running.client.fail("partial", "twitter.several")
    other = publish(running, "twitter", 2)
    body = x(running, f"ids={post},{other}").json()
    assert [each["id"] for each in body["data"]] == [post]
    assert body["errors"][0]["resource_id"] == other
    assert not body["errors"][0]["type"].endswith("resource-not-found")


def test_an_account_installs_the_application_and_says_so(running: Running) -> None:
    page, scopes = account(running, "facebook"), "pages_manage_metadata pages_show_list"
    address, given = f"{GRAPH}/{page}/subscribed_apps", {"access_token": token(running, "facebook", scopes)}

    def fields() -> list[Any]:
        return [
            each["subscribed_fields"] for each in running.ask("GET", address, fields=given).json()["data"]
        ]

    assert fields() == []
    assert running.ask("POST", address, fields=given).json()["error"]["code"] == 100
    wrong = running.ask("POST", address, fields=given | {"subscribed_fields": "feeds"})
    assert wrong.json()["error"]["code"] == 100
    assert running.ask("POST", address, fields=given | {"subscribed_fields": "feed"}).json() == {
        "success": True
    }
    assert fields() == [["feed"]]
    running.client.unsubscribe("facebook", page)
    assert fields() == []
    running.ask("POST", address, fields=given | {"subscribed_fields": "feed"})
    running.ask("DELETE", address, fields=given)
    assert fields() == []
    foreign = running.ask(
        "GET", address, fields={"access_token": token(running, "facebook", "pages_show_list")}
    )
    assert foreign.status == 403


def test_meta_counts_calls_by_account_and_says_when_it_may_go_on(running: Running) -> None:
    page_post, media = publish(running, "facebook"), publish(running, "instagram")
    running.client.change(quotas={"facebook_calls_per_day": 1, "instagram_calls_per_day": 1})
    asks = {
        80001: lambda: facebook(running, page_post, fields="shares"),
        80002: lambda: instagram(running, media, fields="like_count"),
    }
    for code, ask in asks.items():
        assert ask().status == 200
        refused = ask()
        assert refused.json()["error"]["code"] == code
        [usage] = next(iter(json.loads(refused.headers["X-Business-Use-Case-Usage"]).values()))
        assert (usage["call_count"], usage["estimated_time_to_regain_access"]) == (100, 24 * 60)
    running.clock.now += DAY + 1
    assert [ask().status for ask in asks.values()] == [200, 200]


def test_instagram_answers_for_several_media_in_a_batch(running: Running) -> None:
    ids = [publish(running, "instagram", number) for number in (1, 2)]
    fields = "id,comments_count,insights.metric(views,reach)"
    batch = [{"method": "GET", "relative_url": f"{each}?fields={fields}"} for each in ids]
    given = {"access_token": token(running, "instagram", IG_SCOPES), "batch": json.dumps(batch)}
    for address in (f"{INSTAGRAM}/me", f"{INSTAGRAM}/", "graph.instagram.com/me", "graph.instagram.com/"):
        answers = running.ask("POST", f"{address}", fields=given).json()
        assert [each["code"] for each in answers] == [200, 200]
        assert json.loads(answers[1]["body"]) == {"id": ids[1], "comments_count": 0, "insights": {"data": []}}


def test_a_page_lists_its_posts_with_their_numbers(running: Running) -> None:
    post = publish(running, "facebook")
    running.clock.now += DAY
    page = account(running, "facebook")
    [node] = facebook(running, f"{page}/published_posts", fields="id,reactions.summary(1)").json()["data"]
    told = running.client.told("facebook", post)
    assert node["reactions"]["summary"]["total_count"] == told["like"] + told["reaction"]


def test_x_refuses_a_call_for_a_retired_field(running: Running) -> None:
    post = publish(running, "twitter")
    running.client.retire("twitter", "non_public_metrics")
    refused = x(running, f"ids={post}&tweet.fields=public_metrics,non_public_metrics")
    assert refused.status == 400
    assert "non_public_metrics" in refused.json()["errors"][0]["message"]
    assert x(running, f"ids={post}&tweet.fields=public_metrics").status == 200
