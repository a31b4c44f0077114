"""Accounts and posts on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_COLOURS = {"published": "green", "active": "green", "draft": "", "cancelled": ""}
_BAD = {"failed", "missed", "unconfirmed", "reconnect", "disconnected"}

Posts = Sequence[Mapping[str, Any]]


def accounts(found: Posts) -> Table:
    """Accounts, with what is wrong with them."""
    table = Table("platform", "account", "kind", "status", "token until", "id")
    for each in found:
        state = _coloured(each["status"]) + (f": {escape(each['reason'])}" if each["reason"] else "")
        table.add_row(
            each["platform"],
            escape(each["account_handle"]),
            each["account_kind"] or "",
            state,
            _local(each["token_expires_at"]),
            each["account_id"],
        )
    return table


def choices(found: Posts) -> Table:
    """Accounts that a person may connect."""
    table = Table("account", "kind", "name", "id on the platform", "what it lacks")
    for each in found:
        cells = [each["account_handle"], each["account_kind"], each["name"], each["external_account_id"]]
        table.add_row(*map(escape, cells), escape(" ".join(each["lacks"])))
    return table


def posts(found: Posts, title: str = "") -> Table:
    """Posts with their states; why one did not go out, or where it is."""
    table = Table("time", "platform", "account", "status", "text", "address, or why not", title=title or None)
    for each in found:
        why = each["permalink"] or each["error_reason"] or ""
        table.add_row(
            _local(each["published_at"] or each["scheduled_at"]),
            each["platform"] or "",
            escape(each["account_handle"] or ""),
            _coloured(each["status"]),
            escape((each["excerpt"] or "")[:40]),
            escape(why),
        )
    return table


def problems(found: Posts, accounts_by_id: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What is wrong with each post, a line for each problem."""
    for each in found:
        account = accounts_by_id.get(each["account_id"], {})
        name = f"{account.get('platform', each['account_id'])} {account.get('account_handle', '')}".strip()
        for one in each["problems"]:
            kind = " (warning)" if one["is_warning"] else ""
            yield f"{name}: {one['field']}{kind}: {one['sentence']}"


def money_and_quotas(checked: Mapping[str, Any]) -> Iterator[str]:
    """What posts cost, and what is left."""
    budget = checked["budget"]
    if float(budget["price"]):
        yield f"They cost ${budget['price']}; ${Decimal(budget['left']):.2f} of this month's budget are left."
    for each in checked["quotas"]:
        whose = (
            "you, as your share,"
            if each["is_share"]
            else "this account"
            if each["account_id"]
            else "all accounts of this platform together"
        )
        what = each["quota"].replace("_", " ")
        yield (
            f"{each['platform']}: {each['left']:,} of {each['most']:,} {what} left for {whose}"
            f" until {_local(each['ends_at'])}."
        )


def lines(console: Console) -> Callable[[Posts], None]:
    """Prints a line for each post whose state is new."""
    seen: dict[str, str] = {}

    def show(found: Posts) -> None:
        for each in found:
            if seen.get(each["post_id"]) != each["status"]:
                seen[each["post_id"]] = each["status"]
                why = f": {escape(each['error_reason'])}" if each["error_reason"] else ""
                console.print(f"  {each['platform'] or each['post_id']}: {_coloured(each['status'])}{why}")

    return show


def is_well(found: Posts) -> bool:
    """Whether all posts went out, or will."""
    return not any(each["status"] in _BAD for each in found)


def _coloured(status: str) -> str:
    colour = "red" if status in _BAD else _COLOURS.get(status, "yellow")
    return f"[{colour}]{status}[/]" if colour else status


def _local(time: str | None) -> str:
    return f"{datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M}" if time else ""
