"""share_file, revoke_file_share and open_public_share."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.database.schema.platform import Platform, id_of, refused, with_ids

TOMORROW = datetime.now(UTC) + timedelta(days=1)
TOKEN_HASH = hashlib.sha256(b"a token").digest()


def share(connection, file="files/private", user=None, token_hash=None, expires_at=TOMORROW):
    return connection.execute(
        "select share_id from share_file(%s, %s, %s, %s)",
        [id_of(file), user and id_of(user), token_hash, expires_at],
    ).fetchone()


def sees(connection, file="files/private"):
    return connection.execute("select from files where file_id = %s", [id_of(file)]).rowcount == 1


def open_link(connection, token="a token", action="DOWNLOAD"):
    return connection.execute(
        "select file_id, file_path, share_id from open_public_share(%s, %s)", [token, action]
    )


def test_share_with_a_user_until_it_is_revoked(platform: Platform):
    with platform.acting("brand") as connection:
        (share_id,) = share(connection, user="rival")
        platform.become(connection, "rival")
        assert sees(connection)
        assert connection.execute("select from file_shares where share_id = %s", [share_id]).rowcount == 1
        platform.become(connection, "brand")
        revoked = [
            connection.execute("select revoked_at from revoke_file_share(%s)", [share_id]).fetchone()
            for _ in range(2)
        ]
        assert revoked[0] == revoked[1] != (None,)
        platform.become(connection, "rival")
        assert not sees(connection)


def test_what_is_not_given_has_a_default(platform: Platform):
    with platform.acting("brand") as connection:
        by_name = "select shared_with_user_id, expires_at - now() from share_file(p_file_id => %s, {} => %s)"
        for parameter, value, expected in (
            ("p_shared_with_user_id", id_of("rival"), id_of("rival")),
            ("p_token_hash", TOKEN_HASH, None),
        ):
            row = connection.execute(by_name.format(parameter).encode(), [id_of("files/private"), value])
            assert row.fetchone() == (expected, timedelta(days=7))


def test_sharing_is_recorded(platform: Platform):
    with platform.acting("brand") as connection:
        (share_id,) = share(connection, user="rival")
        row = connection.execute(
            "select user_id, metadata from file_actions where file_id = %s and action_type = 'SHARE'",
            [id_of("files/private")],
        )
        assert row.fetchall() == [(id_of("brand"), {"share_id": str(share_id)})]


def test_link_opens_for_anybody_until_it_ends(platform: Platform):
    with platform.acting("brand") as connection:
        (share_id,) = share(connection, token_hash=TOKEN_HASH)
        connection.execute("set local role anon")
        connection.execute("set local request.jwt.claims = ''")
        assert open_link(connection).fetchall() == [(id_of("files/private"), "files/1", share_id)]
        connection.execute("set local role authenticated")
        platform.become(connection, "brand")
        row = connection.execute("select user_id, action_type from file_actions where metadata ->> 'share_id' = %s"
                                 " and action_type <> 'SHARE'", [str(share_id)])  # fmt: skip
        assert row.fetchall() == [(None, "DOWNLOAD")]
        connection.execute("select revoke_file_share(%s)", [share_id])
        with refused("PT404"):
            open_link(connection)


def test_a_link_shows_who_shares_the_file_and_its_previews(platform: Platform):
    with platform.acting("anonymous") as connection:
        row = connection.execute(
            "select shared_by, thumbnail_widths from open_public_share('secret', 'VIEW')"
        )
        name = platform.owner.execute(
            "select user_name from users where user_id = %s", [id_of("brand")]
        ).fetchone()
        assert row.fetchone() == (*name, [])


@pytest.mark.parametrize(
    "ending",
    [
        "update file_shares set created_at = '2026-01-01', expires_at = now() where share_id = @file_shares/link",
        "update file_shares set revoked_at = now() where share_id = @file_shares/link",
        "update files set deleted_at = now() where file_id = @files/private",
        "delete from file_shares where share_id = @file_shares/link",
    ],
    ids=["expired", "revoked", "file deleted", "gone"],
)
def test_ended_links_all_answer_alike(platform: Platform, ending):
    with platform.owner.transaction(force_rollback=True):
        open_link(platform.owner, "secret")
        assert platform.owner.execute(with_ids(ending)).rowcount == 1
        with pytest.raises(psycopg.Error, match="does not exist or has ended") as caught:
            open_link(platform.owner, "secret")
        assert (caught.value.sqlstate, caught.value.diag.message_detail) == ("PT404", None)


def test_links_of_a_deactivated_user_rest(platform: Platform):
    with platform.owner.transaction(force_rollback=True):
        platform.owner.execute(with_ids("update users set is_active = false where user_id = @brand"))
        with refused("PT404"), platform.owner.transaction():
            open_link(platform.owner, "secret")
        platform.owner.execute(with_ids("update users set is_active = true where user_id = @brand"))
        assert open_link(platform.owner, "secret").rowcount == 1


@pytest.mark.parametrize("token", [None, "", "wrong", "SECRET"])
def test_unknown_tokens(platform: Platform, token):
    with platform.acting("anonymous") as connection, refused("PT404"):
        open_link(connection, token)


@pytest.mark.parametrize("action", ["SHARE", "DELETE", "UPLOAD", "EDIT", None])
def test_links_are_for_viewing_and_downloading(platform: Platform, action):
    with platform.acting("anonymous") as connection, refused("PT422"):
        open_link(connection, "secret", action)


@pytest.mark.parametrize(
    ("caller", "arguments", "state"),
    [
        ("brand", {"user": None, "token_hash": None}, "PT422"),
        ("brand", {"user": "rival", "token_hash": TOKEN_HASH}, "PT422"),
        ("brand", {"token_hash": b"short"}, "PT422"),
        ("brand", {"user": "brand"}, "PT422"),
        ("brand", {"user": "nobody"}, "PT404"),
        ("brand", {"user": "asleep"}, "PT404"),
        ("brand", {"user": "rival", "expires_at": datetime.now(UTC) - timedelta(seconds=1)}, "PT422"),
        ("brand", {"user": "rival", "expires_at": datetime.now(UTC) + timedelta(days=367)}, "PT422"),
        ("brand", {"user": "rival", "expires_at": None}, "PT422"),
        ("brand", {"user": "rival", "file": "files/in_trash"}, "PT409"),
        ("brand", {"token_hash": hashlib.sha256(b"secret").digest()}, "PT409"),
        ("friend", {"user": "rival", "file": "files/shared"}, "PT403"),
        ("admin", {"user": "rival"}, "PT403"),
        ("retailer", {"user": "rival"}, "PT404"),
        ("asleep", {"user": "rival", "file": "files/asleeps"}, "PT401"),
        ("anonymous", {"user": "rival"}, "42501"),
        ("worker", {"user": "rival"}, "42501"),
    ],
)
def test_who_may_share_what(platform: Platform, caller, arguments, state):
    with platform.acting(caller) as connection, refused(state):
        share(connection, **arguments)


@pytest.mark.parametrize(("caller", "state"), [("friend", "PT404"), ("rival", "PT404"), ("asleep", "PT401")])
def test_only_who_shared_revokes(platform: Platform, caller, state):
    with platform.acting(caller) as connection, refused(state):
        connection.execute("select revoke_file_share(%s)", [id_of("file_shares/to_friend")])


def test_admins_revoke_any_share(platform: Platform):
    with platform.acting("admin") as connection:
        connection.execute("select revoke_file_share(%s)", [id_of("file_shares/to_friend")])
