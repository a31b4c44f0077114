"""Prices of SMS from a CSV file: checked whole, by the API's own rules, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from ddp.csv_files import reading
from ddp.refusals.fields import rule
from functions.sms.registers.prices import MOST_PRICES, SmsPriceRequest
from infra.cli.api_client import ApiError, Client, ask

COLUMNS: Final = ("country", "kind", "price_per_part", "valid_from", "source")
# Problems that are shown; a file in the wrong form has one in each line.
SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price and the line that it stands in."""

    line: int
    body: dict[str, Any]


class FileError(ApiError):
    """The file cannot be used; the message names each bad line. Nothing was stored."""


def import_file(client: Client, path: Path) -> dict[str, int]:
    """Add all prices of the file, or none: counts added, changed, unchanged. Raises FileError, ApiError.

    The client is an administrator's.
    """
    prices = read(path.read_bytes())
    counts: dict[str, int] = ask(client, "POST", "/sms-prices", {"prices": [price.body for price in prices]})
    return counts


def read(content: bytes) -> list[Price]:
    """The prices of a CSV file. Raises FileError with every line that cannot be used."""
    records = reading.read([content], lambda titles: _columns(titles) is not None)
    line, titles = reading.first_record(records)
    columns = _columns(titles)
    if columns is None:
        raise FileError(f"Line {line or 1}: the first line names the columns {', '.join(COLUMNS)}.")
    prices: list[Price] = []
    problems: list[str] = []
    for number, fields in records:
        if isinstance(fields, str):
            problems.append(f"Line {number}: {reading.REASONS[fields]}")
        elif any(fields):
            try:
                prices.append(_price(number, fields, columns))
            except ValueError as error:
                problems.append(str(error))
    problems += _repeated(prices)
    if not prices and not problems:
        problems.append("The file has no prices.")
    if len(prices) > MOST_PRICES:
        problems.append(f"The file has {len(prices):,} prices: at most {MOST_PRICES:,} can be added at once.")
    if problems:
        raise FileError("Nothing was imported.\n" + "\n".join(_shown(problems)))
    return prices


def _columns(titles: Sequence[str]) -> dict[str, int] | None:
    """Where each column is; None if one is missing or there twice."""
    plain = [reading.plain(title) for title in titles]
    wanted = {name: reading.plain(name) for name in COLUMNS}
    if any(plain.count(title) != 1 for title in wanted.values()):
        return None
    return {name: plain.index(title) for name, title in wanted.items()}


def _price(line: int, fields: Sequence[str], columns: dict[str, int]) -> Price:
    if len(fields) < max(columns.values()) + 1:
        raise ValueError(f"Line {line}: it has fewer columns than the header.")
    given = {name: fields[place].strip() for name, place in columns.items()}
    try:
        checked = SmsPriceRequest.model_validate(given)
    except ValidationError as error:
        wrong = [(problem["loc"][0], rule(dict(problem))) for problem in error.errors()]
        raise ValueError(
            f"Line {line}: " + "; ".join(f"{column} {sentence}" for column, sentence in wrong) + "."
        ) from None
    return Price(line=line, body=checked.model_dump(mode="json"))


def _repeated(prices: Sequence[Price]) -> Iterator[str]:
    first: dict[tuple[str, ...], int] = {}
    for price in prices:
        key = tuple(price.body[name] for name in ("country", "kind", "valid_from"))
        if first.setdefault(key, price.line) != price.line:
            yield f"Line {price.line}: line {first[key]} has a price of the same country, kind and day."


def _shown(problems: Sequence[str]) -> list[str]:
    more = len(problems) - SHOWN
    return [*problems[:SHOWN], *([f"… and {more:,} more."] if more > 0 else [])]
