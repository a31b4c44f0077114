"""The windows of a country in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_STATUS: Final = {
    "law": "law",
    "custom": "custom",
    "unchecked": "not checked yet",
}


def in_words(windows: Sequence[Mapping[str, Any]] | None) -> str:
    """Such as “Monday to Saturday 08:00 to 20:00, never on holidays (law)”. None: no windows apply."""
    if not windows:
        return "At any hour."
    sentence = "; ".join(_window(each) for each in windows)
    regions = " Some regions have other hours." if any(each["has_regions"] for each in windows) else ""
    return f"{sentence}, by the recipient's clock.{regions}"


def _window(window: Mapping[str, Any]) -> str:
    holidays = "" if window["on_holidays"] else ", never on holidays"
    hours = f"{window['opens']} to {window['closes']}"
    return f"{_days(window['days'])} {hours}{holidays} ({_STATUS[window['status']]})"


def _days(days: str) -> str:
    """Digits of days, 1 is Monday, in words."""
    numbers = sorted(int(day) for day in days)
    if len(numbers) == len(_DAYS):
        return "Every day"
    names = [_DAYS[number - 1] for number in numbers]
    is_row = numbers == list(range(numbers[0], numbers[-1] + 1))
    if is_row and len(names) > 2:
        return f"{names[0]} to {names[-1]}"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
