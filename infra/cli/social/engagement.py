"""`ddp social engagement` and `ddp social poll`: what came back from posts, and reading it now."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.table import Table

from functions.engagement.messages import POLL
from infra.cli.api_client import ApiError, Client, ask
from infra.cli.caller import DONE, WrongCall, add_caller, client_of, console, guarded
from infra.cli.redrive import CannotRedrive, queue_url, sqs_of
from infra.settings import Stage

# A reading takes seconds; one that waits for the next minute, one more.
SECONDS: Final = 120
_PAUSE: Final = 0.5
_STOPPED: Final = "Stopped watching. The readings go on."

# What PollState.reason says, for people.
REASONS: Final = {
    "budget": "the budget for reading is spent, or none is set",
    "quota": "the platform's quota is used up",
    "account": "the account must be connected again",
    "not_said": "the platform did not say",
    "refused": "the platform refused",
    "unreachable": "the platform did not answer",
    "not_offered": "the platform has no such numbers",
    "gone": "it is no longer there",
}


def describe(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands to those of `ddp social`."""
    summary = "show what came back from a post, and when it is read"
    showing = actions.add_parser("engagement", help=summary, description=summary)
    showing.add_argument("post", metavar="POST", help="its id")
    showing.add_argument("--json", action="store_true", help="print the API's answer, with every reading")
    add_caller(showing)
    showing.set_defaults(run=lambda given: guarded("social", _engagement, given))
    summary = "read the numbers of posts now, and not when they are due"
    polling = actions.add_parser("poll", help=summary, description=summary)
    polling.add_argument("posts", nargs="*", metavar="POST", help="ids; none: all that is due in the stage")
    polling.add_argument("--now", action="store_true", help="without it, only show when posts are read")
    polling.add_argument(
        "--stage",
        type=Stage,
        choices=list(Stage),
        default=Stage.LOCAL,
        help="whose queue to tell, if no post is named; default: local",
    )
    add_caller(polling)
    polling.set_defaults(run=lambda given: guarded("social", _poll, given, stopped=_STOPPED))


def measure(client: Client, post_id: str, *, seconds: float = SECONDS) -> dict[str, Any]:
    """Let a post be read, and wait for it. Returns its engagement. Raises ApiError."""
    before = _states(ask(client, "GET", f"/social-posts/{post_id}/engagement"))
    ask(client, "POST", f"/social-posts/{post_id}/measure")
    deadline = time.monotonic() + seconds
    while True:
        found = ask(client, "GET", f"/social-posts/{post_id}/engagement")
        if all(_is_done(before.get(kind), state) for kind, state in _states(found).items()):
            return found
        if time.monotonic() > deadline:
            raise ApiError(
                f"Post {post_id} was not read within {seconds:g} s. It is read when its turn comes: "
                "`ddp social engagement` shows when."
            )
        time.sleep(_PAUSE)


def _is_done(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> bool:
    """Whether a reading was made, or cannot be, since it was asked for."""
    if now["measured_at"] and (before is None or now["measured_at"] != before["measured_at"]):
        return True
    # What is no longer due, or only later, will not be read now; the reason says why.
    return now["due_at"] is None or datetime.fromisoformat(now["due_at"]).timestamp() > time.time()


def _states(engagement: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {state["kind"]: state for state in engagement["readings"]}


def _engagement(given: argparse.Namespace) -> int:
    found = ask(client_of(given), "GET", f"/social-posts/{given.post}/engagement")
    if given.json:
        console.print_json(json.dumps(found))
    else:
        _show(found)
    return DONE


def _poll(given: argparse.Namespace) -> int:
    if given.posts:
        client = client_of(given)
        for post_id in given.posts:
            found = (
                measure(client, post_id)
                if given.now
                else ask(client, "GET", f"/social-posts/{post_id}/engagement")
            )
            _show(found)
        return DONE
    if not given.now:
        raise WrongCall("--now is missing. Each minute, all that is due is read anyway.")
    return _tell(given.stage)


def _tell(stage: Stage) -> int:
    """Send what the schedule sends each minute."""
    try:
        sqs = sqs_of(stage)
        sqs.send_message(QueueUrl=queue_url(sqs, f"ddp-{stage}-social-poll"), MessageBody=POLL)
    except (CannotRedrive, BotoCoreError, ClientError) as error:
        raise ApiError(str(error)) from None
    console.print(f"Told ddp-{stage}-social-poll: what is due is read within seconds.")
    return DONE


def _show(engagement: Mapping[str, Any]) -> None:
    if gone := engagement["deleted_on_platform_at"]:
        console.print(f"Not on its platform any longer, since {_local(gone)}; these are its last numbers.")
    console.print(numbers(engagement["measurements"]))
    console.print(readings(engagement["readings"]))


def numbers(items: Sequence[Mapping[str, Any]]) -> Table:
    """The newest number of each kind, and since when it stands there."""
    newest: dict[str, Mapping[str, Any]] = {}
    for item in items:  # the oldest first
        newest[item["metric"]] = item
    table = Table("what", "how many", "read at")
    table.columns[1].justify = "right"
    for metric, item in sorted(newest.items()):
        table.add_row(metric, f"{item['count']:,}", _local(item["at"]))
    if not newest:
        table.caption = "Nothing was measured yet; what a platform does not say is missing, and not 0."
    return table


def readings(states: Sequence[Mapping[str, Any]]) -> Table:
    """When numbers of each kind were and will be read, and why not."""
    table = Table("numbers", "last read", "next", "why not")
    for state in states:
        reason = REASONS.get(state["reason"] or "", state["reason"] or "")
        table.add_row(state["kind"], _local(state["measured_at"]), _local(state["due_at"]), reason)
    if not states:
        table.caption = "It is not read: only published posts are, until 90 days after publication."
    return table


def _local(text: str | None) -> str:
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M:%S}" if text else "-"
