"""The audience grows by a seed: what is true of a post, and what its platform tells of it, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.local.simulators.platforms.audience import growth
from infra.local.simulators.platforms.audience.growth import TYPES, Audience, counts
from infra.local.simulators.platforms.audience.telling import MIDNIGHT
from infra.local.simulators.platforms.store import Object
from infra.local.simulators.platforms.world import DAY, PLATFORMS
from tests.unit.infra.local.simulators.platforms.conftest import Running
from tests.unit.infra.local.simulators.platforms.publishing import VIDEO, account, publish, token

pytestmark = pytest.mark.thorough

USUAL = Audience(seed=1, size=1.0, speed=1.0, withdrawn=0.05)
HOUR = 3_600.0


def of(
    age: float, *, audience: Audience = USUAL, platform: str = "facebook", post: str = "1"
) -> dict[str, int]:
    return counts(audience, platform, post, age=age, is_video=True)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_numbers_are_a_function_of_seed_post_and_time(platform: str) -> None:
    assert of(DAY, platform=platform) == of(DAY, platform=platform)
    assert of(DAY, platform=platform) != of(DAY, platform=platform, audience=replace(USUAL, seed=2))
    assert of(DAY, platform=platform) != of(DAY, platform=platform, post="2")
    assert of(DAY, platform=platform) != of(2 * DAY, platform=platform)
    assert set(of(DAY)) == set(TYPES)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_numbers_fit_each_other_and_only_likes_become_fewer(platform: str) -> None:
    before = dict.fromkeys(TYPES, 0)
    assert of(-1, platform=platform) == before
    for hours in range(0, 24 * 90, 7):
        now = of(hours * HOUR, platform=platform)
        assert min(now.values()) >= 0
        assert now["reach"] <= now["view"]
        assert now["like"] + now["reaction"] <= now["view"]
        for kind in set(TYPES) - {"like"}:
            assert now[kind] >= before[kind]
        before = now
    assert min(before[kind] for kind in ("view", "like", "reach", "comment")) > 0


def test_people_take_their_like_back() -> None:
    likes = [of(hours * HOUR)["like"] for hours in range(24 * 30)]
    assert likes[-1] < max(likes)
    assert of(30 * DAY, audience=replace(USUAL, withdrawn=0.0))["like"] > likes[-1]


def test_a_size_of_nothing_is_nobody() -> None:
    assert of(DAY, audience=replace(USUAL, size=0.0)) == dict.fromkeys(TYPES, 0)
    assert growth.luck(1, "a") != growth.luck(1, "b")


def test_what_people_really_wrote_and_what_a_test_adds_counts_from_its_time_on(running: Running) -> None:
    post = publish(running, "twitter")
    began = running.clock.now
    running.clock.now += HOUR
    before = running.client.truth("twitter", post)
    running.world.store.put(
        Object(
            id="c", platform="twitter", kind="comment", owner=post, at=running.clock.now, body={"text": "x"}
        )
    )
    assert running.client.truth("twitter", post, running.clock.now - 1)["comment"] == before["comment"]
    running.client.adjust("twitter", post, "like", 3_000_000_000)
    running.client.adjust("twitter", post, "view", -10_000_000)
    now = running.client.truth("twitter", post)
    assert now == before | {
        "comment": before["comment"] + 1,
        "like": before["like"] + 3_000_000_000,
        "view": 0,
    }
    assert running.client.truth("twitter", post, running.clock.now - 1)["like"] <= before["like"]
    assert running.client.truth("twitter", post, began - 1) == dict.fromkeys(TYPES, 0)
    with pytest.raises(ValueError, match="400"):
        running.client.adjust("twitter", post, "applause", 1)


def test_true_numbers_of_a_removed_post_stay_as_they_were(running: Running) -> None:
    post = publish(running, "linkedin")
    running.clock.now += DAY
    last = running.client.truth("linkedin", post)
    running.client.remove("linkedin", post, by="platform")
    running.clock.now += DAY
    assert running.client.truth("linkedin", post) == last
    facts = running.client.audience("linkedin", post)
    assert (facts["removed_at"], facts["removed_by"]) == (running.clock.now - DAY, "platform")
    assert running.client.objects("linkedin", "post") == []


def test_the_application_may_delete_a_post_too(running: Running) -> None:
    post = publish(running, "twitter")
    headers = {"Authorization": f"Bearer {token(running, 'twitter', 'tweet.write')}"}
    assert running.ask("DELETE", f"api.x.com/2/tweets/{post}", headers=headers).status == 200
    assert running.client.audience("twitter", post)["removed_by"] == "application"


def test_the_seed_removes_a_share_of_posts_within_a_week(running: Running) -> None:
    running.client.change(audience={"deleted": 0.5})
    ids = [publish(running, "youtube", number) for number in range(20)]

    def removed() -> set[str]:
        return {each for each in ids if running.client.audience("youtube", each)["removed_at"]}

    assert removed() == set()
    running.clock.now += 7 * DAY
    gone = removed()
    assert 3 <= len(gone) <= 17
    assert {running.client.audience("youtube", each)["removed_by"] for each in gone} == {"platform"}
    running.clock.now += 30 * DAY
    assert removed() == gone


def test_each_platform_tells_late_by_its_own_measure(running: Running) -> None:
    began = running.clock.now
    facebook, youtube = publish(running, "facebook"), publish(running, "youtube")
    instagram = publish(running, "instagram")
    running.clock.now += HOUR
    told = running.client.told
    assert told("facebook", facebook)["like"] == running.client.truth("facebook", facebook)["like"]
    assert "view" not in told("facebook", facebook)
    assert "reach" not in told("instagram", instagram, began + 60)
    assert (
        told("youtube", youtube)["view"] == running.client.truth("youtube", youtube, began + HOUR / 2)["view"]
    )
    midnight = began - (began - MIDNIGHT) % DAY + DAY
    assert (
        told("facebook", facebook, midnight + 1)["view"]
        == running.client.truth("facebook", facebook, midnight)["view"]
    )
    assert told("facebook", facebook, midnight + DAY - 1) | {
        "like": 0,
        "reaction": 0,
        "comment": 0,
        "share": 0,
    } == told("facebook", facebook, midnight) | {"like": 0, "reaction": 0, "comment": 0, "share": 0}
    assert told("instagram", instagram, began + 2 * DAY)["reach"] > 0


def test_only_what_the_platform_tells_is_told(running: Running) -> None:
    running.clock.now += 0
    tiktok = publish(running, "tiktok", media=[VIDEO])
    member = publish(running, "linkedin", 2, index=0)
    running.clock.now += 5 * DAY
    assert set(running.client.told("tiktok", "731")) == {"like", "comment", "share", "view"}
    assert running.client.told("tiktok", "731") == running.client.told("tiktok", tiktok)
    assert {"save", "follow"} <= set(running.client.told("linkedin", member))
    running.client.change(page_likes=99)
    page = publish(running, "facebook")
    running.clock.now += 5 * DAY
    assert set(running.client.told("facebook", page)) == {"like", "reaction", "comment", "share"}


def test_the_page_shows_true_numbers_beside_measured_ones(running: Running) -> None:
    post = publish(running, "twitter")
    running.clock.now += DAY
    true = running.client.truth("twitter", post)
    running.client.measured("twitter", post, {"view": 7, "save": 0})
    page = running.ask("GET", "feeds/twitter").data.decode()
    assert (
        f'<th scope="row">views</th><td class="number">{true["view"]:,}</td><td class="number">7</td>' in page
    )
    assert (
        f'<th scope="row">likes</th><td class="number">{true["like"]:,}</td><td class="number">&ndash;</td>'
        in page
    )
    assert (
        f'<th scope="row">saves</th><td class="number">{true["save"]:,}</td><td class="number">0</td>' in page
    )
    with pytest.raises(ValueError, match="400"):
        running.client.measured("twitter", post, {"applause": 1})


def test_growth_can_be_stopped_so_that_measured_numbers_stay_right(running: Running) -> None:
    post = publish(running, "youtube")
    running.clock.now += DAY
    running.client.stop_growing()
    stopped = running.client.truth("youtube", post)
    running.clock.now += DAY
    assert running.client.truth("youtube", post) == stopped
    assert running.client.told("youtube", post)["view"] == stopped["view"] > 0
    running.client.adjust("youtube", post, "view", 1)
    assert running.client.truth("youtube", post)["view"] == stopped["view"] + 1


def test_calls_are_counted_by_operation(running: Running) -> None:
    post = publish(running, "twitter")
    headers = {"Authorization": f"Bearer {token(running, 'twitter', 'tweet.read users.read')}"}
    running.client.clear_calls()
    for _ in range(3):
        running.ask("GET", f"api.x.com/2/tweets?ids={post}", headers=headers)
    assert running.client.calls() == {"twitter.several": 3}
    assert account(running, "twitter")
