"""A/B tests of SMS: parts and price of the rest are those of the dearest variant, and links are each variant's own."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from functions.sms.texts.short_links import LINK_URL
from tests.database.functions.sms.conftest import Campaigning, Texting, numbers
from tests.database.functions.sms.test_sending import Transport, open_windows, run  # noqa: F401 - a fixture
from tests.sms import US

SHORT = 'Sale {{ "https://shop.example/a" | short_link }}'
LONG = f'{"Long " * 50}{{{{ "https://shop.example/b" | short_link }}}}'
SETTINGS = {"share_percent": 50, "decide_after_seconds": 3_600, "metric": "clicks", "if_unclear": "a"}
PEOPLE = [f"+1202555{n:04}" for n in range(100, 160)]
PRICE = Decimal("0.00883")


def ab_test(*texts: str, **settings: object) -> Jsonb:
    others = [{"variant": letter, "sms_content": text} for letter, text in zip("BCDE", texts, strict=False)]
    return Jsonb(SETTINGS | {"variants": others} | settings)


def planned(texting: Texting, *texts: str, recipients: Sequence[object] = PEOPLE, **options: object) -> UUID:
    """A plan of a draft that says the first text and tests it against the others."""
    plan = texting.text(
        *recipients, content=texts[0], draft={"ab_test": ab_test(*texts[1:])}, ignore_windows=True, **options
    )
    assert texting.work(plan) == []
    texting.run("update sms_sends set not_before = now() where status = 'pending'")
    texting.run("update ddp.send_chunks set due_at = now() where due_at is not null and channel = 'sms'")
    return plan


def decide(texting: Texting, plan: UUID, variant: str) -> None:
    with texting.platform.database.connect("superuser") as connection, connection.transaction():
        claims = Jsonb({"sub": str(texting.platform.users["brand"]), "role": "authenticated"})
        connection.execute("select set_config('request.jwt.claims', %s::text, true)", [claims])
        connection.execute("set local role authenticated")
        connection.execute(
            "select decide_sms_ab_test(sms_campaign_id, %s) from send_plans where send_plan_id = %s",
            [variant, plan],
        )


def test_the_rest_costs_what_the_dearest_variant_costs(open_windows: Texting) -> None:  # noqa: F811
    texting, transport = open_windows, Transport()
    plan = planned(texting, SHORT, LONG)
    rows = texting.sends(plan, "variant, units, price")
    assert set(rows) == {(1, 1, PRICE), (2, 2, 2 * PRICE), (None, 2, 2 * PRICE)}
    (estimated,) = texting.row(plan, "estimated_cost")
    assert estimated == sum(price for *_, price in rows)

    assert run(texting, transport) == sum(variant is not None for variant, *_ in rows)
    bodies = {message.recipient: message.body for wave in transport.waves for message in wave}
    for phone, variant in texting.sends(plan, "recipient_phone, variant"):
        if variant is not None:
            assert bodies[phone].startswith({1: "Sale ", 2: "Long "}[variant])
    assert all(len({m.body[:4] for m in wave}) == 1 for wave in transport.waves)

    decide(texting, plan, "A")
    transport = Transport()
    texting.run("update ddp.rate_buckets set tokens = 200, burst = 200 where bucket = 'sms:72645'")
    assert run(texting, transport) == sum(variant is None for variant, *_ in rows)
    rest = [message for wave in transport.waves for message in wave]
    assert {message.body[:4] for message in rest} == {"Sale"}
    # The reservation stays: nothing may pass a cap, whichever was chosen.
    assert {message.max_price for message in rest} == {2 * PRICE}
    assert {status for (status,) in texting.sends(plan, "status::text")} == {"sent"}


def test_a_plan_whose_dearest_variant_is_over_its_cap_does_not_start(open_windows: Texting) -> None:  # noqa: F811
    texting = open_windows
    plan = planned(texting, SHORT, LONG, max_cost=float(PRICE * 80))
    dearest = sum(price for (price,) in texting.sends(plan, "price"))
    assert dearest > PRICE * 80 > PRICE * 60
    assert texting.query("select exhausted_at is not null from ddp.budgets where owner_id = %s", plan) == [
        (True,)
    ]
    assert run(texting, Transport()) == 0


def test_links_lead_to_where_the_recipients_variant_says(open_windows: Texting) -> None:  # noqa: F811
    texting, transport = open_windows, Transport()
    plan = planned(texting, SHORT, LONG)
    run(texting, transport)
    decide(texting, plan, "B")
    texting.run("update ddp.rate_buckets set tokens = 200, burst = 200 where bucket = 'sms:72645'")
    run(texting, transport)
    led = texting.query(
        "select s.variant, l.url from sms_sends s cross join ddp.sms_link(s.link_code, 1::smallint) l"
        " where s.sms_campaign_id = (select sms_campaign_id from send_plans where send_plan_id = %s)",
        plan,
    )
    assert len(led) == 60
    assert set(led) == {(1, "https://shop.example/a"), (2, "https://shop.example/b")}
    assert texting.query(
        "select l.* from sms_sends s cross join ddp.sms_link(s.link_code, 11::smallint) l"
        " where s.sms_campaign_id = (select sms_campaign_id from send_plans where send_plan_id = %s)",
        plan,
    ) == []  # fmt: skip
    assert all(
        f"{LINK_URL}/" in message.body and "/11" not in message.body for w in transport.waves for message in w
    )


def test_a_recipient_for_whom_one_variant_cannot_be_made_gets_none(texting: Texting) -> None:
    """Else those who get that variant would be compared with others."""
    fickle = f"{{{{ text }}}} {SHORT}"
    data = [
        {"phone": phone, "template_data": {"text": "x" * 900 * (n % 2)}} for n, phone in enumerate(PEOPLE)
    ]
    plan = planned(texting, SHORT, fickle, recipients=data, max_parts=4)
    assert len(texting.sends(plan)) == 30
    assert set(texting.reasons(plan)) == {"too-many-parts"}


def test_what_cannot_be_tested_is_refused(campaigning: Campaigning) -> None:
    message = campaigning.draft(sms_content=SHORT)
    path = f"/sms-campaigns/{message}/ab-test"

    def put(*texts: str, **settings: object) -> tuple[int, str]:
        answer = campaigning.ask("retailer", "PUT", path, ab_test(*texts, **settings).obj)
        return answer.status, answer.body.get("code")

    assert put() == (422, "invalid-ab-test")
    assert put("No link") == (422, "no-links")
    assert put(SHORT) == (422, "equal-variants")
    assert put(LONG, LONG) == (422, "equal-variants")
    assert put("{{ x") == (422, "template-invalid")
    assert put(LONG, share_percent=0) == (422, "invalid-request")
    assert campaigning.ask("retailer", "GET", path).status == 404
    assert put(LONG) == (200, None)
    shown = campaigning.ask("retailer", "GET", path).body
    assert shown == SETTINGS | {"variants": [{"variant": "B", "sms_content": LONG}], "progress": None}
    detail = campaigning.ask("retailer", "GET", f"/sms-campaigns/{message}").body
    assert detail["ab_test"]["variants"] == [{"variant": "B"}]
    assert campaigning.ask("brand", "PUT", path, ab_test(LONG).obj).status == 404
    campaigning.ask("retailer", "PATCH", f"/sms-campaigns/{message}", {"dlt_template_id": "17"})
    answer = campaigning.requested(message)
    assert (answer.status, answer.body["code"]) == (422, "invalid-ab-test")
    campaigning.ask("retailer", "PATCH", f"/sms-campaigns/{message}", {"dlt_template_id": None})
    answer = campaigning.requested(message, audience=numbers(US))
    assert answer.status == 202, answer
    answer = campaigning.ask("retailer", "POST", f"{path}/decide", {"variant": "B"})
    assert (answer.status, answer.body["winner"]) == (200, "B")
    assert campaigning.ask("retailer", "DELETE", path).body["code"] == "already-requested"


def test_orders_are_counted_only_where_they_are_tracked(campaigning: Campaigning) -> None:
    message = campaigning.draft(sms_content=SHORT)
    path = f"/sms-campaigns/{message}/ab-test"
    campaigning.ask("retailer", "PUT", path, ab_test(LONG, metric="conversions").obj)
    answer = campaigning.requested(message)
    assert (answer.status, answer.body["code"]) == (422, "conversions-not-tracked")


def test_a_browser_cannot_write_it_past_the_checks(campaigning: Campaigning) -> None:
    message = campaigning.draft(sms_content=SHORT)
    with campaigning.platform.database.connect("superuser") as connection, connection.transaction():
        claims = Jsonb({"sub": str(campaigning.platform.users["retailer"]), "role": "authenticated"})
        connection.execute("select set_config('request.jwt.claims', %s::text, true)", [claims])
        connection.execute("set local role authenticated")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(
                "update sms_campaigns set ab_test = '{}' where sms_campaign_id = %s", [message]
            )
