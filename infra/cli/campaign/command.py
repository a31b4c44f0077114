"""`ddp campaign`: claim a sender, and send and watch an e-mail or SMS campaign, on a stage or the local stack."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ddp.channels import CHANNELS, EMAIL, SMS, Channel
from infra.cli.api_client import ApiError, Client
from infra.cli.caller import DONE, FAILED, WrongCall, add_caller, client_of, console, guarded
from infra.cli.campaign import api as campaign_api
from infra.cli.campaign import audiences, checks, forecast, history
from infra.cli.campaign import progress as campaign_progress
from infra.cli.campaign.api import Draft, SmsDraft
from infra.cli.campaign.arguments import EMAIL_ONLY, SMS_ONLY, SMS_OPTIONS, add_channel, describe_send
from infra.cli.typed import typed

_EPILOG: Final = """
exit status: 0 done; 1 refused, failed, cancelled, or complete with failed or unknown messages; 2 wrong arguments

Without --api-url, the command calls the local stack (`ddp local up`) as the local user named by --user.
"""

_STOPPED: Final = "Stopped watching. The send continues."


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp campaign`."""
    parser.epilog, parser.formatter_class = _EPILOG, argparse.RawDescriptionHelpFormatter
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    sender = _add(actions, "sender", "claim a domain or an address to send from", _sender)
    sender.add_argument("identity", help="example.com, or shop@example.com")
    send = _add(
        actions,
        "send",
        "draft an e-mail or SMS, upload its recipients and send it, or send it to some of an earlier send",
        _send,
    )
    describe_send(send)
    send.add_argument("--watch", action="store_true", help="then show the progress until the send has ended")
    foretell = _add(actions, "forecast", "say what such a send would do; nothing is sent", _forecast)
    describe_send(foretell)
    foretell.add_argument("--exact", action="store_true", help="read all of a large file, not a sample of it")
    foretell.add_argument("--json", action="store_true", help="print the API's answer")
    for name, summary, run in (
        ("watch", "show the progress of a send until it has ended", _watch),
        ("status", "show the progress of a send once", _status),
    ):
        action = _add(actions, name, summary, run)
        action.add_argument("channel_campaign_id", metavar="ID", help="the id that `send` printed")
        add_channel(action)
    explain = _add(actions, "explain", "tell the life of one recipient", _explain)
    explain.add_argument(
        "recipient",
        metavar="SEND_ID",
        help="or an address, with --email-campaign, or a number, with --sms-campaign",
    )
    message = explain.add_mutually_exclusive_group()
    message.add_argument("--email-campaign", metavar="ID", help="default: each of your e-mails, newest first")
    message.add_argument("--sms-campaign", metavar="ID", help="of --channel sms; default: each of your SMS")
    add_channel(explain)
    explain.add_argument("--json", action="store_true", help="print the API's answer")
    actions.choices["status"].add_argument("--json", action="store_true", help="print the API's answer")


def _add(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=summary, description=summary)
    add_caller(parser)
    parser.set_defaults(run=lambda arguments: guarded("campaign", run, arguments, stopped=_STOPPED))
    return parser


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
    audience = audiences.audience(client, arguments)
    if not draft.campaign_id:
        name = draft.subject if isinstance(draft, Draft) else f"SMS of {audiences.named(arguments)}"
        draft = replace(draft, campaign_id=campaign_api.new_campaign(client, name))
    channel_campaign_id, warnings = campaign_api.draft_and_send(client, draft, audience, **options)
    console.print(f"Sending requested: {channel_campaign_id}")
    for warning in warnings:
        console.print(warning, markup=False)
    if arguments.watch:
        return watch(client, channel_campaign_id, draft.channel)
    channel = [] if draft.channel is EMAIL else ["--channel", draft.channel.name]
    next_ = typed("campaign", "watch", channel_campaign_id, *channel, *_who(arguments))
    console.print(f"Watch it with: {next_}", markup=False, soft_wrap=True)
    return DONE


def _forecast(arguments: argparse.Namespace) -> int:
    draft, options = _checked_draft(arguments), _options(arguments)
    client = client_of(arguments)
    checks.check(client, draft, options=_who(arguments))
    file_id = campaign_api.upload_recipients(client, arguments.recipients)
    name = f"Forecast of {arguments.recipients.name}"
    with campaign_api.campaign_for(client, draft.campaign_id, name) as campaign_id:
        draft = replace(draft, campaign_id=campaign_id)
        show = None if arguments.json else console.print
        found = forecast.ask_for(client, draft, file_id, is_exact=arguments.exact, show=show, **options)
    if arguments.json:
        print(json.dumps(found, indent=1))
    else:
        for part in forecast.picture(found):
            # Examples of rejected records are whatever the file holds.
            console.print(part, markup=False, soft_wrap=isinstance(part, str))
    return DONE if found["status"] == "ready" else FAILED


def _checked_draft(arguments: argparse.Namespace) -> Draft | SmsDraft:
    """The draft that the arguments describe. Raises WrongCall for whatever is wrong with files and options."""
    _require_fitting(arguments)
    draft = _sms(arguments) if arguments.channel == SMS.name else _email(arguments)
    at = _time(arguments.at) if arguments.at else None
    for problem in (
        audiences.problem(arguments, draft.channel),
        checks.problem_of_times(at, arguments.max_lateness),
        checks.problem_of_spread(arguments.spread_over),
    ):
        if problem:
            raise WrongCall(problem)
    return draft


