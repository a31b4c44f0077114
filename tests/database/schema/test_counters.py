"""Counters on the row that they count for: correct after every statement, in any order, with many sessions."""

from __future__ import annotations

import random
import threading

import pytest

from tests.database.schema.platform import Platform, id_of, populate, with_ids

DOWNLOADS = "select download_count from brand_assets where asset_id = %s"
SPENT = "select budget_spent from campaigns where campaign_id = %s"
ACTION = "insert into file_actions (file_id, user_id, action_type) values (%s, %s, %s)"
FILES = ["files/private", "files/shared", "files/published", "files/withdrawn", "files/public"]
CAMPAIGNS = ["campaigns/brands", "campaigns/active", "campaigns/rivals"]


def one(connection, statement, *parameters):
    return connection.execute(statement, parameters).fetchone()[0]


def test_downloads_count_and_nothing_else(platform: Platform):
    asset = id_of("brand_assets/published")
    with platform.acting("retailer") as connection:
        before = one(connection, DOWNLOADS, asset)
        changed = one(connection, "select updated_at from brand_assets where asset_id = %s", asset)
        for action in ("DOWNLOAD", "VIEW", "DOWNLOAD", "SHARE"):
            connection.execute("select record_file_action(%s, %s)", [id_of("files/published"), action])
        assert one(connection, DOWNLOADS, asset) == before + 2
        assert one(connection, "select updated_at from brand_assets where asset_id = %s", asset) == changed


def test_downloads_before_publication_count_too(platform: Platform):
    with platform.acting("brand") as connection:
        connection.execute("select record_file_action(%s, 'DOWNLOAD')", [id_of("files/private")])
        asset = connection.execute(
            "select asset_id, download_count from publish_brand_asset(%s, 'x', 'x')", [id_of("files/private")]
        ).fetchone()
        assert asset[1] == 1
        connection.execute("select publish_brand_asset(%s, 'y', 'y')", [id_of("files/private")])
        assert one(connection, DOWNLOADS, asset[0]) == 1


def test_downloads_that_retention_removed_still_count(platform: Platform):
    asset = id_of("brand_assets/published")
    with platform.owner.transaction(force_rollback=True):
        before = one(platform.owner, DOWNLOADS, asset)
        platform.owner.execute(
            "insert into ddp.archived_files (file_id, download_count)"
            " select file_id, count(*) from file_actions where action_type = 'DOWNLOAD' group by 1"
        )
        platform.owner.execute("delete from file_actions")
        assert one(platform.owner, "select ddp.recompute_counters()") == 0
        assert one(platform.owner, DOWNLOADS, asset) == before


def test_expenses_add_up_whatever_happens_to_them(platform: Platform):
    campaign = id_of("campaigns/brands")
    with platform.owner.transaction(force_rollback=True):
        for statement, expected in (
            (("insert into campaign_expenses (campaign_id, amount, created_by_user_id)"
             " select @campaigns/brands, n, @brand from generate_series(1, 3) n"), 18.5),
            ("update campaign_expenses set amount = amount * 2", 37),
            ("update campaign_expenses set campaign_id = @campaigns/active where amount < 5", 31),
            ("delete from campaign_expenses where amount = 6", 25),
        ):  # fmt: skip
            platform.owner.execute(with_ids(statement))
            assert one(platform.owner, SPENT, campaign) == expected
        assert one(platform.owner, SPENT, id_of("campaigns/active")) == 6


def test_recomputing_corrects_what_was_wrong(platform: Platform):
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute("update brand_assets set download_count = 99")
        platform.owner.execute("update campaigns set budget_spent = 99")
        wrong = platform.owner.execute("select from brand_assets").rowcount + len(CAMPAIGNS)
        assert one(platform.owner, "select ddp.recompute_counters()") == wrong
        assert one(platform.owner, DOWNLOADS, id_of("brand_assets/published")) == 1
        assert one(platform.owner, SPENT, id_of("campaigns/brands")) == 12.5


