"""What an SMS campaign came to, by country."""

from __future__ import annotations

from uuid import uuid4

from tests.database.functions.analytics.conftest import Figures
from tests.database.functions.sms.ledger import Ledger


def test_sums_by_country_and_identity(figures: Figures) -> None:
    ledger = Ledger(figures.platform)
    for kind, country, columns in (
        ("sent", "US", {"units": 2, "accepted_attempts": 1}),
        ("sent", "US", {"accepted_attempts": 1, "charges": '{"1": 0.02}', "charged": "0.02"}),
        ("pending", "US", {"units": 3}),
        ("sent", "FR", {"accepted_attempts": 1}),
    ):
        ledger.send(
            status=kind,
            country=country,
            sent_at="2026-10-12T08:00:00Z" if kind == "sent" else None,
            **columns,
        )
    ledger.query(
        "update sms_sends set clicked_at = now(), delivered_at = now(), unsubscribed_at = now(), failed_at = now()"
        " where country = 'FR' and sms_campaign_id = %s returning 1",
        ledger.campaign(),
    )
    ledger.query(
        "insert into ddp.plan_origins (send_plan_id, country, identity, kind, bucket, price_per_part,"
        " opt_out, is_two_way) values (%s, 'US', '+12065550100', 'toll_free', 'sms:x', 0.01, '', false) returning 1",
        ledger.plan(),
    )
    path = f"sms-campaigns/{ledger.campaign()}/countries"
    answer = figures.ask("brand", path)
    assert answer.status == 200, answer
    zeros = {"delivered_count": 0, "clicked_count": 0, "failed_count": 0, "unsubscribed_count": 0}
    american = {
        "country": "US",
        "identity": "+12065550100",
        "recipient_count": 3,
        "sent_count": 2,
        "part_count": 3,
    }
    french = {"country": "FR", "identity": None, "recipient_count": 1, "sent_count": 1, "part_count": 1}
    assert answer.body["items"] == [
        american | zeros | {"cost": 0.03},
        french | dict.fromkeys(zeros, 1) | {"cost": 0.01},
    ]
    assert figures.ask("admin", path).body == answer.body
    assert figures.ask("rival", path).code == "sms-campaign-not-found"
    assert figures.ask("brand", f"sms-campaigns/{uuid4()}/countries").status == 404
    assert figures.ask("brand", "sms-campaigns/x/countries").status == 422
    ledger.connection.close()
