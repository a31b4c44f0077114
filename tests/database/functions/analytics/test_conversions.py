"""Orders over HTTP: what they are credited to, who may report them, and what is refused with a reason."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests import lambdas

# Modules of functions are imported in fixtures and tests: they read the environment that lambdas sets.


@pytest.fixture
def http(mailing, message_secret):
    """Calls the routes of conversions as a user: with functions/analytics/http.py, or a small app of their own."""
    from ddp import edge
    from functions.analytics.routes import conversions

    app = edge.resolver()
    app.include_router(conversions.router)

    def ask(user, method, path, body=None, key=None, **query):
        mailing.platform.login("ddp_api")
        caller = lambdas.claims(mailing.platform.users[user]) if user else None
        headers = {"idempotency-key": key} if key else {}
        event = lambdas.http_event(method, path, body, caller=caller, headers=headers, **query)
        return lambdas.answer(edge.handle(app, event, lambdas.Context()))

    return ask


@pytest.fixture
def shop(mailing, http):
    """Sends signed reports as the retailer's shop."""
    key = http("retailer", "POST", "/conversions/keys", {}).body
    return Shop(mailing.platform, mailing.platform.users["retailer"], key["key"])


class Shop:
    """A retailer's shop, with its key."""

    def __init__(self, platform, retailer_id, key):
        self.platform, self.retailer_id, self.key = platform, retailer_id, key

    def report(self, *orders, at=0.0, body=None, **headers):
        from functions.analytics import conversions as door

        text = body if body is not None else json.dumps({"conversions": orders})
        self.platform.login("ddp_worker")
        event = lambdas.http_event(
            "POST", f"/conversions/hooks/{self.retailer_id}", text, headers=self.signed(text, at) | headers
        )
        return lambdas.answer(door.handler(event, lambdas.Context()))

    def signed(self, text, at=0.0):
        from ddp.links import conversions

        timestamp = str(int(time.time() + at))
        signature = conversions.signature(self.key, timestamp, text.encode()).hex()
        return {"x-ddp-timestamp": timestamp, "x-ddp-signature": signature}


def order(**given):
    return {
        "order_id": str(uuid4()), "value": 100, "currency": "EUR", "occurred_at": datetime.now(UTC).isoformat(),
    } | given  # fmt: skip


@pytest.fixture
def clicked(mailing):
    """An e-mail of the retailer's, which a customer clicked in yesterday: (e-mail's id, message's id, address)."""
    message, address = mailing.sent(), f"{uuid4().hex}@example.com"
    return message, click(mailing, message, address, timedelta(days=1)), address


def click(mailing, message: str, address: str, ago: timedelta) -> UUID:
    from ddp import addresses

    return mailing.platform.query(
        "insert into email_sends (email_campaign_id, recipient_email, recipient_hash, sent_at, delivered_at,"
        " clicked_at, status)"
        " values (%s, %s, %s, now() - interval '20 days', now() - interval '20 days', now() - %s, 'clicked')"
        " returning email_send_id",
        message, address, addresses.email_hash(address), ago,
    )[0][0]  # fmt: skip


def outcomes(answer):
    assert answer.status in (200, 201), answer
    return [o["outcome"] for o in answer.body["outcomes"]]


def report(http, *orders, user="retailer", **rest):
    return http(user, "POST", "/conversions", {"conversions": orders}, **rest)


def test_an_order_is_credited_to_the_last_click_of_its_customer(mailing, http, clicked):
    first, _, address = clicked
    second = mailing.sent()
    click(mailing, second, address, timedelta(hours=1))
    answer = report(http, order(order_id="1", customer_email=address.upper()))
    assert outcomes(answer) == ["credited"]
    assert answer.body["outcomes"][0]["email_campaign_id"] == second
    before = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    earlier = report(http, order(customer_email=address, occurred_at=before))
    assert earlier.body["outcomes"][0]["email_campaign_id"] == first
    assert mailing.platform.query(
        "select retailer_id, value, kind::text, currency from conversions where order_id = '1' and retailer_id = %s",
        mailing.platform.users["retailer"],
    ) == [(mailing.platform.users["retailer"], 100, "order", "EUR")]


