"""`ddp campaign forecast`: asks what a send would do, and shows it on a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from rich.table import Table

from infra.cli.api_client import ApiError, Client, ask
from infra.cli.campaign.api import Draft, SmsDraft, make_draft, messages

# Rows of the histogram, and characters of its longest bar.
ROWS: Final = 24
WIDTH: Final = 40
# Seconds between two looks at a forecast.
_PAUSE: Final = 1.0
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


def ask_for(
    client: Client,
    draft: Draft | SmsDraft,
    file_id: str,
    *,
    is_exact: bool,
    show: Callable[[str], object] | None,
    **options: Any,
) -> dict[str, Any]:
    """A forecast of sending a draft, which is made for it and deleted again. `show` takes lines about the progress."""
    channel_campaign_id = make_draft(client, draft)
    path = f"{messages(draft.channel)}/{channel_campaign_id}"
    body = {"audience": {"source": "file", "file_id": file_id}, **options}
    try:
        found = ask(client, "POST", f"{path}/{'forecasts' if is_exact else 'forecast'}", body)
        while found["status"] == "pending":
            if show is not None and found["records_read"]:
                show(f"  {found['records_read']:,}{_of(found['records_expected'])} records read")
            time.sleep(_PAUSE)
            found = ask(client, "GET", f"{path}/forecasts/{found['send_forecast_id']}")
    finally:
        client.call("DELETE", path)
    if found["failure"]:
        raise ApiError(f"The send would fail: {found['failure']['reason']}")
    return dict(found)


def picture(forecast: Mapping[str, Any]) -> Iterator[str | Table]:
    """What a forecast says: recipients, costs, times, notes."""
    result = forecast["result"]
    yield _recipients(result)
    yield from _rejections(result["rejected"])
    yield from _cost(result["cost"])
    yield from _times(result["timing"])
    for note in result["notes"]:
        yield f"• {note['text']}"


def _recipients(result: Mapping[str, Any]) -> Table:
    table = Table("records", "what becomes of them", show_footer=True)
    table.columns[0].justify = "right"
    table.add_row(number(result["recipients"]), "would get it")
    for withheld in result["suppressed"]:
        reason = withheld["reason"].replace("_", " ")
        table.add_row(
            number(withheld["count"]), reason if reason == "suppressed" else f"suppressed: {reason}"
        )
    table.add_row(number(result["duplicates"]), "duplicates")
    for rejected in result["rejected"]:
        table.add_row(number(rejected["count"]), f"unusable: {rejected['code']}")
    table.columns[0].footer = number(result["records"])
    read = f"{result['share_read']:.0%} of the file" if result["method"] == "sample" else "all"
    table.columns[1].footer = f"records; {read} read"
    return table


def _rejections(rejected: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in rejected:
        yield f"{each['code']}: {each['reason']}"
        for example in each["examples"]:
            line = f"line {example['line']}: " if example["line"] else ""
            yield f"    {line}{example['value']!r}"


def _cost(cost: Mapping[str, Any]) -> Iterator[str]:
    yield f"Cost: {_money(cost['amount'])} {cost['currency']}"
    for each in cost["countries"]:
        yield (
            f"  {each['country']} from {each['identity']}: {number(each['recipients'])} recipients, "
            f"{number(each['parts'])} parts, ${_money(each['amount'])}"
        )


def _times(timing: Mapping[str, Any]) -> Iterator[str]:
    if not timing["first_at"]:
        return
    last = f"{_local(timing['last_at'])}"
    if timing["last_at_low"] != timing["last_at_high"]:
        last += f" ({_local(timing['last_at_low'])} to {_local(timing['last_at_high'])})"
    yield f"First message: {_local(timing['first_at'])}; last: {last}"
    yield from histogram(timing)


def histogram(timing: Mapping[str, Any]) -> Iterator[str]:
    """The messages of each hour, or of several hours together, as bars."""
    merged = -(-len(timing["bars"]) // ROWS)
    bars = [sum(timing["bars"][start : start + merged]) for start in range(0, len(timing["bars"]), merged)]
    width = timedelta(hours=timing["hours_per_bar"] * merged)
    start, most = datetime.fromisoformat(timing["hours_from"]), max(bars)
    for place, count in enumerate(bars):
        eighths = round(count / most * WIDTH * 8) if most else 0
        bar = "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
        yield f"  {(start + place * width).astimezone():%a %d %b %H:%M} {bar} {count:,}"


def number(estimate: Mapping[str, int]) -> str:
    """A number, with its error if it has one."""
    if estimate["low"] == estimate["high"]:
        return f"{estimate['value']:,}"
    error = max(estimate["high"] - estimate["value"], estimate["value"] - estimate["low"])
    return f"{estimate['value']:,} ± {error:,}"


def _money(amount: Mapping[str, str]) -> str:
    return amount["value"] if amount["low"] == amount["high"] else f"{amount['low']} to {amount['high']}"


def _of(expected: int | None) -> str:
    return f" of about {expected:,}" if expected else ""


def _local(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M}"
