"""`ddp campaign`: claim a sender, and send and watch an e-mail campaign, on a deployed stage or the local stack."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import urllib3
from rich.console import Console

from infra.cli.api_client import ApiError, Client
from infra.cli.campaign import api as campaign_api
from infra.cli.campaign import checks, history
from infra.cli.campaign import progress as campaign_progress
from infra.cli.campaign.api import Draft
from infra.cli.typed import typed

DONE, FAILED, WRONG_CALL = 0, 1, 2

_EPILOG: Final = """
exit status: 0 done; 1 refused, failed, cancelled, or complete with failed or unknown messages; 2 wrong arguments

Without --api-url, the command calls the local stack (`ddp local up`) as the local user named by --user.
"""

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp campaign`."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    sender = _add(actions, "sender", "claim a domain or an address to send from", _sender)
    sender.add_argument("identity", help="example.com, or shop@example.com")
    send = _add(actions, "send", "draft an e-mail, upload its recipients and send it", _send)
    _describe_send(send)
    for name, summary, run in (
        ("watch", "show the progress of a send until it has ended", _watch),
        ("status", "show the progress of a send once", _status),
    ):
        action = _add(actions, name, summary, run)
        action.add_argument("email_campaign_id", metavar="ID", help="the id that `send` printed")
    explain = _add(actions, "explain", "tell the life of one recipient", _explain)
    explain.add_argument("recipient", metavar="SEND_ID", help="or an address, with --email-campaign")
    explain.add_argument("--email-campaign", metavar="ID", help="default: each of your e-mails, newest first")
    explain.add_argument("--json", action="store_true", help="print the API's answer")
    actions.choices["status"].add_argument("--json", action="store_true", help="print the API's answer")


def _describe_send(send: argparse.ArgumentParser) -> None:
    add = send.add_argument
    add("--recipients", required=True, type=Path, metavar="FILE", help="CSV file with a column email")
    add("--subject", required=True, help="may use Liquid")
    add("--html", required=True, type=Path, metavar="FILE", help="the content; may use Liquid")
    add("--from", required=True, dest="sender", metavar="ADDRESS", help="an address of a verified identity")
    add("--from-name", metavar="NAME", help="the sender's name")
    add("--campaign", metavar="ID", help="the campaign that the e-mail belongs to; default: a new one")
    add("--at", metavar="TIME", help="when to send: ISO 8601 with an offset; default: now")
    add(
        "--max-lateness",
        type=int,
        metavar="SECONDS",
        help="recipients it would reach later than this become missed",
    )
    add("--watch", action="store_true", help="then show the progress until the send has ended")


def _add(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=summary, description=summary)
    parser.add_argument("--api-url", metavar="URL", help="default: DDP_API_URL, or the local stack")
    parser.add_argument("--token", help="access token; default: DDP_TOKEN, or one for the local user")
    parser.add_argument("--user", default="brand", help="user of the local stack; default: brand")
    parser.set_defaults(run=lambda arguments: _guarded(run, arguments))
    return parser


def _guarded(run: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    """Print one sentence instead of a traceback for errors that the user can correct."""
    try:
        return run(arguments)
    except _WrongCall as error:
        errors.print(f"ddp campaign: {error}", markup=False, soft_wrap=True)
        return WRONG_CALL
    except ApiError as error:
        errors.print(f"ddp campaign: {error}", markup=False, soft_wrap=True)
        return FAILED
    except urllib3.exceptions.HTTPError as error:
        errors.print(f"ddp campaign: the API does not answer: {error}", markup=False, soft_wrap=True)
        return FAILED
    except KeyboardInterrupt:
        errors.print("Stopped watching. The send continues.")
        return 130


class _WrongCall(Exception):
    """The arguments are incomplete or contradict each other."""


def client_of(arguments: argparse.Namespace) -> Client:
    """A client for the API and the user that the arguments name."""
    url = arguments.api_url or os.environ.get("DDP_API_URL")
    token = arguments.token or os.environ.get("DDP_TOKEN")
    if url and not token:
        raise _WrongCall("a token is missing; give --token, or set DDP_TOKEN.")
    if url:
        return Client(api_url=url.rstrip("/"), token=token)
    return _local_client(arguments.user, token)


def _local_client(user: str, token: str | None) -> Client:
    # Imported here because a call to a deployed stage needs nothing of the local runtime.
    from infra.local.identity.access import access
    from infra.local.identity.users import USERS
    from infra.local.processes import LocalError
    from infra.local.state import StateDirectory

    if user not in USERS:
        raise _WrongCall(f"there is no local user {user}; choose from {', '.join(USERS)}.")
    try:
        api_url, own_token = access(StateDirectory(), user)
    except LocalError as error:
        raise ApiError(f"{error}\nOr name another API with --api-url.") from error
    return Client(api_url=api_url, token=token or own_token)


def _sender(arguments: argparse.Namespace) -> int:
    try:
        campaign_api.claim_sender(client_of(arguments), arguments.identity)
    except campaign_api.NotVerifiedError as error:
        again = typed("campaign", "sender", arguments.identity, *_who(arguments))
        raise ApiError(f"{error}\nTo look again:\n  {again}") from None
    console.print(f"{arguments.identity} is verified; you can send from it.", markup=False)
    return DONE


def _send(arguments: argparse.Namespace) -> int:
    draft, options = _checked_draft(arguments), _options(arguments)
    client = client_of(arguments)
    checks.check(client, draft, options=_who(arguments))
    file_id = campaign_api.upload_recipients(client, arguments.recipients)
    console.print(f"{arguments.recipients.name} is uploaded and verified.", markup=False)
    if not draft.campaign_id:
        draft = replace(draft, campaign_id=campaign_api.new_campaign(client, draft.subject))
    email_campaign_id = campaign_api.draft_and_send(client, draft, file_id, **options)
    console.print(f"Sending requested: {email_campaign_id}")
    if arguments.watch:
        return watch(client, email_campaign_id)
    next_ = typed("campaign", "watch", email_campaign_id, *_who(arguments))
    console.print(f"Watch it with: {next_}", markup=False, soft_wrap=True)
    return DONE


def _checked_draft(arguments: argparse.Namespace) -> Draft:
    """The draft that the arguments describe. Raises _WrongCall for whatever is wrong with files and options."""
    draft = Draft(
        campaign_id=arguments.campaign or "",
        subject=arguments.subject,
        html=_text(arguments.html),
        sender_email=arguments.sender,
        sender_name=arguments.from_name,
    )
    at = _time(arguments.at) if arguments.at else None
    for problem in (
        checks.problem_of_recipients(arguments.recipients),
        checks.problem_of_options(draft.subject, at, arguments.max_lateness),
        None if draft.html.strip() else f"{arguments.html} is empty.",
    ):
        if problem:
            raise _WrongCall(problem)
    return draft


def _who(arguments: argparse.Namespace) -> list[str]:
    """The options that name the API and the user in a further command; never a token, which would be in the history."""
    url = ["--api-url", arguments.api_url] if arguments.api_url else []
    return url + (["--user", arguments.user] if arguments.user != "brand" else [])


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise _WrongCall(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise _WrongCall(f"{file} is not UTF-8 text.") from None


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if arguments.at:
        options["scheduled_at"] = _time(arguments.at).isoformat()
    if arguments.max_lateness is not None:
        options["max_lateness_seconds"] = arguments.max_lateness
    return options


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _WrongCall(f"--at {text} is not a time; write it like 2027-03-01T09:00:00+01:00.") from None
    if at.tzinfo is None:
        raise _WrongCall(f"--at {text} has no offset; write it like {text}+00:00 (or Z).")
    return at


def _explain(arguments: argparse.Namespace) -> int:
    found = history.find(client_of(arguments), arguments.recipient, arguments.email_campaign)
    if arguments.json:
        print(json.dumps(found, indent=1))
        return DONE
    for line in history.lines(found):
        console.print(line, markup=False, soft_wrap=True)
    return DONE


def _watch(arguments: argparse.Namespace) -> int:
    return watch(client_of(arguments), arguments.email_campaign_id)


def watch(client: Client, email_campaign_id: str) -> int:
    """Show the progress until the send has ended, then the ledger; returns the exit status."""
    with campaign_progress.live(console) as show:
        progress = campaign_api.follow(client, email_campaign_id, show)
    console.print(campaign_progress.ledger(progress))
    console.print(progress["summary"])
    return exit_status(progress)


def exit_status(progress: dict[str, Any]) -> int:
    """DONE if the send is complete without failed or unknown messages, else FAILED."""
    troubles: Sequence[int] = (progress["unknown"], campaign_api.count(progress, "failed"))
    return DONE if progress["status"] == "complete" and not any(troubles) else FAILED


def _status(arguments: argparse.Namespace) -> int:
    progress = campaign_api.progress(client_of(arguments), arguments.email_campaign_id)
    if progress["status"] == "draft":
        raise ApiError("This e-mail is a draft; sending has not been requested.")
    if arguments.json:
        print(json.dumps(progress, indent=1))
        return DONE
    console.print(campaign_progress.ledger(progress))
    console.print(progress["summary"])
    return DONE
