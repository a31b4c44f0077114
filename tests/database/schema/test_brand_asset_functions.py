"""publish_brand_asset, unpublish_brand_asset, and the flags on files that decide who sees the files."""

from __future__ import annotations

import threading

import pytest

from tests.database.schema.platform import Platform, id_of, populate, refused


def publish(connection, file="files/private", name="Logo", kind="logo", *rest):
    arguments = [id_of(file), name, kind, *rest]
    places = ", ".join(["%s"] * len(arguments))
    return connection.execute(
        f"select asset_id from publish_brand_asset({places})".encode(), arguments
    ).fetchone()[0]


def sees(platform, connection, caller, file="files/private"):
    platform.become(connection, caller)
    return connection.execute("select from files where file_id = %s", [id_of(file)]).rowcount == 1


def flags(connection, file):
    return connection.execute(
        "select is_public, is_brand_asset from files where file_id = %s", [id_of(file)]
    ).fetchone()


def test_published_file_is_seen_by_retailers_and_no_rival(platform: Platform):
    with platform.acting("brand") as connection:
        asset_id = publish(connection)
        assert [sees(platform, connection, caller) for caller in ("retailer", "rival")] == [True, False]
        assert connection.execute("select from brand_assets where asset_id = %s", [asset_id]).rowcount == 0
        platform.become(connection, "brand")
        connection.execute("select unpublish_brand_asset(%s)", [asset_id])
        assert not sees(platform, connection, "retailer")


def test_publishing_again_keeps_the_asset_and_is_recorded_when_it_becomes_visible(platform: Platform):
    with platform.acting("brand") as connection:
        first = publish(connection)
        assert publish(connection, "files/private", "New name", "banner", True, '{"a": 1}') == first
        row = connection.execute(
            "select asset_name, asset_type, is_featured, metadata from brand_assets where asset_id = %s",
            [first],
        )
        assert row.fetchone() == ("New name", "banner", True, {"a": 1})
        for _ in range(2):
            connection.execute("select unpublish_brand_asset(%s)", [first])
        assert publish(connection) == first
        shares = connection.execute(
            "select from file_actions where file_id = %s and action_type = 'SHARE'", [id_of("files/private")]
        )
        assert shares.rowcount == 2


@pytest.mark.parametrize(
    ("caller", "arguments", "state"),
    [
        ("retailer", ["files/retailers"], "PT403"),
        ("admin", ["files/private"], "PT403"),
        ("rival", ["files/private"], "PT404"),
        ("rival", ["files/public"], "PT403"),
        ("brand", ["files/in_trash"], "PT409"),
        ("brand", ["files/private", " "], "PT422"),
        ("brand", ["files/private", "x" * 501], "PT422"),
        ("brand", ["files/private", "x", ""], "PT422"),
        ("brand", ["files/private", "x", "x" * 51], "PT422"),
        ("brand", ["files/private", "x", "x", False, "[]"], "PT422"),
        ("asleep", ["files/asleeps"], "PT401"),
        ("anonymous", ["files/private"], "42501"),
        ("worker", ["files/private"], "42501"),
    ],
)
def test_who_may_publish_what(platform: Platform, caller, arguments, state):
    with platform.acting(caller) as connection, refused(state):
        publish(connection, *arguments)


@pytest.mark.parametrize(
    ("caller", "state"), [("rival", "PT404"), ("retailer", "PT404"), ("asleep", "PT401")]
)
def test_who_may_not_unpublish(platform: Platform, caller, state):
    with platform.acting(caller) as connection, refused(state):
        connection.execute("select unpublish_brand_asset(%s)", [id_of("brand_assets/published")])


def test_admins_unpublish(platform: Platform):
    with platform.acting("admin") as connection:
        connection.execute("select unpublish_brand_asset(%s)", [id_of("brand_assets/published")])
        assert flags(connection, "files/published") == (False, False)


@pytest.mark.parametrize(
    "change",
    [
        "update collections set is_public = false where collection_id = %(public)s",
        "delete from collections where collection_id = %(public)s",
        "delete from collection_files where collection_id = %(public)s",
    ],
)
def test_a_file_leaves_the_public_with_its_last_public_collection(platform: Platform, change):
    ids = {
        "public": id_of("collections/public"),
        "private": id_of("collections/private"),
        "file": id_of("files/public"),
    }
    with platform.acting("brand") as connection:
        connection.execute("update collections set is_public = true where collection_id = %(private)s", ids)
        connection.execute("insert into collection_files (collection_id, file_id, added_by_user_id)"
                           " values (%(private)s, %(file)s, auth.uid())", ids)  # fmt: skip
        assert flags(connection, "files/private") == (True, False)
        connection.execute(change, ids)
        assert flags(connection, "files/public") == (True, False)
        connection.execute("delete from collection_files where collection_id = %(private)s", ids)
        assert flags(connection, "files/public") == flags(connection, "files/private") == (False, False)


def test_a_shared_file_does_not_become_public_in_the_collection_of_whom_it_is_shared_with(platform: Platform):
    """collections/friends_public contains files/shared, which the rival must not see (see the matrix)."""
    assert flags(platform.owner, "files/shared") == (False, False)


def test_flags_follow_when_an_entry_changes_its_file(platform: Platform):
    with platform.acting("worker") as connection:
        connection.execute(
            "update collection_files set file_id = %s where collection_id = %s",
            [id_of("files/private"), id_of("collections/public")],
        )
        assert (flags(connection, "files/public"), flags(connection, "files/private")) == (
            (False, False),
            (True, False),
        )


def test_two_at_once_do_not_leave_a_flag_behind(database):
    """Two transactions each remove the file from one of its two public collections, and neither sees the other."""
    owner = database.connect()
    populate(owner)
    owner.execute(
        "update collections set is_public = true where collection_id = %s", [id_of("collections/private")]
    )
    owner.execute(
        "insert into collection_files (collection_id, file_id, added_by_user_id) values (%s, %s, %s)",
        [id_of("collections/private"), id_of("files/public"), id_of("brand")],
    )
    first, second = database.connect(autocommit=False), database.connect(autocommit=False)
    statement = "delete from collection_files where collection_id = %s"
    first.execute(statement, [id_of("collections/public")])
    waiting = threading.Thread(target=second.execute, args=(statement, [id_of("collections/private")]))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive(), "the second transaction did not wait for the first"
    first.commit()
    waiting.join()
    second.commit()
    assert flags(owner, "files/public") == (False, False)
