"""Regions have one name, from geography, however they are spelled."""

from __future__ import annotations

import psycopg
import pytest

from tests.database.schema.analytics import ask, refresh, run
from tests.database.schema.platform import Platform, refused, with_ids

# Spellings of one region fold together; `geography` has Bayern (alias Bavaria), two Limburgs, and Switzerland.
BAVARIA = ["Bayern", "bayern", "BAVARIA ", "Bavaria", "bávaria", "Bayern, DE", "bavaria (DE)", "  Bayern\tDE"]


def write(session: psycopg.Connection, region: object) -> object:
    session.execute(
        with_ids(
            "update users set profile_data = jsonb_build_object('region', %s::text, 'x', 1) where user_id = @retailer"
        ),
        [region],
    )
    row = session.execute(with_ids("select profile_data ->> 'region' from users where user_id = @retailer"))
    return row.fetchone()[0]


def test_spellings_fold_together(session):
    assert {write(session, spelling) for spelling in BAVARIA} == {"Bayern, DE"}
    assert {write(session, spelling) for spelling in ("CH", "ch", "switzerland")} == {"Switzerland"}
    assert write(session, "Limburg NL") == "Limburg, NL"
    assert write(session, "") is None
    assert write(session, None) is None


@pytest.mark.parametrize("region", ["Alps", "?", "Bayern, CH", "x" * 9_000_000, "Bay\u200bern?"])
def test_an_unknown_region_is_refused(session, region):
    with refused("PT422", code="unknown-region"), session.transaction():
        write(session, region)


def test_a_region_of_several_countries_is_refused_with_all_of_them(session):
    with (
        refused("PT422", code="ambiguous-region", regions=["Limburg, BE", "Limburg, NL"]),
        session.transaction(),
    ):
        write(session, "limburg")


def test_at_sign_up_too(session):
    with refused("PT422", code="unknown-region"), session.transaction():
        run(
            session,
            "insert into users (user_email, user_name, profile_data) values ('x@x', 'x', '{\"region\": \"Alps\"}')",
        )


def test_rows_of_before_stay_and_count_as_what_they_mean(session, platform: Platform):
    session.execute("set local session_replication_role = replica")
    run(session, 'update users set profile_data = \'{"region": "BAVARIA "}\' where user_id = @retailer')
    run(session, 'update users set profile_data = \'{"region": "Alps"}\' where user_id = @friend')
    session.execute("set local session_replication_role = origin")
    run(
        session,
        "insert into wish_list_items (model_id, retailer_id, wish_count) values (@watch_models/brands, @friend, 3)",
    )
    refresh(session)
    regions = "select region, wish_count from regional_wish_lists order by region"
    assert ask(platform, session, "brand", regions) == [("Bayern, DE", 1), ("unknown", 3)]
    # The profile can still be changed, as long as the region is not; a place that is added later counts at once.
    run(session, "update users set profile_data = profile_data || '{\"x\": 1}' where user_id = @friend")
    run(
        session,
        "insert into geography (country_code, country_name, region) values ('CH', 'Switzerland', 'Alps')",
    )
    refresh(session)
    assert ask(platform, session, "brand", regions) == [("Alps, CH", 3), ("Bayern, DE", 1)]
    run(session, "update geography set aliases = '{}' where region = 'Bayern'")
    refresh(session)
    assert ask(platform, session, "brand", regions) == [("Alps, CH", 3), ("unknown", 1)]


def test_parts_of_a_name_mean_it_unless_another_has_that_name(session):
    run(session, """
        insert into geography (country_code, country_name, region) values
            ('ES', 'Spain', 'Catalunya [Cataluña]'), ('ES', 'Spain', 'Madrid, Comunidad de'),
            ('CG', 'Congo', null), ('CD', 'Congo, The Democratic Republic of the', null);
    """)  # fmt: skip
    assert write(session, "cataluna") == "Catalunya [Cataluña], ES"
    assert write(session, "Madrid") == "Madrid, Comunidad de, ES"
    assert write(session, "Congo") == "Congo"