def _require_fitting(arguments: argparse.Namespace) -> None:
    """Raise WrongCall for options of the other channel, and for missing ones."""
    is_sms = arguments.channel == SMS.name
    for name in EMAIL_ONLY if is_sms else SMS_ONLY:
        if getattr(arguments, name):
            raise WrongCall(f"--{name.replace('_', '-')} is not an option of --channel {arguments.channel}.")
    if is_sms:
        if bool(arguments.text) == bool(arguments.text_file):
            raise WrongCall("Give --text or --text-file.")
        return
    for option, name in (("--subject", "subject"), ("--html", "html"), ("--from", "sender")):
        if getattr(arguments, name) is None:
            raise WrongCall(f"{option} is missing.")


def _email(arguments: argparse.Namespace) -> Draft:
    draft = Draft(
        campaign_id=arguments.campaign or "",
        subject=arguments.subject,
        html=_text(arguments.html),
        sender_email=arguments.sender,
        sender_name=arguments.from_name,
    )
    if problem := checks.problem_of_subject(draft.subject):
        raise WrongCall(problem)
    if not draft.html.strip():
        raise WrongCall(f"{arguments.html} is empty.")
    return draft


def _sms(arguments: argparse.Namespace) -> SmsDraft:
    draft = SmsDraft(
        campaign_id=arguments.campaign or "",
        text=arguments.text or _text(arguments.text_file).strip(),
        sender_number=arguments.sender or "auto",
        message_type="transactional" if arguments.transactional else "promotional",
    )
    problem = checks.problem_of_text(draft.text) or checks.problem_of_money(_options(arguments))
    if problem:
        raise WrongCall(problem)
    return draft


def _who(arguments: argparse.Namespace) -> list[str]:
    """The options that name the API and the user in a further command; never a token, which would be in the history."""
    url = ["--api-url", arguments.api_url] if arguments.api_url else []
    return url + (["--user", arguments.user] if arguments.user != "brand" else [])


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise WrongCall(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise WrongCall(f"{file} is not UTF-8 text.") from None


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if arguments.at:
        options["scheduled_at"] = _time(arguments.at).isoformat()
    if arguments.max_lateness is not None:
        options["max_lateness_seconds"] = arguments.max_lateness
    if arguments.spread_over is not None:
        options["spread_over_seconds"] = checks.seconds_of(arguments.spread_over)
    if arguments.channel == SMS.name:
        given = {name: getattr(arguments, name) for name in SMS_OPTIONS}
        options |= {name: value for name, value in given.items() if value not in {None, False}}
    return options


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise WrongCall(f"--at {text} is not a time; write it like 2027-03-01T09:00:00+01:00.") from None
    if at.tzinfo is None:
        raise WrongCall(f"--at {text} has no offset; write it like {text}+00:00 (or Z).")
    return at


def _explain(arguments: argparse.Namespace) -> int:
    channel = _channel(arguments)
    found = history.find(
        client_of(arguments), arguments.recipient, arguments.email_campaign or arguments.sms_campaign, channel
    )
    if arguments.json:
        print(json.dumps(found, indent=1))
        return DONE
    for line in history.lines(found):
        console.print(line, markup=False, soft_wrap=True)
    return DONE


def _channel(arguments: argparse.Namespace) -> Channel:
    """The channel that is asked for; --sms-campaign says it, too."""
    if getattr(arguments, "sms_campaign", None):
        return SMS
    return next(channel for channel in CHANNELS if channel.name == arguments.channel)


def _watch(arguments: argparse.Namespace) -> int:
    return watch(client_of(arguments), arguments.channel_campaign_id, _channel(arguments))


def watch(client: Client, channel_campaign_id: str, channel: Channel = EMAIL) -> int:
    """Show the progress until the send has ended, then the ledger; returns the exit status."""
    with campaign_progress.live(console) as show:
        progress = campaign_api.follow(client, channel_campaign_id, show, channel=channel)
    for table in (campaign_progress.ledger(progress), campaign_progress.variants(progress)):
        if table is not None:
            console.print(table)
    console.print(progress["summary"])
    return exit_status(progress)


def exit_status(progress: dict[str, Any]) -> int:
    """DONE if the send is complete without failed or unknown messages, else FAILED."""
    troubles: Sequence[int] = (progress["unknown"], campaign_api.count(progress, "failed"))
    return DONE if progress["status"] == "complete" and not any(troubles) else FAILED


def _status(arguments: argparse.Namespace) -> int:
    channel = _channel(arguments)
    progress = campaign_api.progress(client_of(arguments), arguments.channel_campaign_id, channel=channel)
    if progress["status"] == "draft":
        raise ApiError(f"This {channel.noun} is a draft; sending has not been requested.")
    if arguments.json:
        print(json.dumps(progress, indent=1))
        return DONE
    for table in (campaign_progress.ledger(progress), campaign_progress.variants(progress)):
        if table is not None:
            console.print(table)
    console.print(progress["summary"])
    return DONE
