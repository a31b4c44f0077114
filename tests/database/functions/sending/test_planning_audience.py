"""Target audiences: users of the platform, as they are at the scheduled time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.database.functions.sending.conftest import Sending
from tests.database.functions.sending.test_planning import ShortOfTime

CONSENT = {"marketing_consent": True}


def retailer(
    sending: Sending,
    name: str,
    profile: dict[str, object] | None = None,
    *,
    joined: bool = True,
    active: bool = True,
    user_type: str = "retailer",
) -> None:
    """A user who takes part in the campaign; the address names the user."""
    user_id = uuid4()
    sending.run(
        "insert into users (user_id, user_email, user_name, user_type, is_active, profile_data)"
        " values (%s, %s, %s, %s, %s, %s)",
        user_id,
        address(sending, name),
        name,
        user_type,
        active,
        Jsonb(CONSENT if profile is None else profile),
    )
    if joined:
        sending.run(
            "insert into campaign_participants (campaign_id, retailer_id) values (%s, %s)",
            sending.campaign_id,
            user_id,
        )


def address(sending: Sending, name: str) -> str:
    return f"{name}@{sending.campaign_id}.example"


def reached(sending: Sending, plan: UUID) -> list[str]:
    return [address.split("@")[0] for address in sending.addresses(plan)]


def audience(**criteria: object) -> dict[str, object]:
    return {"source": "target_audience", "criteria": criteria}


def test_a_brand_reaches_active_retailers_of_its_campaign_who_agreed(sending: Sending) -> None:
    retailer(sending, "yes", CONSENT | {"timezone": "Asia/Tokyo"})
    retailer(sending, "text", {"marketing_consent": "true"})
    retailer(sending, "refused", {"marketing_consent": False})
    retailer(sending, "silent", {})
    retailer(sending, "inactive", active=False)
    retailer(sending, "stranger", joined=False)
    retailer(sending, "brand", user_type="brand")
    plan = sending.plan(audience())
    assert sending.work(plan) == []
    assert reached(sending, plan) == ["text", "yes"]
    assert sending.sends(plan, "recipient_name, time_zone") == [("text", None), ("yes", "Asia/Tokyo")]
    assert sending.row(plan, "planned_at is not null") == (True,)


def test_nobody_of_another_brands_campaign(sending: Sending) -> None:
    """Even if a plan for another brand's campaign exists."""
    retailer(sending, "yes")
    plan = sending.plan(audience(), user="rival")
    sending.work(plan)
    assert sending.failure(plan) == "no-recipients"


def test_an_administrator_reaches_every_active_user(sending: Sending) -> None:
    retailer(sending, "silent", {}, joined=False)
    retailer(sending, "inactive", active=False)
    plan = sending.plan(audience(), user="admin")
    sending.work(plan)
    active = sending.query("select user_email from users where is_active order by user_email")
    assert sorted(sending.addresses(plan)) == sorted(email for (email,) in active)
    assert address(sending, "silent") in sending.addresses(plan)


@pytest.mark.parametrize(
    ("criteria", "names"),
    [
        ({"region": "Bayern"}, ["alps"]),
        ({"regions": ["Bayern", "Switzerland"]}, ["alps", "jura"]),
        ({"regions": ["Bayern", "Switzerland"], "country_code": "FR"}, ["jura"]),
        ({"countries": []}, []),
        ({"shoe_size": 43}, []),
        ({"region": {"not": "Bayern"}}, []),
    ],
)
def test_criteria(sending: Sending, criteria: dict[str, object], names: list[str]) -> None:
    """An unknown criterion matches nobody, never everybody."""
    retailer(sending, "alps", CONSENT | {"region": "Bayern", "country_code": "CH"})
    retailer(sending, "jura", CONSENT | {"region": "Switzerland", "country_code": "FR"})
    retailer(sending, "none")
    plan = sending.plan(audience(**criteria))
    sending.work(plan)
    assert reached(sending, plan) == names
    assert sending.failure(plan) == (None if names else "no-recipients")


def test_page_by_page_after_a_crash(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.sending.recipients import sources

    monkeypatch.setattr(sources, "RECORDS", 2)
    for n in range(7):
        retailer(sending, f"r{n}")
    plan = sending.plan(audience())
    rounds = 0
    while sending.row(plan, "planned_at") == (None,):
        assert sending.work(plan, ShortOfTime()) == []
        rounds += 1
    assert reached(sending, plan) == [f"r{n}" for n in range(7)]
    assert sending.totals(plan) == (7, 7, 0, 0, 0)
    assert rounds == 4


def test_it_is_decided_when_the_time_has_come(sending: Sending) -> None:
    retailer(sending, "yes")
    soon, later = (datetime.now(UTC) + timedelta(**{unit: 5}) for unit in ("minutes", "days"))
    for when in (soon, later):
        plan = sending.plan(audience(), scheduled_at=when)
        assert sending.work(plan) == []
        assert reached(sending, plan) == []
        assert sending.row(plan, "planned_at, failed_at") == (None, None)
    plan = sending.plan(
        audience(), scheduled_at=datetime.now(UTC) + timedelta(hours=25), in_recipient_time_zone=True
    )
    sending.work(plan)
    assert reached(sending, plan) == ["yes"]
