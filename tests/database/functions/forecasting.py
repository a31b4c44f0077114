"""Forecasts over HTTP with the real worker, and what planning writes, in the same words."""

from __future__ import annotations

import importlib
from collections import Counter
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tests import lambdas
from tests.database.platform import Platform

# Tables to which a forecast adds nothing that is left when it has ended.
UNTOUCHED = (
    "send_plans", "email_sends", "sms_sends", "ddp.send_chunks", "ddp.send_plan_batches", "ddp.send_plan_rejections",
    "ddp.plan_origins", "ddp.plan_links", "ddp.budgets", "ddp.forecast_batches", "ddp.forecast_addresses",
)  # fmt: skip


def work_at_once(platform: Platform, monkeypatch: pytest.MonkeyPatch, channel: str) -> None:
    """Let the worker take a forecast as soon as the HTTP function has sent its hint."""
    from functions.sending.operations import forecasts

    def tell(_: str, work: list[Any], **__: object) -> bool:
        deliver(platform, channel, str(work[0].send_forecast_id))
        platform.login("ddp_api")
        return True

    monkeypatch.setattr(forecasts, "hints", SimpleNamespace(tell=tell))


def deliver(platform: Platform, channel: str, forecast_id: str, context: object = None) -> list[str]:
    """Deliver a forecast's message to the plan function. Returns the ids of the messages that failed."""
    plan = importlib.import_module(f"functions.{channel}.plan")
    platform.login("ddp_worker")
    message = {"type": "ForecastSend", "send_forecast_id": forecast_id}
    event = lambdas.with_message(lambdas.sample(f"{channel}/forecast"), message)
    answer = plan.handler(event, context or lambdas.Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def rows(platform: Platform) -> dict[str, int]:
    """How many rows the tables have to which a forecast adds nothing."""
    return {table: platform.query(f"select count(*) from {table}")[0][0] for table in UNTOUCHED}


def foretold(result: dict[str, Any]) -> dict[str, Any]:
    """What an exact result says, as `planned` says it of a send."""
    timing = result["timing"]
    start = datetime.fromisoformat(timing["hours_from"]).timestamp() if timing["hours_from"] else 0
    return {
        "recipients": result["recipients"]["value"],
        "suppressed": sum(withheld["count"]["value"] for withheld in result["suppressed"]),
        "duplicates": result["duplicates"]["value"],
        "rejected": {each["code"]: each["count"]["value"] for each in result["rejected"]},
        "reasons": {each["code"]: each["reason"] for each in result["rejected"]},
        "units": result["cost"]["units"]["value"],
        "price": sum(Decimal(each["amount"]["value"]) for each in result["cost"]["countries"]),
        "countries": {
            each["country"]: (
                each["recipients"]["value"],
                each["parts"]["value"],
                Decimal(each["amount"]["value"]),
            )
            for each in result["cost"]["countries"]
        },
        "hours": {
            int(start) + place * 3600 * timing["hours_per_bar"]: count
            for place, count in enumerate(timing["bars"])
            if count
        },
        "first_at": timing["first_at"] and datetime.fromisoformat(timing["first_at"]),
        "last_at": timing["last_at"] and datetime.fromisoformat(timing["last_at"]),
    }


def planned(platform: Platform, channel: str, message: str) -> dict[str, Any]:
    """What planning has written of a send."""
    sends, campaign = f"{channel}_sends", f"{channel}_campaign_id"
    country = "country" if channel == "sms" else "null"
    found = platform.query(
        f"select status::text, not_before, units, price, {country} from {sends} where {campaign} = %s",
        message,
    )
    totals = platform.query(
        "select coalesce(sum(b.duplicates), 0) from ddp.send_plan_batches b join send_plans p using (send_plan_id)"
        f" where p.{campaign} = %s",
        message,
    )
    rejected = platform.query(
        "select r.code, max(r.reason), count(*) from ddp.send_plan_rejections r join send_plans p using (send_plan_id)"
        f" where p.{campaign} = %s group by 1",
        message,
    )
    pending = [row[1:] for row in found if row[0] == "pending"]
    countries: dict[str, Any] = {}
    for _, units, price, where in pending:
        if where is not None:
            before = countries.get(where, (0, 0, Decimal(0)))
            countries[where] = (before[0] + 1, before[1] + units, before[2] + price)
    return {
        "recipients": len(pending),
        "suppressed": len(found) - len(pending),
        "duplicates": totals[0][0],
        "rejected": {code: count for code, _, count in rejected},
        "reasons": {code: reason for code, reason, _ in rejected},
        "units": sum(units for _, units, *_ in pending),
        "price": sum((price for _, _, price, _ in pending), Decimal(0)),
        "countries": countries,
        "hours": dict(Counter(int(at.timestamp()) // 3600 * 3600 for at, *_ in pending)),
        "first_at": min((at for at, *_ in pending), default=None),
        "last_at": max((at for at, *_ in pending), default=None),
    }