def operations(connection, seed, count=60):
    """Random facts of every kind, several rows per statement, some rolled back."""
    dice = random.Random(seed)
    for _ in range(count):
        with connection.transaction(force_rollback=dice.random() < 0.2):
            match dice.randrange(5):
                case 0 | 1:
                    actions = [
                        dice.choice(["VIEW", "DOWNLOAD", "DOWNLOAD"]) for _ in range(dice.randint(1, 5))
                    ]
                    connection.execute(
                        "insert into file_actions (file_id, user_id, action_type)"
                        " select (%s::uuid[])[1 + n %% %s], %s, a::file_action_type"
                        " from unnest(%s::text[]) with ordinality as t (a, n)",
                        [[id_of(file) for file in dice.sample(FILES, 3)], 3, id_of("brand"), actions],
                    )
                case 2:
                    connection.execute(
                        "insert into campaign_expenses (campaign_id, amount, created_by_user_id)"
                        " select (%s::uuid[])[n], n + 0.01, %s from generate_series(1, 3) n",
                        [[id_of(campaign) for campaign in dice.sample(CAMPAIGNS, 3)], id_of("brand")],
                    )
                case 3:
                    connection.execute(
                        "delete from campaign_expenses where expense_id in"
                        " (select expense_id from campaign_expenses order by expense_id limit 1 for update skip locked)"
                    )
                case 4:
                    connection.execute(
                        "insert into brand_assets (asset_name, asset_type, file_id, created_by_user_id)"
                        " values ('x', 'x', %s, %s) on conflict do nothing",
                        [id_of(dice.choice(FILES)), id_of("brand")],
                    )


@pytest.mark.parametrize("seed", range(3))
def test_nothing_drifts(platform: Platform, seed):
    with platform.owner.transaction(force_rollback=True):
        operations(platform.owner, seed)
        assert one(platform.owner, "select ddp.recompute_counters()") == 0
        assert one(platform.owner, "select sum(download_count) from brand_assets") > 0


def test_nothing_drifts_between_many(database):
    """Four sessions at once, while another one recomputes and never finds a difference."""
    owner = database.connect()
    populate(owner)
    owner.execute("delete from brand_assets where asset_id = %s", [id_of("brand_assets/withdrawn")])
    failures: list[BaseException] = []
    corrected: list[int] = []

    def work(seed: int, connection) -> None:
        try:
            operations(connection, seed, 80)
        except BaseException as error:  # noqa: BLE001 - reported below
            failures.append(error)

    workers = [threading.Thread(target=work, args=(seed, database.connect())) for seed in range(4)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        corrected.append(one(owner, "select ddp.recompute_counters()"))
    assert failures == []
    assert sum(corrected) == 0
    assert one(owner, "select ddp.recompute_counters()") == 0


def test_an_asset_published_during_a_download_counts_it(database):
    """In either order, the second transaction waits for the first."""
    owner = database.connect()
    populate(owner)
    file = id_of("files/private")
    publish = "insert into brand_assets (asset_name, asset_type, file_id, created_by_user_id) values ('x', 'x', %s, %s)"
    for first, second in (
        ((ACTION, [file, id_of("brand"), "DOWNLOAD"]), (publish, [file, id_of("brand")])),
        ((publish, [file, id_of("brand")]), (ACTION, [file, id_of("brand"), "DOWNLOAD"])),
    ):
        owner.execute("delete from brand_assets where file_id = %s", [file])
        downloads = one(
            owner, "select count(*) from file_actions where file_id = %s and action_type = 'DOWNLOAD'", file
        )
        one_side, other_side = database.connect(autocommit=False), database.connect()
        one_side.execute(*first)
        other = threading.Thread(target=other_side.execute, args=second)
        other.start()
        other.join(0.3)
        assert other.is_alive(), "the second did not wait"
        one_side.commit()
        other.join()
        count = one(owner, "select download_count from brand_assets where file_id = %s", file)
        assert count == downloads + 1
