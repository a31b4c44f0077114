"""What posts cost, and what is left, as validation says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.database.functions.social.posts_world import (
    budget,
    codes,
    later,
    refused,
)

NOW = {"kind": "now"}


def used(posting, reserved: str, charged: str) -> None:
    posting.platform.run(
        "insert into ddp.budgets (scope, owner_id, period, cap, reserved, charged)"
        " values ('social_month', %s, %s, 100, %s, %s)",
        posting.platform.users["brand"], f"{datetime.now(UTC):%Y-%m}", reserved, charged,
    )  # fmt: skip


def test_a_link_makes_a_post_on_x_dearer(posting):
    budget(posting, "5")
    x = [posting.twitter]
    for text, options, price in (
        ("Hello", {}, "0.015"),
        ("Only 3.5 francs. And so on", {}, "0.015"),
        ("See example.com", {}, "0.200"),
        ("See https://example.com/watch", {}, "0.200"),
        ("Hello", {"link": "https://example.com"}, "0.200"),
    ):
        checked = posting.check(account_ids=x, text=text, options=options, when=later())
        assert (checked["posts"][0]["price"], checked["is_valid"]) == (price, True), (text, checked)
    described = posting.check(account_ids=x, media=[{"file_id": posting.file(), "alt_text": "A watch"}])
    assert described["posts"][0]["price"] == "0.020"
    assert posting.check()["budget"]["price"] == "0"


def test_the_link_of_a_link_post_is_part_of_the_text_on_x(posting):
    budget(posting, "5")
    link = {"link": "https://example.com/a-very-long-address"}
    checked = posting.check(account_ids=[posting.twitter], text="x" * 256, options=link, when=later())
    assert (checked["posts"][0]["text_length"], checked["is_valid"]) == (280, True)
    over = posting.check(account_ids=[posting.twitter], text="x" * 257, options=link, when=later())
    assert codes(over["posts"][0]["problems"]) == {("text", "too-long")}
    both = posting.check(
        account_ids=[posting.twitter], text=f"See {link['link']}", options=link, when=later()
    )
    assert both["posts"][0]["text_length"] == 27, "a link that is in the text already is not added"


def test_what_is_left_of_the_budget(posting):
    budget(posting, "0.22")
    used(posting, "0.01", "0.005")
    second = posting.account("twitter")
    checked = posting.check(account_ids=[posting.twitter], text="See example.com", when=NOW)
    assert (checked["is_valid"], checked["budget"]["left"], checked["budget"]["price"]) == (
        True,
        "0.20500",
        "0.200",
    )
    answer = posting.make(account_ids=[posting.twitter, second], text="See example.com", when=NOW)
    assert refused(answer) == {second: {("account", "budget")}}, "both together are too dear"
    assert "X charges $0.20 for this post; $0.005 of the $0.22" in answer.body["detail"]
    posting.platform.run(
        "update ddp.budgets set charged = 0.1 where owner_id = %s", posting.platform.users["brand"]
    )
    assert posting.check(account_ids=[posting.twitter], text="See example.com", when=NOW)["is_valid"] is False
    far = later(40)  # in another month, of which nothing is used
    assert posting.check(account_ids=[posting.twitter], text="See example.com", when=far)["is_valid"] is True
    budget(posting, None)
    refusal = posting.make(account_ids=[posting.twitter], when=NOW)
    assert refused(refusal) == {posting.twitter: {("account", "no-budget")}}


def test_what_is_left_of_a_platforms_quota(posting, monkeypatch):
    from ddp.providers.social.rules import periods
    from functions.social.steps import prices

    ends_at = datetime.now(UTC) + timedelta(minutes=15)
    monkeypatch.setattr(periods, "_period", lambda _: "1")
    monkeypatch.setattr(periods, "end", lambda _: ends_at)
    budget(posting, "5")
    quotas = {q.quota.split("/")[1]: q for q in prices.of_calls("twitter", posting.twitter)}
    full = quotas["posts_of_account"]
    posting.platform.run(
        "insert into ddp.social_quotas (quota, owner_id, cap, reserved, charged, ends_at)"
        " values (%s, %s, 100, 40, 60, %s)",
        full.quota, posting.twitter, full.ends_at,
    )  # fmt: skip
    checked = posting.check(account_ids=[posting.twitter], when=NOW)
    shown = {quota["quota"]: quota for quota in checked["quotas"]}
    assert (shown["posts_of_account"]["left"], shown["posts_of_account"]["most"]) == (0, 100)
    assert shown["posts_of_application"]["account_id"] is None
    assert codes(checked["posts"][0]["problems"]) == {("when", "quota")}
    assert "choose a time from" in checked["posts"][0]["problems"][0]["sentence"]
    assert posting.check(account_ids=[posting.twitter], when=later())["is_valid"] is True


def test_what_is_left_of_youtubes_uploads(posting):
    from functions.social.steps import prices

    brand, channel = posting.platform.users["brand"], posting.account("youtube")
    app, own = prices.of_uploads("youtube", brand)
    for owner, cap, charged in ((own.owner_id, 50, 50), ("00000000-0000-0000-0000-000000000000", 100, 60)):
        posting.platform.run(
            "insert into ddp.social_quotas (quota, owner_id, cap, charged, ends_at) values (%s, %s, %s, %s, %s)",
            app.quota, owner, cap, charged, app.ends_at,
        )  # fmt: skip
    checked = posting.check(account_ids=[channel], title="T", when=NOW)
    shown = [
        (quota["quota"], quota["is_share"], quota["most"], quota["left"], quota["account_id"])
        for quota in checked["quotas"]
    ]
    assert sorted(shown) == [("uploads", False, 100, 40, None), ("uploads", True, 50, 0, None)]
    (sentence,) = (each["sentence"] for each in checked["posts"][0]["problems"] if each["code"] == "quota")
    assert "100 uploads from all accounts here in this period; your share is 50" in sentence
