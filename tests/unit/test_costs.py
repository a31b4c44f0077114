"""The sums in infra/docs/costs.md: each line is its amount times its price, and each total what stands above it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

import pytest

from infra.settings import Settings
from infra.state import ROOT

SHEET = (ROOT / "infra/docs/costs.md").read_text()
DATA = json.loads((ROOT / "infra/docs/prices.json").read_text(), parse_float=Decimal)
PRICES = DATA["prices"]
# Sums are of rounded lines.
ROUNDING = Decimal("0.011")


@dataclass(frozen=True)
class Table:
    title: str
    rows: list[list[str]]


def tables() -> Iterator[Table]:
    """Every table of the page with the heading above it."""
    title = ""
    for block in re.split(r"\n\n+", SHEET):
        lines = block.splitlines()
        if lines[0].startswith("#"):
            title = lines[0].lstrip("# ")
        if lines[0].startswith("|"):
            yield Table(title, [[c.strip() for c in line.strip("|").split("|")] for line in lines[2:]])


def number(cell: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.]", "", cell.split()[0]) if cell else "0")


MILLIONS = [t for t in tables() if t.title.startswith("A million ")]
AT_REST = {t.title.split()[0]: t for t in tables() if t.title.endswith(" at rest")}
LISTED = [*MILLIONS, *AT_REST.values()]
TOTALLED = [t for t in tables() if any(row[0].startswith("**all") for row in t.rows)]
ids = [t.title for t in LISTED]


def test_there_is_a_table_for_a_million_of_each_thing():
    assert {t.title for t in MILLIONS} == {
        "A million e-mails", "A million SMS", "A million social posts", "A million readings of posts",
        "A million uploads", "A million downloads", "A million requests to the API",
    }  # fmt: skip


@pytest.mark.parametrize("table", LISTED, ids=ids)
def test_each_line_is_its_amount_times_a_price_of_the_list(table):
    for what, amount, price, cost in table.rows[:-1]:
        name = re.fullmatch(r"`(\w+)`", price).group(1)
        reckoned = number(amount) * PRICES[name]["price"] / PRICES[name]["per"]
        assert number(cost) == reckoned.quantize(Decimal("0.01")), what


@pytest.mark.parametrize("table", TOTALLED, ids=[t.title for t in TOTALLED])
def test_each_total_is_the_sum_of_the_lines_above_it(table):
    above = Decimal(0)
    for row in table.rows:
        if row[0].startswith("**all"):
            assert abs(number(row[-1].strip("*")) - above) <= ROUNDING
            return
        above += number(row[-1])


def test_what_a_database_has_at_rest_is_what_the_settings_say():
    """Of a stage that retains its data."""
    settings = {each.name: each.default for each in fields(Settings)}
    zones, month = 2, 730
    assert settings["database_instance"] == "t4g.medium"  # rds_hour is its price
    amounts = {
        kind: {row[2].strip("`"): number(row[1]) for row in table.rows[:-1]}
        for kind, table in AT_REST.items()
    }
    assert amounts["RDS"]["rds_hour"] == zones * month
    assert amounts["RDS"]["rds_stored_gb"] == zones * settings["database_storage_gb"]
    assert amounts["Aurora"]["aurora_acu_hour"] == zones * month * Decimal(str(settings["database_min_acu"]))
    assert {kind: each["endpoint_hour"] for kind, each in amounts.items()} == dict.fromkeys(
        ("RDS", "Aurora"), 3 * zones * month
    )


def test_every_price_is_dated_used_and_says_where_the_present_one_is():
    assert date.fromisoformat(DATA["as_of"]) <= date.today()  # noqa: DTZ011
    assert DATA["source"]
    used = set(re.findall(r"\| `(\w+)` \|", SHEET))
    assert used == set(PRICES)
    for price in PRICES.values():
        assert price["page"].startswith("https://aws.amazon.com/")


def test_the_page_says_the_date_of_its_prices():
    assert f"{date.fromisoformat(DATA['as_of']):%-d %B %Y}" in SHEET
