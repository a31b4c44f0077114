"""`ddp social`: connect accounts of platforms, post, and see what became of it, on a stage or the local stack."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from infra.cli.api_client import Client, ask
from infra.cli.caller import DONE, FAILED, WrongCall, add_caller, client_of, console, guarded
from infra.cli.social import api, arguments, connecting, engagement, showing
from infra.cli.typed import typed

_EPILOG: Final = """
exit status: 0 done; 1 refused, invalid, or a post failed, was missed or is unconfirmed; 2 wrong arguments

Without --api-url, the command calls the local stack (`ddp local up`) as the local user named by --user.
"""
_STOPPED: Final = "Stopped watching. The posts go on."


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp social`."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    _describe_connect(
        _add(actions, "connect", "connect accounts of a platform; a person consents there", _connect)
    )
    listing = _add(
        actions, "accounts", "list accounts, or show one with what its platform says now", _accounts
    )
    listing.add_argument("account", nargs="?", metavar="ACCOUNT", help="its id or handle, or its platform")
    listing.add_argument("--json", action="store_true", help="print the API's answer")
    arguments.describe_post(
        _add(actions, "validate", "say all that is wrong with posts, what they cost, what is left", _validate)
    )
    posting = _add(actions, "post", "make posts: drafts, unless --now, --at or --next-slot says when", _post)
    arguments.describe_post(posting)
    posting.add_argument("--watch", action="store_true", help="then show their states until they have ended")
    _describe_calendar(_add(actions, "calendar", "list posts, earliest first", _calendar))
    watching = _add(actions, "watch", "show the states of posts until they have ended", _watch)
    watching.add_argument("id", metavar="ID", help="of a post, or the group's that `post` printed")
    again = _add(actions, "retry", "try again what failed or was missed; never what may be out", _retry)
    again.add_argument("id", metavar="ID", help="of a post, or a group's")
    settling = _add(actions, "settle", "say what became of an unconfirmed post, as you see it there", _settle)
    settling.add_argument("id", metavar="POST_ID", help="of the post")
    what = settling.add_mutually_exclusive_group(required=True)
    what.add_argument("--published", metavar="ID", help="it is there: its id, which stands in its address")
    what.add_argument("--not-published", action="store_true", help="it is not there; it can be tried again")
    settling.add_argument("--comment", action="store_true", help="its first comment is meant, not the post")
    engagement.describe(actions)


def _describe_connect(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "platform",
        choices=api.PLATFORMS,
        metavar="PLATFORM",
        help=f"{', '.join(api.PLATFORMS)} (twitter is X)",
    )
    add("--account", action="append", default=[], metavar="NAME", help="which one: its handle or id there")
    add("--all", action="store_true", help="connect every account that lacks nothing")
    add("--return-url", metavar="URL", help="a page of the front end, to which the person comes back; needed for a"
        " deployed stage")  # fmt: skip
    add("--connection", metavar="ID", help="choose accounts of a connection that was made before")
    add(
        "--consent-as",
        metavar="PERSON",
        help="local stack: this person of the simulator consents, such as ada",
    )


def _describe_calendar(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--from", dest="since", metavar="TIME", help="ISO 8601 with an offset")
    add("--to", dest="until", metavar="TIME", help="ISO 8601 with an offset")
    add("--platform", choices=api.PLATFORMS, metavar="PLATFORM", help="only there")
    add("--account", metavar="ID", help="only through this account")
    add("--status", metavar="STATUS", help="such as scheduled, published, failed, unconfirmed")
    add("--campaign", metavar="ID", help="all posts of this campaign that you may see")
    add("--json", action="store_true", help="print the posts")


def _add(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=summary, description=summary)
    add_caller(parser)
    parser.set_defaults(run=lambda given: guarded("social", run, given, stopped=_STOPPED))
    return parser


def _connect(given: argparse.Namespace) -> int:
    client = client_of(given)
    connection_id = given.connection or _consented(client, given)
    found = connecting.wait(client, connection_id)
    ids = connecting.usable(found["choices"], given.account, every=given.all)
    if not ids:
        console.print(showing.choices(found["choices"]))
        again = typed(
            "social", "connect", given.platform, "--connection", connection_id, "--all", *_who(given)
        )
        console.print("Several accounts: choose with --account NAME, or connect all:", f"  {again}", sep="\n")
        return FAILED
    console.print(showing.accounts(connecting.choose(client, connection_id, ids)))
    return DONE


def _consented(client: Client, given: argparse.Namespace) -> str:
    """The id of a connection whose person was sent to the platform, or has consented."""
    is_deployed = bool(given.api_url or os.environ.get("DDP_API_URL"))
    if is_deployed and not given.return_url:
        raise WrongCall("--return-url is missing: a page of the front end, to which the person comes back.")
    if is_deployed and given.consent_as:
        raise WrongCall("--consent-as is for the simulator of the local stack: here a person consents.")
    people = connecting.local_people() if given.consent_as else None
    return_url = given.return_url or connecting.LOCAL_RETURN_URL
    begun = connecting.begin(client, given.platform, return_url)
    if people:
        connecting.consent_as(people, begun["authorise_url"], given.consent_as)
    else:
        console.print(
            "Consent on this page, within ten minutes:", begun["authorise_url"], sep="\n", soft_wrap=True
        )
        connecting.open_page(begun["authorise_url"])
    return str(begun["connection_id"])


def _accounts(given: argparse.Namespace) -> int:
    client = client_of(given)
    found = api.accounts(client)
    if given.account:
        (account_id,) = api.chosen(found, [given.account])
        detail = ask(client, "GET", f"/social-accounts/{account_id}")
        found = [detail]
    if given.json:
        print(json.dumps(found, indent=1))
        return DONE
    console.print(showing.accounts(found))
    if given.account:
        console.print(
            f"What its platform says now: {detail['facts'] or detail['facts_reason']}", markup=False
        )
    return DONE


def _validate(given: argparse.Namespace) -> int:
    client = client_of(given)
    checked = ask(client, "POST", "/social-posts/validate", arguments.body(client, given))
    _print_problems(client, checked["posts"])
    for line in showing.money_and_quotas(checked):
        console.print(line, markup=False, soft_wrap=True)
    console.print("They can be scheduled." if checked["is_valid"] else "They cannot be scheduled like this.")
    return DONE if checked["is_valid"] else FAILED


def _post(given: argparse.Namespace) -> int:
    client = client_of(given)
    try:
        made = api.create(client, arguments.body(client, given))
    except api.RefusedPosts as refused:
        console.print("Nothing was made:")
        _print_problems(client, refused.posts)
        return FAILED
    console.print(showing.posts(made["posts"]))
    _print_problems(client, made["posts"])
    some_id = str(made["group_id"] or made["posts"][0]["post_id"])
    if given.watch:
        return _followed(client, some_id)
    next_ = typed("social", "watch", some_id, *_who(given))
    console.print(f"Watch them with: {next_}", markup=False, soft_wrap=True)
    return DONE


def _calendar(given: argparse.Namespace) -> int:
    filters = {"from": given.since, "to": given.until, "platform": given.platform, "status": given.status}
    found = api.calendar(client_of(given), **filters, account_id=given.account, campaign_id=given.campaign)
    if given.json:
        print(json.dumps(found, indent=1))
    else:
        console.print(showing.posts(found))
    return DONE


def _watch(given: argparse.Namespace) -> int:
    return _followed(client_of(given), given.id)


def _followed(client: Client, some_id: str) -> int:
    found = api.follow(client, some_id, showing.lines(console))
    console.print(showing.posts(found))
    return DONE if showing.is_well(found) else FAILED


def _retry(given: argparse.Namespace) -> int:
    console.print(showing.posts(api.retry(client_of(given), given.id)))
    return DONE


def _settle(given: argparse.Namespace) -> int:
    body: dict[str, Any] = {"is_published": not given.not_published, "part_no": int(given.comment)}
    if given.published:
        body["external_id"] = given.published
    made = ask(client_of(given), "POST", f"/social-posts/{given.id}/settle", body)
    console.print(showing.posts([made]))
    return DONE


def _print_problems(client: Client, posts: Sequence[Mapping[str, Any]]) -> None:
    if not any(each["problems"] for each in posts):
        return
    known = {each["account_id"]: each for each in api.accounts(client)}
    for line in showing.problems(posts, known):
        console.print(f"  {line}", markup=False, soft_wrap=True)


def _who(given: argparse.Namespace) -> list[str]:
    """The options that name API and user, for a command that is shown; never a token."""
    url = ["--api-url", given.api_url] if given.api_url else []
    return url or ([] if given.user == "brand" else ["--user", given.user])
