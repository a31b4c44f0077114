"""`ddp campaign sender|send|watch|status`: an e-mail campaign from a terminal, against a deployed or the local API."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import urllib3
from rich.console import Console

from infra.cli import campaign_api, campaign_progress
from infra.cli.api_client import Client
from infra.cli.campaign_api import ApiError, Draft
from infra.local.processes import LocalError

DONE, FAILED, WRONG_CALL = 0, 1, 2

_EPILOG: Final = """
exit status: 0 done, 1 refused, failed, cancelled, or complete with messages that failed or are unknown, 2 wrong call

Without --api-url and --token the local stack is meant (`ddp local up`), as its user --user.
"""

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp campaign`."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    sender = _add(
        actions, "sender", "claim a domain or an address to send from; says what proves it", _sender
    )
    sender.add_argument("identity", help="example.com, or shop@example.com")
    send = _add(actions, "send", "draft an e-mail, upload its recipients, send it", _send)
    _describe_send(send)
    for name, summary, run in (
        ("watch", "a progress bar until the send has ended", _watch),
        ("status", "how far a send is", _status),
    ):
        action = _add(actions, name, summary, run)
        action.add_argument(
            "email_campaign_id", metavar="ID", help="of the e-mail campaign, as `send` printed it"
        )
    actions.choices["status"].add_argument("--json", action="store_true", help="the API's answer as it is")


def _describe_send(send: argparse.ArgumentParser) -> None:
    send.add_argument(
        "--recipients", required=True, type=Path, metavar="FILE", help="CSV with a column email"
    )
    send.add_argument("--subject", required=True, help="Liquid")
    send.add_argument("--html", required=True, type=Path, metavar="FILE", help="content: HTML with Liquid")
    send.add_argument(
        "--from", required=True, dest="sender", metavar="ADDRESS", help="of a verified identity"
    )
    send.add_argument("--from-name", metavar="NAME")
    send.add_argument(
        "--campaign", metavar="ID", help="the campaign it belongs to; default: a new one of that subject"
    )
    send.add_argument("--at", metavar="TIME", help="ISO 8601 with an offset; default: now")
    send.add_argument(
        "--max-lateness", type=int, metavar="SECONDS", help="whom it would reach later is missed"
    )
    send.add_argument("--watch", action="store_true", help="then watch it")


def _add(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=summary, description=summary)
    parser.add_argument("--api-url", metavar="URL", help="default: DDP_API_URL, or the local stack's")
    parser.add_argument("--token", help="access token; default: DDP_TOKEN, or one of the local issuer")
    parser.add_argument("--user", default="brand", help="of the local stack (brand)")
    parser.set_defaults(run=lambda arguments: _guarded(run, arguments))
    return parser


def _guarded(run: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    """One clear sentence in place of a traceback for what a person can mend."""
    try:
        return run(arguments)
    except _WrongCall as error:
        errors.print(f"ddp campaign: {error}", markup=False, soft_wrap=True)
        return WRONG_CALL
    except LocalError as error:
        errors.print(f"ddp campaign: {error}", markup=False, soft_wrap=True)
        return FAILED
    except urllib3.exceptions.HTTPError as error:
        errors.print(f"ddp campaign: the API does not answer: {error}", markup=False, soft_wrap=True)
        return FAILED
    except KeyboardInterrupt:
        errors.print("Not watching any more; the send goes on without us.")
        return 130


class _WrongCall(Exception):
    """The arguments do not fit each other."""


def client_of(arguments: argparse.Namespace) -> Client:
    """The API that the arguments mean, as the user that they mean."""
    url = arguments.api_url or os.environ.get("DDP_API_URL")
    token = arguments.token or os.environ.get("DDP_TOKEN")
    if url and not token:
        raise _WrongCall("whose token? Give --token, or set DDP_TOKEN.")
    if url:
        return Client(api_url=url.rstrip("/"), token=token)
    return _local_client(arguments.user, token)


def _local_client(user: str, token: str | None) -> Client:
    from infra.local import control  # here, because a deployed API needs nothing of it
    from infra.local.identity.issuer import Issuer
    from infra.local.identity.users import USERS
    from infra.local.state import StateDirectory

    if user not in USERS:
        raise _WrongCall(f"there is no local user {user}. There are: {', '.join(USERS)}.")
    directory = StateDirectory()
    status = control.status(directory)
    if not status.is_ready:
        raise LocalError(
            "The local stack is not up: start it with `ddp local up`, or name another by --api-url."
        )
    issuer = Issuer.load(status.urls["Token issuer"], directory.issuer_key)
    return Client(api_url=status.urls["API"], token=token or issuer.token(USERS[user]))


def _sender(arguments: argparse.Namespace) -> int:
    campaign_api.claim_sender(client_of(arguments), arguments.identity)
    console.print(f"{arguments.identity} is verified: you may send from it.", markup=False)
    return DONE


def _send(arguments: argparse.Namespace) -> int:
    html, options = _text(arguments.html), _options(arguments)
    if not arguments.recipients.is_file():
        raise _WrongCall(f"there is no file {arguments.recipients}.")
    client = client_of(arguments)
    file_id = campaign_api.upload_recipients(client, arguments.recipients)
    console.print(f"{arguments.recipients.name} is uploaded and verified.", markup=False)
    draft = Draft(
        campaign_id=arguments.campaign or campaign_api.new_campaign(client, arguments.subject),
        subject=arguments.subject,
        html=html,
        sender_email=arguments.sender,
        sender_name=arguments.from_name,
    )
    email_campaign_id = campaign_api.make_draft(client, draft)
    campaign_api.request_send(client, email_campaign_id, file_id, **options)
    console.print(f"Sending is requested: {email_campaign_id}")
    if arguments.watch:
        return watch(client, email_campaign_id)
    console.print(f"Watch it with: ddp campaign watch {email_campaign_id}", soft_wrap=True)
    return DONE


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise _WrongCall(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise _WrongCall(f"{file} is not UTF-8.") from None


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if arguments.at:
        options["scheduled_at"] = _time(arguments.at)
    if arguments.max_lateness is not None:
        options["max_lateness_seconds"] = arguments.max_lateness
    return options


def _time(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _WrongCall(f"--at {text} is no time; write it like 2027-03-01T09:00:00+01:00.") from None
    if at.tzinfo is None:
        raise _WrongCall(f"--at {text} has no offset; write it like {text}+00:00 (or Z).")
    return at.isoformat()


def _watch(arguments: argparse.Namespace) -> int:
    return watch(client_of(arguments), arguments.email_campaign_id)


def watch(client: Client, email_campaign_id: str) -> int:
    """Show the progress until the send has ended, then its ledger; the exit status."""
    with campaign_progress.live(console) as show:
        progress = campaign_api.follow(client, email_campaign_id, show)
    console.print(campaign_progress.ledger(progress))
    console.print(progress["summary"])
    return exit_status(progress)


def exit_status(progress: dict[str, Any]) -> int:
    """0 only for a send that is complete, with every message accepted that was to be sent."""
    troubles: Sequence[int] = (progress["unknown"], campaign_api.count(progress, "failed"))
    return DONE if progress["state"] == "complete" and not any(troubles) else FAILED


def _status(arguments: argparse.Namespace) -> int:
    progress = campaign_api.progress(client_of(arguments), arguments.email_campaign_id)
    if progress["state"] == "draft":
        raise ApiError("This e-mail is a draft: sending was not requested yet.")
    if arguments.json:
        print(json.dumps(progress, indent=1))
        return DONE
    console.print(campaign_progress.ledger(progress))
    console.print(progress["summary"])
    return DONE
