"""The demo's chapters about posts: one group to six feeds, one call without an answer, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from infra.cli.api_client import Client, FileToUpload, ask
from infra.cli.campaign.api import upload_csv as upload
from infra.cli.social import api, connecting
from infra.cli.social.connecting import LocalPeople
from infra.local.demo.files import picture
from infra.local.demo.story import Story
from infra.local.identity.users import USERS
from infra.local.schedules import reconcile_now
from infra.local.simulators.platforms.client import PlatformsClient

PERSON = "ada"
# Where she has several accounts, the company's.
KINDS = {"page", "organization", "business", "creator", "channel", "user"}
MONTHLY_BUDGET = "10.00"  # US dollars: X charges for each post
SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The group of posts, and the services that the checks ask."""

    client: Client
    simulator: PlatformsClient
    sqs: Any
    group_id: str
    run: str  # stands in all texts and titles

    def wait_until_ended(self, *, is_settled: bool) -> list[dict[str, Any]]:
        """The posts, once nobody works on them; `is_settled`: and it is known of each what became of it."""

        def shown(_: object) -> None:
            reconcile_now(self.sqs)

        def ends(now: list[dict[str, Any]]) -> bool:
            is_known = all(each["status"] != "unconfirmed" for each in now)
            return api.has_ended(now) and (is_known or not is_settled)

        return api.follow(self.client, self.group_id, shown, ends=ends, seconds=SECONDS, interval=0.5)

    def out(self, platform: str) -> int:
        """How often the platform itself has the post."""
        found = self.simulator.finalised(platform)
        return sum(self.run in each["text"] for each in found if each["kind"] == "post")


def post_to_six_feeds(story: Story, urls: dict[str, str], sqs: Any) -> Posted:
    """Connect six accounts, and post one image to all; Facebook publishes it, and its answer gets lost."""
    story.chapter(f"{USERS['brand'].user_name} posts to six platforms")
    brand, simulator = story.clients["brand"], PlatformsClient(url=urls["Platforms"])
    accounts = _connect(story, brand, simulator)
    budget = {"user_id": str(USERS["brand"].user_id), "monthly_budget": MONTHLY_BUDGET}
    ask(story.clients["admin"], "PUT", "/social-budget", budget)
    body = _body(story, brand, accounts)
    _validate(story, brand, body)
    simulator.fail("silence_after", "facebook.finalise", seconds=0.5)
    made = api.create(brand, body)
    posted = Posted(client=brand, simulator=simulator, sqs=sqs, group_id=str(made["group_id"]), run=story.run)
    ended = posted.wait_until_ended(is_settled=False)
    states = {each["platform"]: each["status"] for each in ended}
    others = [platform for platform in api.PLATFORMS if platform != "facebook"]
    told = f"{len(others)} are out: {', '.join(others)}"
    story.check(told, all(states[platform] == "published" for platform in others), ended)
    told = "Facebook took the sixth and did not answer: it is unconfirmed, and nobody posts it a second time"
    story.check(
        told, states["facebook"] in {"unconfirmed", "published"} and posted.out("facebook") == 1, ended
    )
    return posted


def see_the_feeds(story: Story, posted: Posted) -> None:
    """Meanwhile Facebook was asked: the post is there. By the platforms' own lists, each has it once."""
    story.chapter("What became of the post without an answer")
    ended = posted.wait_until_ended(is_settled=True)
    counts = {each["platform"]: posted.out(each["platform"]) for each in ended}
    (facebook,) = (each for each in ended if each["platform"] == "facebook")
    told = "a minute later Facebook was asked for it by its id: it is published, and nobody had to look"
    story.check(told, facebook["status"] == "published" and bool(facebook["permalink"]), facebook)
    story.console.print(_table(ended, counts))
    out, twice = sum(map(bool, counts.values())), sum(count > 1 for count in counts.values())
    unconfirmed = sum(each["status"] == "unconfirmed" for each in ended)
    told = f"by the platforms' own lists: {out} out, {unconfirmed} unconfirmed, {twice} twice"
    story.check(told, (out, unconfirmed, twice) == (len(api.PLATFORMS), 0, 0), ended)
    told = f"the feeds, as the platforms show them: {posted.simulator.url}/"
    story.check(told, bool(out))


def _connect(story: Story, brand: Client, simulator: PlatformsClient) -> list[dict[str, Any]]:
    """One account at each platform; its consent page is answered as a person would."""
    people = LocalPeople(consent=lambda url, person: simulator.consent(url, person=person))
    accounts = []
    for platform in api.PLATFORMS:
        begun = connecting.begin(brand, platform, connecting.LOCAL_RETURN_URL)
        connecting.consent_as(people, begun["authorise_url"], PERSON)
        found = connecting.wait(brand, str(begun["connection_id"]))
        wanted = [
            str(each["external_account_id"])
            for each in found["choices"]
            if not each["lacks"] and each["account_kind"] in KINDS
        ]
        accounts += connecting.choose(brand, str(begun["connection_id"]), wanted[:1])
    handles = ", ".join(f"{each['platform']} {each['account_handle']}" for each in accounts)
    is_well = all(each["status"] == "active" for each in accounts)
    story.check(
        f"{PERSON.title()} consents on six pages: {handles}", is_well and len(accounts) == 6, accounts
    )
    return accounts


def _body(story: Story, brand: Client, accounts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The request: one image for all, but a video for YouTube, which takes nothing else, and for TikTok, which counts
    nothing else.
    """
    image = upload(brand, picture("Spring watch.png", story.run))
    video = [{"file_id": upload(brand, _video(story.run))}]
    title = f"Spring watches · {story.run}"
    return {
        "account_ids": [each["account_id"] for each in accounts],
        "text": f"Our spring watches are here ({story.run}).",
        "media": [{"file_id": image, "alt_text": "A watch with a blue dial"}],
        "overrides": {
            "tiktok": {"media": video, "options": {"privacy": "PUBLIC_TO_EVERYONE"}},
            "youtube": {"title": title, "media": video, "options": {"made_for_kids": False}},
        },
        "when": {"kind": "now"},
    }


def _validate(story: Story, brand: Client, body: dict[str, Any]) -> None:
    too_long = body | {"text": body["text"] + " Tick, tock." * 300}
    wrong = ask(brand, "POST", "/social-posts/validate", too_long)
    refusing = [
        each["platform"] for each in wrong["posts"] if any(not one["is_warning"] for one in each["problems"])
    ]
    told = (
        f"a text of {len(too_long['text']):,} characters is too long for {', '.join(refusing)}: said at once"
    )
    story.check(told, {"twitter", "instagram", "linkedin"} <= set(refusing), wrong)
    checked = ask(brand, "POST", "/social-posts/validate", body)
    told = f"the real one is right on all six; X will charge ${checked['budget']['price']}"
    story.check(told, checked["is_valid"], checked)


def _video(run: str) -> FileToUpload:
    """What is taken for a video: nobody plays it here."""
    content = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + run.encode() * 20_000
    return FileToUpload(name="Spring watch.mp4", content_type="video/mp4", content=content)


def _table(posts: Sequence[dict[str, Any]], counts: dict[str, int]) -> Table:
    table = Table("platform", "account", "state", "times in the feed", title="\nSix feeds")
    table.columns[3].justify = "right"
    for each in posts:
        number = str(counts[each["platform"]])
        table.add_row(each["platform"], each["account_handle"], each["status"], number)
    return table
