"""Whom `ddp campaign send` writes to: the recipients in a CSV file, or some of those of an earlier send."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from ddp.channels import SMS, Channel
from infra.cli.api_client import Client
from infra.cli.caller import console
from infra.cli.campaign import api as campaign_api
from infra.cli.campaign import checks

GROUPS: Final = ("not_clicked", "not_opened", "failed", "missed")


def describe(send: argparse.ArgumentParser) -> None:
    """Add the options that name the recipients."""
    source = send.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--recipients", type=Path, metavar="FILE", help="CSV file with a column email or phone"
    )
    source.add_argument(
        "--again-to", metavar="ID", help="some recipients of an earlier send, by the id that `send` printed"
    )
    send.add_argument(
        "--who", choices=GROUPS, help="which recipients of the earlier send (not_opened: e-mail only)"
    )


def problem(arguments: argparse.Namespace, channel: Channel) -> str | None:
    """What is wrong with these options, as a sentence."""
    if arguments.recipients:
        if arguments.who:
            return (
                "--who works only with --again-to; with --recipients everybody in the file gets the message."
            )
        return checks.problem_of_recipients(arguments.recipients, channel)
    if not arguments.who:
        return f"Say which recipients of the earlier send: --who {'|'.join(GROUPS)}."
    if channel is SMS and arguments.who == "not_opened":
        return "Nobody knows whether an SMS was opened: choose --who not_clicked, failed or missed."
    return (
        None
        if checks.is_id(arguments.again_to)
        else f"--again-to {arguments.again_to} is not the id of a send."
    )


def audience(client: Client, arguments: argparse.Namespace) -> dict[str, str]:
    """The audience of the request; uploads the file. Raises ApiError."""
    if not arguments.recipients:
        return {"source": "send", "id": arguments.again_to, "who": arguments.who}
    file_id = campaign_api.upload_recipients(client, arguments.recipients)
    console.print(f"{arguments.recipients.name} is uploaded and verified.", markup=False)
    return campaign_api.file_audience(file_id)


def named(arguments: argparse.Namespace) -> str:
    """The recipients, in the name of a campaign that is made for them."""
    return arguments.recipients.name if arguments.recipients else f"{arguments.who} of {arguments.again_to}"
