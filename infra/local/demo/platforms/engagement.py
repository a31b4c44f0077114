"""The demo's chapter about what came back: people like and see the posts, and what is measured is what they did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from infra.cli.api_client import ask
from infra.cli.social import api
from infra.cli.social.engagement import measure
from infra.local.demo.platforms.social import Posted
from infra.local.demo.story import Story
from infra.local.identity.users import USERS

MONTHLY_BUDGET = "5.00"  # US dollars: X charges for each post that is read
# Everybody comes at once, and no platform is days late with what it computes.
AT_ONCE = {
    "audience": {"speed": 1e6, "stops_at": 0.0},
    "lateness_seconds": {platform: {"counters": 0.0, "insights": 0.0} for platform in api.PLATFORMS},
}

Numbers = Mapping[str, int]


def see_what_came_back(story: Story, posted: Posted) -> None:
    """Let each post be read now, and compare what was recorded with what its platform's audience did."""
    story.chapter("What came back from the posts")
    budget = {"user_id": str(USERS["brand"].user_id), "monthly_budget": MONTHLY_BUDGET}
    ask(story.clients["admin"], "PUT", "/social-read-budget", budget)
    posts = api.group(posted.client, posted.group_id)
    before = {name: posted.simulator.settings()[name] for name in AT_ONCE}
    posted.simulator.change(**AT_ONCE)
    posted.simulator.stop_growing()
    numbers = {each["platform"]: _numbers(posted, each) for each in posts}
    posted.simulator.change(**before)
    story.console.print(_table(numbers))
    are_equal = all(measured and measured == true for true, measured in numbers.values())
    told = "what was measured on six platforms is what people did there, each number of it"
    story.check(told, are_equal and set(numbers) == set(api.PLATFORMS), numbers)
    spent = ask(posted.client, "GET", "/social-read-budget")
    told = (
        f"X charged ${spent['charged']} for it, and ${spent['left']} are left this month; the others are free"
    )
    story.check(told, float(spent["charged"]) > 0, spent)


def _numbers(posted: Posted, post: Mapping[str, Any]) -> tuple[Numbers, Numbers]:
    """What people did, of all that the platform counts for others to read; and what was measured of it."""
    platform, post_id = str(post["platform"]), str(post["post_id"])
    external_id = str(ask(posted.client, "GET", f"/social-posts/{post_id}")["external_post_id"])
    measurements = measure(posted.client, post_id)["measurements"]
    measured = {each["metric"]: int(each["count"]) for each in measurements}  # the oldest first
    told = posted.simulator.told(platform, external_id)
    true = posted.simulator.truth(platform, external_id)
    posted.simulator.measured(platform, external_id, measured)
    # Facebook leaves out what nobody did.
    return {kind: true[kind] for kind in told if true[kind] or kind in measured}, measured


def _table(numbers: Mapping[str, tuple[Numbers, Numbers]]) -> Table:
    table = Table("platform", "what people did", "measured", title="\nWhat came back")
    for platform, (true, measured) in numbers.items():
        table.add_row(platform, _words(true), _words(measured) if measured != true else "the same")
    return table


def _words(numbers: Numbers) -> str:
    return ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in sorted(numbers.items()))