def test_a_reference_credits_and_only_its_own_retailer(mailing, http, clicked):
    from ddp.links import conversions

    message, send_id, _ = clicked
    reference = conversions.reference(send_id)
    assert outcomes(report(http, order(ddp_ref=reference), user="other")) == ["unrelated"]
    assert (
        outcomes(
            report(
                http,
                order(ddp_ref=reference[:-1] + ("A" if reference[-1] != "A" else "B")),
                order(ddp_ref="x"),
            )
        )
        == ["unrelated"] * 2
    )
    answer = report(http, order(ddp_ref=reference))
    assert answer.body["outcomes"][0]["email_campaign_id"] == message


def test_a_click_counts_for_seven_days_and_machines_clicks_never(mailing, http):
    message, address = mailing.sent(), f"{uuid4().hex}@example.com"
    send_id = click(mailing, message, address, timedelta(days=8))
    assert outcomes(report(http, order(customer_email=address))) == ["unrelated"]
    for is_machine, expected in (
        (True, "unrelated"),
        (False, "credited"),
    ):  # a later click, which only events keep
        mailing.platform.query(
            "insert into email_events (event_id, occurred_at, email_send_id, attempt, event_type, is_machine)"
            " values (%s, now() - interval '1 day', %s, 1, 'Click', %s) returning 1",
            uuid4(), send_id, is_machine,
        )  # fmt: skip
        assert outcomes(report(http, order(customer_email=address))) == [expected]


@pytest.fixture
def texted(mailing):
    """An SMS of the retailer's, whose link a customer followed yesterday: (SMS's id, message's id, number)."""
    from ddp import addresses

    number = f"+1206{uuid4().int % 10**7:07}"
    owner = mailing.platform.users["retailer"]
    message = mailing.platform.query(
        "insert into sms_campaigns (campaign_id, sms_content, sender_number, created_by_user_id)"
        " values (%s, 'Spring', 'auto', %s) returning sms_campaign_id", mailing.campaign_id, owner,
    )[0][0]  # fmt: skip
    send_id = mailing.platform.query(
        "insert into sms_sends (sms_campaign_id, recipient_phone, recipient_hash, sent_at, delivered_at, clicked_at,"
        " status) values (%s, %s, %s, now() - interval '20 days', now() - interval '20 days',"
        " now() - interval '1 day', 'clicked') returning sms_send_id",
        message, number, addresses.phone_hash(number),
    )[0][0]  # fmt: skip
    return message, send_id, number


def test_a_click_in_an_sms_credits_as_one_in_an_email_does(mailing, http, texted):
    from ddp.links import conversions

    message, send_id, _ = texted
    reference = conversions.reference(send_id)
    assert outcomes(report(http, order(ddp_ref=reference), user="other")) == ["unrelated"]
    answer = report(http, order(order_id="text", ddp_ref=reference))
    assert outcomes(answer) == ["credited"]
    credited = answer.body["outcomes"][0]
    assert (credited["sms_campaign_id"], credited["email_campaign_id"]) == (str(message), None)
    refund = report(http, order(order_id="text", kind="refund", value=-20))
    assert (outcomes(refund), refund.body["outcomes"][0]["sms_campaign_id"]) == (["credited"], str(message))
    listed = http("retailer", "GET", "/conversions").body["items"]
    assert {item["sms_campaign_id"] for item in listed if item["order_id"] == "text"} == {str(message)}
    mailing.platform.query("select ddp.refresh_analytics()")
    assert mailing.platform.query(
        "select conversion_count, conversion_value, clicked_count from sms_campaign_analytics"
        " where sms_campaign_id = %s",
        message,
    ) == [(1, 80, 1)]


