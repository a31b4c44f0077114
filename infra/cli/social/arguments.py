"""The arguments of `ddp social`, and the body of a request for posts."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from infra.cli.api_client import Client
from infra.cli.caller import WrongCall
from infra.cli.social import api

_TYPES = ("text", "link", "image", "carousel", "video", "reel")


def describe_post(parser: argparse.ArgumentParser) -> None:
    """What is posted, where and when: of `post` and `validate`."""
    add = parser.add_argument
    add(
        "--to",
        action="append",
        default=[],
        metavar="ACCOUNT",
        help="an account's id or handle, or a platform if you have one account there; once for each",
    )
    add("--text", help="what the posts say")
    add("--text-file", type=Path, metavar="FILE", help="a file that holds the text")
    add(
        "--media",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="an image or a video to upload",
    )
    add(
        "--file",
        action="append",
        default=[],
        metavar="ID",
        help="an image or a video that was uploaded before",
    )
    add("--title", help="where the platform has titles (TikTok, YouTube)")
    add("--type", choices=_TYPES, help="default: as the media are")
    add("--first-comment", metavar="TEXT", help="added to the post as soon as it is out")
    add("--option", action="append", default=[], metavar="NAME=VALUE", help="such as privacy=SELF_ONLY; VALUE may be"
        " JSON")  # fmt: skip
    add("--overrides", type=Path, metavar="FILE", help="JSON: what is different, by account or platform, such as"
        ' {"twitter": {"text": "…"}}')  # fmt: skip
    add("--campaign", metavar="ID", help="the campaign that the posts belong to")
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--now", action="store_true", help="publish at once")
    when.add_argument(
        "--at", metavar="TIME", help="such as 2027-03-01T09:00 with --time-zone, or with an offset"
    )
    when.add_argument("--next-slot", action="store_true", help="at each account's next free slot")
    add("--time-zone", metavar="ZONE", help="the time zone of --at, such as Europe/Zurich")


def body(client: Client, arguments: argparse.Namespace) -> dict[str, Any]:
    """The request for the posts; uploads their media. Raises WrongCall, ApiError."""
    if not arguments.to:
        raise WrongCall("say where to post with --to: an account's id or handle, or a platform.")
    if arguments.time_zone and not arguments.at:
        raise WrongCall("--time-zone belongs to --at.")
    text, overrides, options = _text(arguments), _overrides(arguments.overrides), _options(arguments.option)
    account_ids = api.chosen(api.accounts(client), arguments.to)
    files = [*arguments.file, *(_upload(client, path) for path in arguments.media)]
    wanted = {
        "account_ids": account_ids,
        "text": text,
        "title": arguments.title,
        "post_type": arguments.type,
        "media": [{"file_id": each} for each in files] or None,
        "options": options or None,
        "first_comment": arguments.first_comment,
        "campaign_id": arguments.campaign,
        "overrides": overrides or None,
        "when": _when(arguments),
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _text(arguments: argparse.Namespace) -> str | None:
    if arguments.text is not None and arguments.text_file:
        raise WrongCall("give --text or --text-file, not both.")
    if arguments.text_file:
        return _read(arguments.text_file)
    return None if arguments.text is None else str(arguments.text)


def _options(given: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator:
            raise WrongCall(f"--option {each}: write NAME=VALUE.")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


def _overrides(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        found = json.loads(_read(path))
    except ValueError as error:
        raise WrongCall(f"{path} is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise WrongCall(f"{path} holds no object of accounts or platforms.")
    return found


def _when(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.now:
        return {"kind": "now"}
    if arguments.next_slot:
        return {"kind": "next_slot"}
    if arguments.at:
        zone = {"time_zone": arguments.time_zone} if arguments.time_zone else {}
        return {"kind": "at", "at": arguments.at, **zone}
    return {"kind": "draft"}


def _upload(client: Client, path: Path) -> str:
    try:
        return api.upload_file(client, path)
    except OSError as error:
        raise WrongCall(f"{path} cannot be read: {error.strerror}.") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongCall(f"{path} cannot be read: {error}.") from None
