"""The sums at the end: the platform's ledgers against the providers' own lists, which are the judges.

Nothing is twice there. What the ledger calls sent is there, what it calls unsent is not, and what it does not know it
calls unknown. All that tenants were told is taken stands in a ledger, with an end or a time at which it is due.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ddp.queries import load
from infra.local.chaos.load import Asked, Load
from infra.local.chaos.platform import Platform
from infra.local.simulators.platforms.client import PlatformsClient

SQL = load(__file__)
# Sends whose accounts are asked for at once.
PORTION = 5_000
WAITING = {"pending", "sending"}
# What of these waits for a person or for later is not lost.
PATIENT = {"paused", "scheduled"}
# Stands in the text of each post.
MARK = re.compile("fire-[0-9a-f]+")
POSTED, UNCONFIRMED = "published", "unconfirmed"
NOT_POSTED = {"failed", "missed", "cancelled", "draft"}

Row = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Line:
    """What became of one kind of thing. `all` is the sum of out, unknown, unsent, due and lost."""

    what: str
    all: int = 0
    out: int = 0  # the ledger says that the provider took it
    unknown: int = 0  # the ledger says that it does not know
    unknown_but_out: int = 0  # of these, the provider has so many
    unsent: int = 0  # refused, suppressed, cancelled or too late
    due: int = 0  # waits for a time or for a person
    lost: int = 0  # waits for nobody, or was taken from a tenant and stands nowhere
    twice: int = 0  # the provider has it more than once
    undeclared: int = 0  # the ledger says one thing and the provider's list another

    @property
    def holds(self) -> bool:
        """Whether the promises were kept."""
        return not (self.lost or self.twice or self.undeclared)

    def count(self, ledger: str, times: int) -> None:
        """Add one thing: what the ledger says (the name of a field), and how often the provider has it."""
        self.all += 1
        setattr(self, ledger, getattr(self, ledger) + 1)
        self.twice += times > 1
        self.undeclared += (ledger == "out" and not times) or (ledger in {"unsent", "due"} and times > 0)
        self.unknown_but_out += ledger == "unknown" and times > 0


def add_up(platform: Platform, load_: Load) -> list[Line]:
    """A line each for e-mails, SMS and posts."""
    with platform.database() as connection:
        emails, texts = connection.execute(SQL.emails).fetchall(), connection.execute(SQL.texts).fetchall()
        plans, posts = connection.execute(SQL.plans).fetchall(), connection.execute(SQL.posts).fetchall()
    missing = missing_recipients(load_.sends, plans)
    return [
        of_messages("e-mails", emails, platform.mailbox.accepted, lost=missing["email"]),
        of_messages("SMS", texts, platform.phones.accepted, lost=missing["sms"]),
        of_posts(posts, load_.groups, times_public(platform.platforms)),
    ]


def of_messages(
    what: str, rows: Sequence[Row], accepted: Callable[[Iterable[str]], Mapping[str, int]], *, lost: int
) -> Line:
    """The line of a channel. `lost`: recipients that stand in no ledger."""
    line = Line(what=what, all=lost, lost=lost)
    for start in range(0, len(rows), PORTION):
        portion = rows[start : start + PORTION]
        times = accepted([row["send"] for row in portion])
        for row in portion:
            line.count(said_of_message(row), times[row["send"]])
    return line


def said_of_message(row: Row) -> str:
    """What the ledger says of a recipient, as the name of a field of Line."""
    if row["status"] == "unknown":
        return "unknown"
    if row["is_accepted"]:
        return "out"
    if row["status"] in WAITING:
        return "due" if row["is_due_later"] or row["state"] in PATIENT else "lost"
    return "unsent"


def missing_recipients(sends: Sequence[Asked], plans: Sequence[Row]) -> Counter[str]:
    """Recipients of requests that the API took and that stand in no ledger, by channel.

    A plan that failed, or was cancelled or paused before it was complete, need not have all of them.
    """
    found = {plan["path"]: plan for plan in plans}
    missing: Counter[str] = Counter()
    for each in sends:
        plan = found.get(each.path)
        channel = "sms" if each.path.startswith("/sms") else "email"
        if plan is None:
            missing[channel] += each.recipients
        elif plan["state"] == "complete":
            missing[channel] += abs(each.recipients - int(plan["recipients"]))
    return missing


def of_posts(
    rows: Sequence[Row], groups: Mapping[str, Sequence[str]], public: Mapping[tuple[str, str], int]
) -> Line:
    """The line of posts. `public`: how often each is public, by mark and platform."""
    line = Line(what="posts")
    seen = {(row["mark"], row["platform"]) for row in rows}
    for row in rows:
        line.count(said_of_post(row), public.get((row["mark"], row["platform"]), 0))
    for mark, platforms in groups.items():
        for name in platforms:
            if (mark, name) not in seen:
                line.count("lost", public.get((mark, name), 0))
    return line


def said_of_post(row: Row) -> str:
    """What the ledger says of a post, as the name of a field of Line."""
    status = row["status"]
    if status == POSTED:
        return "out"
    if status == UNCONFIRMED:
        return "unknown"
    if status in NOT_POSTED:
        return "unsent"
    return "due" if row["is_due_later"] else "lost"


def times_public(platforms: PlatformsClient) -> Counter[tuple[str, str]]:
    """How often each post is public, by mark and platform, as the platforms' own lists say."""
    return Counter(
        (found.group(), each["platform"])
        for each in platforms.finalised()
        if each["kind"] == "post" and (found := MARK.search(each["text"]))
    )