def test_an_order_is_credited_by_the_customers_number(mailing, http, texted, clicked):
    message, _, number = texted
    _, _, address = clicked
    assert outcomes(report(http, order(customer_phone=number), user="other")) == ["unrelated"]
    assert outcomes(report(http, order(customer_phone="+447400123456"))) == ["unrelated"]
    credited = report(http, order(order_id="by number", customer_phone=number))
    assert credited.body["outcomes"][0]["sms_campaign_id"] == str(message)
    # Of both, the last click counts.
    second = mailing.sent()
    click(mailing, second, address, timedelta(hours=1))
    both = report(http, order(customer_phone=number, customer_email=address))
    assert both.body["outcomes"][0]["email_campaign_id"] == second
    wrong = report(http, order(customer_phone="07400 123456"))
    assert wrong.status == 422
    assert "a number in E.164, such as +447400123456" in json.dumps(wrong.body)


def test_the_page_of_thanks_after_an_sms_counts_once(mailing, texted):
    _, send_id, _ = texted
    counted = (
        "select count(*), count(*) filter (where kind = 'pixel') from conversions where sms_send_id = %s"
    )
    for _ in range(2):
        mailing.platform.query("select ddp.count_pixel(%s)", send_id)
        assert mailing.platform.query(counted, send_id) == [(1, 1)]


def test_without_a_click_it_counts_for_the_campaign_named(mailing, http):
    answer = report(http, order(campaign_id=mailing.campaign_id))
    assert outcomes(answer) == ["counted"]
    assert answer.body["outcomes"][0] | {"order_id": 1} == {
        "order_id": 1, "kind": "order", "outcome": "counted", "campaign_id": mailing.campaign_id,
        "email_campaign_id": None, "sms_campaign_id": None,
    }  # fmt: skip
    assert outcomes(report(http, order(campaign_id=mailing.campaign_id), user="other")) == ["unrelated"]
    assert outcomes(report(http, order(campaign_id=str(uuid4())))) == ["unrelated"]
    assert outcomes(report(http, order())) == ["unrelated"]


def test_orders_and_refunds_are_recorded_once(mailing, http):
    sold = order(order_id="A", campaign_id=mailing.campaign_id)
    back = order(order_id="A", kind="refund", value=-30)
    assert outcomes(report(http, back)) == ["order_unknown"]
    assert outcomes(report(http, back | {"value": -101}, sold, sold)) == [
        "refund_too_large",
        "counted",
        "repeated",
    ]
    assert outcomes(report(http, sold | {"value": 5}, back, back)) == ["repeated", "counted", "repeated"]
    assert mailing.platform.query(
        "select sum(value), sum(conversion_count) from conversions where retailer_id = %s",
        mailing.platform.users["retailer"],
    ) == [(70, 1)]
    page = http("retailer", "GET", "/conversions", limit=1).body
    rest = http("retailer", "GET", "/conversions", limit=5, cursor=page["next_cursor"]).body["items"]
    assert {item["kind"] for item in page["items"] + rest} == {"order", "refund"}
    assert http("other", "GET", "/conversions").body["items"] == []


