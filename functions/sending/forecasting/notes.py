"""What a person should know about a forecast, as sentences with stable codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from ddp.queries.sending.plans import READ_WHEN_DUE, Plan

_BUDGETS = {
    "campaign": "the campaign's budget leaves",
    "send_plan": "max_cost leaves",
    "sms_month": "your SMS budget of this month leaves",
}


class Note(NamedTuple):
    """A note."""

    code: str
    text: str


def notes(
    result: Mapping[str, Any], plan: Plan, *, is_paused: bool, others_wait: bool, max_lateness: timedelta
) -> list[dict[str, str]]:
    """The notes, most important first. What else can be asked of a send has its notes here."""
    found = (
        *_obstacles(result, is_paused=is_paused),
        *_limits(result, plan),
        *_times(result["timing"], others_wait=others_wait, max_lateness=max_lateness),
    )
    return [note._asdict() for note in found]


def _obstacles(result: Mapping[str, Any], *, is_paused: bool) -> Iterator[Note]:
    if not result["recipients"]["value"] and not result["suppressed"]:
        yield Note("no-recipients", "There is no usable recipient: the send would fail.")
    if is_paused:
        yield Note("sender-paused", "Sending is paused for this account: nothing goes until it is resumed.")
    cost = result["cost"]
    for budget in cost["budgets"]:
        if float(budget["exceeded_by"]) > 0:
            yield Note(
                "over-budget",
                f"It would cost ${cost['amount']['value']}, and {_BUDGETS[budget['scope']]} ${budget['left']}: nothing"
                " would be sent before the limit is raised.",
            )


def _limits(result: Mapping[str, Any], plan: Plan) -> Iterator[Note]:
    if result["method"] == "sample":
        yield Note(
            "sample",
            f"Estimated from {result['records_read']:,} records, {result['share_read']:.0%} of the file; the bounds"
            " hold in 19 of 20 cases. A sample does not show duplicates that are far apart in the file: there may be"
            " more of them, and fewer recipients.",
        )
    if plan.test_share is not None:
        yield Note(
            "ab-test",
            f"{plan.test_share} % of the recipients test variants; the others wait for the decision, which the times do"
            " not know. Parts and cost of the others are those of the longest variant.",
        )
    if any(withheld["reason"] == "frequency-cap" for withheld in result["suppressed"]):
        yield Note(
            "frequency-cap",
            "Who is over a frequency cap is counted as of now. It is decided when each message is about to go.",
        )
    if plan.audience["source"] in READ_WHEN_DUE and plan.seconds_until_audience > 0:
        yield Note(
            "audience-may-change",
            "The recipients are looked up as of now; the send reads them when its time has come.",
        )


def _times(timing: Mapping[str, Any], *, others_wait: bool, max_lateness: timedelta) -> Iterator[Note]:
    if others_wait:
        yield Note(
            "others-send",
            "Other messages wait for the same rate. The times are an estimate: they change when others begin or end.",
        )
    if timing["late"]:
        yield Note(
            "late",
            f"{timing['late']:,} messages wait longer than the maximum lateness ({max_lateness}) for the rate. They are"
            " sent nevertheless; only a pause or an outage makes recipients `missed`.",
        )
    if timing["unsent"]:
        yield Note(
            "too-slow", f"At this rate, {timing['unsent']:,} messages would not have gone within a year."
        )
