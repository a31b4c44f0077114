"""record_file_action, soft_delete_file and restore_file."""

from __future__ import annotations

import pytest

from tests.database.schema.platform import Platform, id_of, refused

RECORD = "select record_file_action(%s, %s, %s, %s)"


def record(connection, file, action, session_id=None, metadata="{}"):
    return connection.execute(RECORD, [id_of(file), action, session_id, metadata]).fetchone()[0]


def actions_of(connection, file):
    rows = connection.execute(
        "select action_type from file_actions where file_id = %s order by action_timestamp, action_type",
        [id_of(file)],
    )
    return [row[0] for row in rows]


def test_action_has_caller_address_and_agent(platform: Platform):
    headers = {"x-forwarded-for": "203.0.113.7, 10.0.0.1", "user-agent": "Browser/1"}
    with platform.acting("friend", headers) as connection:
        action_id = record(connection, "files/shared", "DOWNLOAD", metadata='{"from": "list"}')
        row = connection.execute(
            "select file_id, user_id, action_type, session_id, host(ip_address), user_agent, metadata"
            " from file_actions where action_id = %s",
            [action_id],
        ).fetchone()
    assert row == (
        id_of("files/shared"), id_of("friend"), "DOWNLOAD", None, "203.0.113.7", "Browser/1", {"from": "list"}
    )  # fmt: skip


@pytest.mark.parametrize("headers", [{}, {"x-forwarded-for": "unknown"}, {"x-forwarded-for": ""}])
def test_unreadable_address_is_no_error(platform: Platform, headers):
    with platform.acting("brand", headers) as connection:
        action_id = record(connection, "files/private", "VIEW")
        row = connection.execute(
            "select ip_address, user_agent from file_actions where action_id = %s", [action_id]
        )
        assert row.fetchone() == (None, None)


def test_unreadable_headers_are_no_error(platform: Platform):
    with platform.acting("brand") as connection:
        connection.execute("set local request.headers = 'not json'")
        record(connection, "files/private", "VIEW")


@pytest.mark.parametrize("action", ["UPLOAD", "DELETE", "EDIT"])
def test_some_actions_are_the_owners(platform: Platform, action):
    with platform.acting("brand") as connection:
        record(connection, "files/shared", action)
    with platform.acting("friend") as connection, refused("PT403", code="not-owner"):
        record(connection, "files/shared", action)


def test_actions_on_files_out_of_sight(platform: Platform):
    for caller in ("rival", "retailer"):
        with platform.acting(caller) as connection, refused("PT404"):
            record(connection, "files/private", "VIEW")


def test_actions_on_deleted_files(platform: Platform):
    with platform.acting("brand") as connection, refused("PT409", code="file-deleted"):
        record(connection, "files/in_trash", "DOWNLOAD")
    with platform.acting("brand") as connection:
        record(connection, "files/in_trash", "VIEW")


def test_only_an_own_session_counts(platform: Platform):
    with platform.acting("retailer") as connection:
        record(connection, "files/published", "VIEW", id_of("sessions/retailers"))
    for session in ("sessions/retailers", "no session"):
        with platform.acting("brand") as connection, refused("PT404"):
            record(connection, "files/published", "VIEW", id_of(session))


@pytest.mark.parametrize(
    "metadata",
    [
        "[]",
        "1",
        None,
        '{"x": "' + "x" * 8192 + '"}',
        '{"x": ' + "[" * 32 + "0" + "]" * 32 + "}",
        '{"x": 1e5000}',
        '{"x": [{"y": -1e5000}]}',
    ],
    ids=["array", "number", "null", "long", "deep", "large number", "large negative number"],
)
def test_metadata_is_a_small_object(platform: Platform, metadata):
    with platform.acting("brand") as connection, refused("PT422", code="invalid-metadata"):
        record(connection, "files/private", "VIEW", metadata=metadata)


def test_metadata_may_be_nested(platform: Platform):
    with platform.acting("brand") as connection:
        record(connection, "files/private", "VIEW", metadata='{"x": ' + "[" * 31 + "1e300" + "]" * 31 + "}")


DEEP = "'{\"x\": ' || repeat('[', 300) || repeat(']', 300) || '}'"


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("brand_assets", "metadata", "'{\"x\": 1e8000}'"),
        ("brand_assets", "metadata", f"({DEEP})::jsonb"),
        ("collections", "metadata", "jsonb_build_object('x', repeat('x', 9000))"),
        ("collections", "collection_description", "repeat('x', 5001)"),
        ("users", "profile_data", f"({DEEP})::jsonb"),
        ("idempotency_keys", "response", "jsonb_build_object('x', repeat('x', 65536))"),
    ],
)
def test_what_clients_write_directly_cannot_break_who_reads_it(platform: Platform, table, column, value):
    """Others list these rows, so a huge row, or one that a parser refuses, would break their lists."""
    with platform.acting("brand") as connection, refused("23514"):
        connection.execute(f"update {table} set {column} = {value}".encode())


def test_delete_hides_the_file_from_all_but_owner_and_admin(platform: Platform):
    with platform.acting("brand") as connection:
        file, deleted_at = connection.execute(
            "select file_id, deleted_at from soft_delete_file(%s)", [id_of("files/shared")]
        ).fetchone()
        assert (file, deleted_at is not None) == (id_of("files/shared"), True)
        for caller, seen in (("brand", 1), ("admin", 1), ("friend", 0)):
            platform.become(connection, caller)
            assert connection.execute("select from files where file_id = %s", [file]).rowcount == seen, caller


def test_delete_and_restore_are_idempotent_and_recorded_once(platform: Platform):
    with platform.acting("brand") as connection:
        for _ in range(2):
            connection.execute("select soft_delete_file(%s)", [id_of("files/public")])
        assert actions_of(connection, "files/public") == ["DELETE"]
        for _ in range(2):
            row = connection.execute("select deleted_at from restore_file(%s)", [id_of("files/public")])
            assert row.fetchone() == (None,)
        assert actions_of(connection, "files/public") == ["DELETE"]
        platform.become(connection, "rival")
        assert (
            connection.execute("select from files where file_id = %s", [id_of("files/public")]).rowcount == 1
        )


@pytest.mark.parametrize("function", ["soft_delete_file", "restore_file"])
@pytest.mark.parametrize(
    ("caller", "file", "state"),
    [
        ("admin", "files/private", None),
        ("friend", "files/shared", "PT403"),
        ("retailer", "files/published", "PT403"),
        ("rival", "files/private", "PT404"),
        ("friend", "files/shared_in_trash", "PT404"),
        ("asleep", "files/asleeps", "PT401"),
        ("claimless", "files/private", "PT401"),
        ("anonymous", "files/private", "42501"),
        ("worker", "files/private", "42501"),
    ],
)
def test_who_may_delete_and_restore(platform: Platform, function, caller, file, state):
    statement = f"select {function}(%s)".encode()
    with platform.acting(caller) as connection:
        if state is None:
            connection.execute(statement, [id_of(file)])
        else:
            with refused(state):
                connection.execute(statement, [id_of(file)])


def test_restore_of_content_that_came_again(platform: Platform):
    """files/public has the content of files/in_trash."""
    refusal = refused("PT409", code="duplicate-content", file_id=str(id_of("files/public")))
    with platform.acting("brand") as connection, refusal:
        connection.execute("select restore_file(%s)", [id_of("files/in_trash")])