def test_statistics_follow(mailing, http, clicked):
    message, _, address = clicked
    report(http, order(customer_email=address), order(campaign_id=mailing.campaign_id, value=50))
    mailing.platform.query(
        "insert into campaign_expenses (campaign_id, amount, created_by_user_id) values (%s, 100, %s) returning 1",
        mailing.campaign_id, mailing.platform.users["retailer"],
    )  # fmt: skip
    mailing.platform.query("select ddp.refresh_analytics()")
    assert mailing.platform.query(
        "select conversion_count, conversion_value, conversion_rate from email_campaign_analytics"
        " where email_campaign_id = %s", message,
    ) == [(1, 100, 100)]  # fmt: skip
    assert mailing.platform.query(
        "select conversion_count, conversion_value, email_conversion_rate, roi_percentage from campaign_analytics"
        " where campaign_id = %s", mailing.campaign_id,
    ) == [(2, 150, 100, 50)]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"value": 1e12}, "value"),
        ({"value": 1.005}, "value"),
        ({"value": -1}, "0"),
        ({"kind": "refund"}, "0"),
        ({"value": "NaN"}, "value"),
        ({"order_id": "x" * 10_000}, "order_id"),
        ({"order_id": ""}, "order_id"),
        ({"order_id": "a\nb"}, "order_id"),
        ({"currency": "euro"}, "currency"),
        ({"occurred_at": "2027-01-01T00:00:00"}, "occurred_at"),
        ({"customer_email": "nobody"}, "customer_email"),
        ({"ddp_ref": "x" * 201}, "ddp_ref"),
        ({"campaign_id": "x"}, "campaign_id"),
        ({"kind": "pixel"}, "kind"),
        ({"extra": 1}, "extra"),
    ],
)
def test_what_is_unusable_is_refused_by_name(http, wrong, field):
    answer = report(http, order(**wrong))
    assert answer.status == 422, answer
    assert answer.body["errors"][0]["field"].split(".")[-1] == field, answer


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"currency": "USD"}, "wrong-currency"),
        ({"occurred_at": "2020-01-01T00:00:00Z"}, "invalid-time"),
        ({"occurred_at": "2100-01-01T00:00:00Z"}, "invalid-time"),
    ],
)
def test_what_the_database_refuses_names_the_order(http, wrong, code):
    answer = report(http, order(), order(**wrong))
    assert (answer.status, answer.code, answer.body["position"]) == (422, code, 2)


def test_at_most_a_thousand_and_at_least_one(http):
    assert report(http).status == 422
    assert report(http, *[{}] * 1_001).status == 422


def test_who_may_report(http):
    assert report(http, order(), user="brand").code == "not-a-retailer"
    assert report(http, order(), user=None).status == 401
    assert http("brand", "POST", "/conversions/keys", {}).code == "not-a-retailer"
    assert http(None, "GET", "/conversions/keys").status == 401


# -- the shop's own reports -------------------------------------------------------------------------------------------


def test_a_signed_report_is_recorded_and_accepted_once(mailing, shop):
    sold = order(campaign_id=mailing.campaign_id)
    text = json.dumps({"conversions": [sold]})
    signed = shop.signed(text)
    assert outcomes(shop.report(body=text, **signed)) == ["counted"]
    replayed = shop.report(body=text, **signed)
    assert (replayed.status, replayed.code) == (409, "replayed")
    assert outcomes(shop.report(sold, at=1)) == ["repeated"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"at": -301}, "wrong-timestamp"),
        ({"at": 301}, "wrong-timestamp"),
        ({"x-ddp-timestamp": "now"}, "wrong-timestamp"),
        ({"x-ddp-timestamp": "9" * 5_000}, "wrong-timestamp"),
        ({"x-ddp-timestamp": ""}, "wrong-timestamp"),
        ({"x-ddp-signature": ""}, "wrong-signature"),
        ({"x-ddp-signature": "zz"}, "wrong-signature"),
        ({"x-ddp-signature": "00" * 32}, "wrong-signature"),
        ({"x-ddp-signature": "00" * 50_000}, "wrong-signature"),
    ],
)
def test_a_report_with_a_wrong_signature_is_refused(mailing, shop, change, code):
    answer = shop.report(order(campaign_id=mailing.campaign_id), **change)
    assert (answer.status, answer.code) == (401, code)
    assert mailing.platform.count("conversions", "retailer", "retailer_id") == 0


def test_a_signature_is_for_one_body_and_one_retailer(mailing, shop):
    signed = shop.signed(json.dumps({"conversions": [order()]}))
    assert shop.report(order(), **signed).code == "wrong-signature"
    for stranger in (mailing.platform.users["other"], uuid4()):
        shop.retailer_id = stranger
        assert shop.report(order()).code == "wrong-signature"


