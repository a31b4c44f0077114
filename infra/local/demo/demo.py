"""`ddp local demo`: a brand and two retailers use the running system; the demo prints and checks every step."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import urllib3
from rich.console import Console
from rich.table import Table

from infra.cli.api_client import Client
from infra.cli.typed import typed
from infra.local import control
from infra.local.aws.emulator import Emulator
from infra.local.demo.campaign.funds import share_costs
from infra.local.demo.campaign.kit import give_kit
from infra.local.demo.email import write_to_customers
from infra.local.demo.figures import show_figures
from infra.local.demo.maintenance import try_maintenance
from infra.local.demo.orders import take_orders
from infra.local.demo.platforms.engagement import see_what_came_back
from infra.local.demo.platforms.social import post_to_six_feeds, see_the_feeds
from infra.local.demo.sharing import publish_asset, share_file
from infra.local.demo.sms import text_customers
from infra.local.demo.story import Story
from infra.local.demo.uploads import refuse_files, upload_files
from infra.local.identity.issuer import Issuer
from infra.local.identity.users import USERS
from infra.local.postgres.database import connection_urls
from infra.local.state import StateDirectory

HISTORY = Path(__file__).with_name("history.sql")
VERIFIER = "ddp-local-uploads-object-created"


def demo(directory: StateDirectory, bring_up: Callable[[StateDirectory], control.Status]) -> int:
    """Run the demo on the stack of this directory; returns 0 if every step happened as told, else 1.

    Starts a stopped stack, and stops it again at the end.
    """
    console = Console(highlight=False)
    was_up = control.status(directory).is_ready
    try:
        urls = bring_up(directory).urls
        surprises = tell(directory, urls, console)
    finally:
        if not was_up:
            control.down(directory)
    for surprise in surprises:
        console.print(f"[red]did not happen:[/] {surprise}")
    _print_what_next(console, urls, was_up=was_up)
    return 1 if surprises else 0


def tell(directory: StateDirectory, urls: dict[str, str], console: Console) -> list[str]:
    """Run the demo on a running stack; returns the steps that did not happen as told."""
    story = _begin(directory, urls, console)
    emulator = _emulator(directory, urls)
    sqs = emulator.client("sqs")
    for chapter in (upload_files, refuse_files, publish_asset, share_file):
        chapter(story)
    posted = post_to_six_feeds(story, urls, sqs)
    kit = give_kit(story, sqs)
    campaign = write_to_customers(story, kit, mailbox_url=urls["Mailbox"], sqs=sqs)
    text_customers(story, phones_url=urls["Phones"], sqs=sqs)
    take_orders(story, campaign)
    share_costs(story, campaign)
    show_figures(story, campaign, directory)
    see_the_feeds(story, posted)
    see_what_came_back(story, posted)
    try_maintenance(story, campaign)
    _summarise(story, connection_urls(directory)["migrator"])
    _tidy_up(story, emulator)
    return story.surprises


def _begin(directory: StateDirectory, urls: dict[str, str], console: Console) -> Story:
    issuer = Issuer.load(urls["Token issuer"], directory.issuer_key)
    clients = {name: Client(api_url=urls["API"], token=issuer.token(user)) for name, user in USERS.items()}
    clients["anyone"] = Client(api_url=urls["API"])
    return Story(clients=clients, console=console, run=datetime.now(UTC).strftime("%-d %B %Y %H:%M:%S"))


def _emulator(directory: StateDirectory, urls: dict[str, str]) -> Emulator:
    port = urllib3.util.parse_url(urls["AWS endpoint"]).port or 0
    return Emulator(directory=directory.emulator, log=directory.log("emulator"), port=port)


def _summarise(story: Story, database_url: str) -> None:
    uploads = Table("file", "bytes", "outcome", "reason", title="\nUploaded files")
    for upload in story.uploads:
        colour = "green" if upload.outcome == "live" else "yellow"
        size = f"{len(upload.file.content):,}"
        uploads.add_row(upload.file.name, size, f"[{colour}]{upload.outcome}[/]", upload.reason)
    story.console.print(uploads)
    rows = _history(database_url, story.began)
    downloads = Table("file", "action", "user", "time", title="\nRecorded actions, as the brand sees them")
    for row in rows:
        downloads.add_row(*row)
    story.console.print(downloads)
    actions = [action for _, action, _, _ in rows]
    story.check("every download was recorded", actions.count("DOWNLOAD") == 3, actions)


def _history(database_url: str, since: datetime) -> list[tuple[str, str, str, str]]:
    """Rows of the second table, which row level security shows to the brand."""
    names = {user.user_id: user.user_name for user in USERS.values()}
    claims = json.dumps({"sub": str(USERS["brand"].user_id), "role": "authenticated"})
    with psycopg.connect(database_url) as connection:
        connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        connection.execute("set local role authenticated")
        rows = connection.execute(HISTORY.read_text(), {"since": since}).fetchall()
    return [
        (name, action, names.get(user, "anyone with the link"), f"{when.astimezone():%H:%M:%S}")
        for name, action, user, when in rows
    ]


def _print_what_next(console: Console, urls: dict[str, str], *, was_up: bool) -> None:
    """Addresses and commands that work now, or what makes them work."""
    if was_up:
        console.print(
            f"\nThe stack is still running; {typed('local', 'down')} stops it. Look at:", soft_wrap=True
        )
    else:
        console.print("\nThe stack is stopped; its data is kept. These work again after `make dev`:")
    for name in ("Portal", "Documentation", "Mailbox", "Phones", "Platforms"):
        console.print(f"  {name:<14} {urls[name]}", soft_wrap=True)
    console.print(f"  {'Report':<14} {urls['Portal']}report/", soft_wrap=True)
    commands = {
        typed("local", "token", "brand"): "prints a token for the API",
        typed("local", "logs", VERIFIER): "prints the log of the function that verifies uploads",
    }
    width = max(map(len, commands))
    for command, summary in commands.items():
        console.print(f"  {command:<{width}}  {summary}", soft_wrap=True)


def _tidy_up(story: Story, emulator: Emulator) -> None:
    """Delete the archive and its object, as the purge would: each run would otherwise leave 100 MB."""
    file_id = story.file_id(story.uploads[2].file)
    story.clients["brand"].call("DELETE", f"/files/{file_id}")
    s3 = emulator.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        s3.delete_object(Bucket=bucket["Name"], Key=f"files/{file_id}")  # no error if there is no such object
