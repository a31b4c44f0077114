"""The analytics API's answers for a report: of a brand with much activity, and of one that begins."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from infra.cli.api_client import Answer

UNTIL = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script> & \"averylongnamewithoutanyplacetobreakit\"" * 3


@dataclass(slots=True)
class Answers:
    """Answers as the API would. `counts_conversions`: whether the stage counts them already."""

    is_empty: bool = False
    sends_sms: bool = False
    counts_conversions: bool = True
    account_type: str = "brand"
    asked: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """One request, as infra.cli.api_client.Client.call."""
        assert (method, body) == ("GET", None)
        self.asked.append(path)
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        name = parts.path.removeprefix("/analytics/")
        if name == "/me":
            account = {"user_id": "b" * 8, "name": "Aurora Watches" if self.is_empty else HOSTILE}
            return Answer(
                status=200, body={"acting": {"account": account, "account_type": self.account_type}}
            )
        fresh = {"as_of": None if self.is_empty else "2026-11-29T09:29:00+00:00", "timezone": "UTC"}
        if name == "freshness":
            return Answer(status=200, body=fresh)
        if name == "series":
            return self._series(query)
        rows = [] if self.is_empty else LISTS[name]
        return Answer(status=200, body={"items": rows, "next_cursor": None, **fresh})

    def _series(self, query: dict[str, str]) -> Answer:
        metrics = query["metrics"].split(",")
        if "conversions" in query["metrics"] and not self.counts_conversions:
            return Answer(status=422, body={"detail": "metrics: with entity=user, give up to 10 of …"})
        first = datetime.fromisoformat(query["from"]).date()
        step = 7 if query["interval"] == "week" else 1
        count = (datetime.fromisoformat(query["until"]).date() - first).days // step + 1
        return Answer(
            status=200,
            body={
                "points": [self._point(first, n * step, metrics) for n in range(count)],
                "previous": [self._point(first, (n - count) * step, metrics) for n in range(count)],
            },
        )

    def _point(self, first: date, n: int, metrics: list[str]) -> dict[str, Any]:
        at, random = first + timedelta(days=n), Random((first + timedelta(days=n)).isoformat())
        scales = {**SCALES, **(SMS_SCALES if self.sends_sms else {})}
        values = {name: 0 if self.is_empty else random.randint(0, scales.get(name, 40)) for name in metrics}
        return {"start": f"{at}T00:00:00+01:00", "values": values}


SCALES = {
    "file_views": 900, "file_downloads": 300, "email_campaign_sent": 20_000, "email_campaign_delivered": 18_000,
    "email_campaign_opened": 7_000, "email_campaign_clicked": 1_200, "email_campaign_conversions": 90,
    "sms_campaign_sent": 0, "sms_campaign_delivered": 0, "sms_campaign_clicked": 0, "sms_campaign_conversions": 0,
}  # fmt: skip
SMS_SCALES = {
    "sms_campaign_sent": 5_000, "sms_campaign_delivered": 4_800, "sms_campaign_clicked": 300,
    "sms_campaign_conversions": 30,
}  # fmt: skip
NAMES = [
    "Spring campaign, key visual", "Aurora Chronograph 42, front", "Logo", HOSTILE, "Lookbook 2027",
    "Price list", "Shop window, wide", "Film, 30 seconds", "水野の時計", "Story, vertical",
]  # fmt: skip
LISTS: dict[str, list[dict[str, Any]]] = {
    "/funds": [
        {
            "campaign_name": HOSTILE, "retailer": {"id": "r", "name": "Lakeside"}, "allotment": "1000.00",
            "requested": "10.50", "approved": "0.00", "paid": "200.00", "remaining": "789.50",
        }
    ],
    "top/assets": [
        {"asset_name": name, "download_count": 4_000 // (n + 1)} for n, name in enumerate(NAMES)
    ],
    "top/retailers": [
        {"retailer_name": None if n == 3 else f"Retailer {n}", "download_count": 900 - 80 * n} for n in range(10)
    ],
    "top/wishes": [{"model_name": f"Chronograph {40 + n}", "wish_count": 50 - 4 * n} for n in range(10)],
    "top/templates": [
        {"template_name": f"{name}", "usage_count": 12 - n, "retailers_reached": 8 - n, "retailers_total": 10,
         "coverage": 80.0 - 10 * n, "conversion_rate": 1.25}
        for n, name in enumerate(NAMES[:4])
    ],
    "campaigns": [
        {"campaign_name": name, "emails_delivered": 12_000 // (n + 1), "email_open_rate": 34.5,
         "email_click_rate": 6.2, "post_engagement": 310, "budget_spent": 1_800.5,
         "conversion_value": 9_400.0, "roi_percentage": None if n == 2 else 422.1}
        for n, name in enumerate(NAMES[:5])
    ],
    "wish-lists": [
        {"region": region, "wish_count": count}
        for region, count in (("Bavaria, DE", 40), ("Zurich, CH", 31), ("Bavaria, DE", 12), ("Switzerland", 5))
    ],
    "retailer-scores": [
        {"retailer_name": f"Retailer {n}", "overall_rank": n + 1, "response_quality_grade": "ABC"[n % 3],
         "email_response_time_hours": 3.5 * n, "first_followup_time_hours": None,
         "social_post_frequency_per_week": 0.75, "campaign_roi_percentage": -12.5}
        for n in range(6)
    ],
    "sessions": [
        {"device_type": ("mobile", "desktop", None)[n % 3], "country_code": ("CH", "DE", "AT", None)[n % 4]}
        for n in range(120)
    ],
}  # fmt: skip