def test_a_rotated_key_is_accepted_until_it_ends(mailing, http, shop):
    new = http("retailer", "POST", "/conversions/keys", {"old_keys_end_in_hours": 1}, key="k")
    assert new.body["hook_path"] == f"/conversions/hooks/{shop.retailer_id}"
    again = http("retailer", "POST", "/conversions/keys", {"old_keys_end_in_hours": 1}, key="k")
    assert again.body == new.body | {"key": None}, "a key is shown once"
    assert outcomes(shop.report(order(), at=1)) == ["unrelated"]
    assert len(http("retailer", "GET", "/conversions/keys").body["keys"]) == 2
    newest = http("retailer", "POST", "/conversions/keys", {"old_keys_end_in_hours": 0}).body
    assert shop.report(order(), at=2).code == "wrong-signature"
    shop.key = newest["key"]
    assert outcomes(shop.report(order(), at=3)) == ["unrelated"]
    (listed,) = http("retailer", "GET", "/conversions/keys").body["keys"]
    assert (listed["key_id"], listed["ends_at"]) == (newest["key_id"], None)
    assert newest["key"] not in json.dumps(
        [str(row) for row in mailing.platform.query("select k::text from conversion_keys k")]
    )
    mailing.platform.query(
        "update users set is_active = false where user_id = %s returning 1", shop.retailer_id
    )
    assert shop.report(order(), at=4).code == "wrong-signature"


def test_old_keys_are_accepted_for_a_whole_week_at_most(http, shop):
    week = http("retailer", "POST", "/conversions/keys", {"old_keys_end_in_hours": 168})
    assert week.status == 201
    assert outcomes(shop.report(order())) == ["unrelated"]
    assert http("retailer", "POST", "/conversions/keys", {"old_keys_end_in_hours": 169}).status == 422


# -- the pixel --------------------------------------------------------------------------------------------------------


def visit(platform, name: str):
    from functions.analytics import conversions as door

    platform.login("ddp_worker")
    return door.handler(lambdas.http_event("GET", f"/c/{name}"), lambdas.Context())


def test_a_pixel_counts_once_and_the_order_takes_its_place(mailing, http, clicked):
    from ddp.links import conversions

    _, send_id, address = clicked
    reference = conversions.reference(send_id)
    picture = visit(mailing.platform, f"{reference}.gif")
    assert picture["headers"]["Content-Type"] == "image/gif"
    assert visit(mailing.platform, f"{reference}.gif")["body"] == picture["body"]
    counted = (
        "select kind::text, value, conversion_count from conversions where email_send_id = %s order by value"
    )
    assert mailing.platform.query(counted, send_id) == [("pixel", 0, 1)]
    assert outcomes(report(http, order(customer_email=address))) == ["credited"]
    visit(mailing.platform, f"{reference}.gif")
    assert mailing.platform.query(counted, send_id) == [("order", 100, 1)]
    assert outcomes(report(http, order(customer_email=address, value=7))) == ["credited"], "a second order"
    assert len(mailing.platform.query(counted, send_id)) == 2


@pytest.mark.parametrize("name", ["x.gif", ".gif", "A" * 44 + ".gif", "A" * 5_000, "%00.gif"])
def test_whatever_is_asked_for_the_picture_is_the_same(mailing, message_secret, name):
    answer = visit(mailing.platform, name)
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, "image/gif")


def test_a_pixel_of_a_message_without_a_click_counts_nothing(mailing, message_secret):
    from ddp.links import conversions

    message = mailing.sent()
    (send_id,) = mailing.ledger(message, ["delivered"])
    visit(mailing.platform, f"{conversions.reference(send_id)}.gif")
    assert mailing.platform.count("conversions", "retailer", "retailer_id") == 0
