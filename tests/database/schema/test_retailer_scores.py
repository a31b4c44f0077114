"""Scores of retailers, worked out by hand: an example of each rule in functions/analytics/retailer_scores.sql."""

# ruff: noqa: E501  (statements read better unbroken)

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.database.schema.analytics import refresh, run
from tests.database.schema.platform import with_ids

# The brand's two campaigns; the retailer takes part in both from midnight on, and nothing else has happened.
BEGIN = """
    delete from campaign_participants where retailer_id <> @retailer or participant_state <> 'accepted';
    update campaign_participants set joined_at = '2026-01-01', first_joined_at = '2026-01-01';
    delete from campaign_expenses;
    delete from ddp.campaign_retailer_stats;  -- as if there had been no order
"""


def send(campaign: str, at: str, *, delivered: int = 0, clicked: int = 0, by: str = "retailer") -> str:
    """An e-mail that was sent at a time, delivered to some, and clicked in by some of these."""
    return f"""
        with mail as (
            insert into email_campaigns (campaign_id, email_subject, email_content, sender_email, created_by_user_id, sent_at)
            values (@campaigns/{campaign}, 'x', 'x', 'x@example.com', @{by}, '{at}') returning email_campaign_id
        )
        insert into email_sends (email_campaign_id, recipient_email, created_by_user_id, sent_at, delivered_at, clicked_at)
        select email_campaign_id, format('%s@x', n), @{by}, '{at}', '{at}', case when n <= {clicked} then '{at}'::timestamptz end
        from mail, generate_series(1, {delivered}) n;
    """


def post(campaign: str, at: str) -> str:
    return f"insert into social_posts (account_id, campaign_id, published_at) values (@social_accounts/retailers, @campaigns/{campaign}, {at});"


@pytest.fixture
def scores(session):
    run(session, BEGIN)

    def ask(column: str, brand: str = "@brand", retailer: str = "@retailer") -> object:
        refresh(session)
        row = session.execute(with_ids(
            f"select {column} from retailer_scores where retailer_id = {retailer} and brand_id is not distinct from {brand}"
        )).fetchone()  # fmt: skip
        return row and row[0]

    return ask


def test_no_answer_is_no_score(scores):
    for column in (
        "email_response_time_hours",
        "social_response_time_hours",
        "first_followup_time_hours",
        "response_quality_grade",
        "campaign_roi_percentage",
    ):
        assert scores(column) is None, column
    assert scores("social_post_frequency_per_week") == 0


def test_response_is_the_average_of_campaigns_each_at_least_zero(session, scores):
    """6 hours in one campaign, and a day before joining in the other, which counts 0: (6 + 0) / 2 = 3, not -9."""
    run(session, send("brands", "2026-01-01 06:00") + send("active", "2025-12-31 00:00"))
    assert scores("email_response_time_hours") == Decimal("3.0")
    run(session, post("brands", "'2026-01-01 12:00'") + post("brands", "'2026-01-01 11:00'"))
    assert scores("social_response_time_hours") == Decimal("11.0"), (
        "the first post; no post in the other campaign"
    )


def test_joining_again_does_not_begin_anew(session, scores):
    run(session, "update campaign_participants set participant_state = 'left'")
    assert scores("score_id") is None
    run(session, "update campaign_participants set participant_state = 'accepted', joined_at = '2026-01-02'")
    run(session, send("brands", "2026-01-02 00:00"))
    assert scores("email_response_time_hours") == Decimal("24.0")


def test_followup_is_from_the_first_to_the_second_email(session, scores):
    run(
        session,
        send("brands", "2026-01-03 00:00")
        + send("brands", "2026-01-01 10:00")
        + send("brands", "2026-01-01 12:00"),
    )
    assert scores("first_followup_time_hours") == Decimal("2.0")


def test_frequency_is_of_four_weeks_and_falls_as_time_goes_by(session, scores):
    """Six posts in the last 28 days, and one before: 6 / 4 = 1.5 a week."""
    run(
        session,
        post("brands", "now() - interval '29 days'") + 6 * post("active", "now() - interval '2 days'"),
    )
    assert scores("social_post_frequency_per_week") == Decimal("1.5")
    # Three weeks and a half later, as far as the database can tell: nothing else touches the retailer.
    session.execute("set local session_replication_role = replica")
    run(
        session,
        "update social_posts set published_at = published_at - interval '27 days' where published_at > now() - interval '28 days'",
    )
    session.execute("set local session_replication_role = origin")
    assert scores("social_post_frequency_per_week") == Decimal("1.5")
    assert session.execute("select ddp.touch_aging_scores()").fetchone() == (1,)
    assert scores("social_post_frequency_per_week") == 0
    assert session.execute("select ddp.touch_aging_scores()").fetchone() == (0,)


@pytest.mark.parametrize(
    ("delivered", "clicked", "grade"),
    [
        (49, 49, None),
        (50, 3, "A"),
        (100, 5, "A"),
        (1000, 49, "B"),
        (100, 1, "B"),
        (101, 1, "C"),
        (50, 0, "C"),
    ],
)
def test_grade_is_people_who_clicked_of_delivered(session, scores, delivered, clicked, grade):
    run(session, send("brands", "2026-01-01 10:00", delivered=delivered, clicked=clicked))
    assert scores("response_quality_grade") == grade


def test_roi_bears_own_expenses_and_a_share_of_the_brands(session, scores):
    """20 of its own, and of the brand's 100 three quarters: 30 of 40 messages were its. 95 cost, 190 earned: 100 %."""
    run(session, """
        insert into campaign_participants (campaign_id, retailer_id) values (@campaigns/brands, @friend);
        insert into campaign_expenses (campaign_id, amount, created_by_user_id) values
            (@campaigns/brands, 20, @retailer), (@campaigns/brands, 100, @brand);
        insert into conversions (campaign_id, retailer_id, order_id, kind, value, currency, occurred_at) values
            (@campaigns/brands, @retailer, '1', 'order', 200, 'EUR', now()),
            (@campaigns/brands, @retailer, '1', 'refund', -10, 'EUR', now());
    """)  # fmt: skip
    assert scores("campaign_roi_percentage") == 850, "nobody has delivered yet: only its own 20 count"
    run(
        session,
        send("brands", "2026-01-01 10:00", delivered=30)
        + send("brands", "2026-01-01 10:00", delivered=10, by="friend"),
    )
    assert scores("campaign_roi_percentage") == 100
    assert scores("campaign_roi_percentage", "null") == 100
    assert scores("campaign_roi_percentage", retailer="@friend") == -100, "25 cost, nothing earned"
    # The friend delivers 20 more: the retailer's share falls to a half, 70 cost in all.
    run(session, send("brands", "2026-01-02 10:00", delivered=20, by="friend"))
    assert scores("campaign_roi_percentage") == Decimal("171.4")


def test_ranks_are_weighted_percentiles_and_who_never_answered_is_last(session, scores):
    """Retailer: A and 10 hours; friend: C and 2 hours; the third neither.

    Grade: retailer 0.35 * 1, friend 0.35 * 0.5. Response: friend 0.2 * 1, retailer 0.2 * 0.5. So 0.45 and 0.375. Who has
    nothing has 0, and shares the last rank with others like it.
    """
    run(session, """
        insert into users (user_id, user_email, user_name, user_type, is_active) values
            (@third, 't@x', 't', 'retailer', true), (@fourth, 'f@x', 'f', 'retailer', true);
        insert into campaign_participants (campaign_id, retailer_id, joined_at) values
            (@campaigns/brands, @friend, '2026-01-01'), (@campaigns/brands, @third, '2026-01-01'),
            (@campaigns/brands, @fourth, '2026-01-01');
    """)  # fmt: skip
    run(session, send("brands", "2026-01-01 10:00", delivered=50, clicked=50))
    run(session, send("brands", "2026-01-01 02:00", delivered=50, by="friend"))
    ranks = [
        scores("overall_rank", retailer=f"@{name}") for name in ("retailer", "friend", "third", "fourth")
    ]
    assert ranks == [1, 2, 3, 3]


def test_only_touched_brands_are_ranked_again(session, scores):
    """A rank of another brand that was changed by hand stays as it is."""
    run(session, "update campaign_participants set participant_state = 'accepted' where campaign_id = @campaigns/rivals;"
        " insert into campaign_participants (campaign_id, retailer_id) values (@campaigns/rivals, @retailer)")  # fmt: skip
    assert scores("overall_rank", "@rival") == 1
    run(session, "update retailer_scores set overall_rank = 7 where brand_id = @rival")
    run(session, send("brands", "2026-01-01 10:00", delivered=50))
    assert scores("overall_rank") == 1
    assert scores("overall_rank", "@rival") == 7
