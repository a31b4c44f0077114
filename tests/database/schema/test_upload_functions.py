"""request_upload, start_multipart_upload, abort_upload, and how workers settle an upload."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.database.schema.platform import Platform, id_of, populate, refused

MIB = 1024 * 1024
REQUEST = {
    "file_name": "Frühling 2027.png",
    "content_type": "image/png",
    "file_size": 10,
    "sha256": hashlib.sha256(b"content").digest(),
    "method": "single",
    "part_size": None,
    "expires_at": datetime.now(UTC) + timedelta(hours=1),
}


def request(connection, **changes):
    return connection.execute(
        "select * from request_upload(%(file_name)s, %(content_type)s, %(file_size)s, %(sha256)s, %(method)s,"
        " %(part_size)s, %(expires_at)s)",
        REQUEST | changes,
    ).fetchone()


def column(connection, query, *parameters):
    return connection.execute(query, parameters).fetchone()[0]


@pytest.mark.parametrize(
    ("content_type", "file_type"),
    [
        ("image/png", "image"),
        ("video/mp4", "video"),
        ("audio/mpeg", "audio"),
        ("application/pdf", "pdf"),
        ("text/csv", "document"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document"),
        ("application/zip", "other"),
    ],
)
def test_request_makes_a_pending_upload_of_the_caller(platform: Platform, content_type, file_type):
    with platform.acting("brand") as connection:
        request(connection, content_type=content_type)
        rows = connection.execute(
            "select created_by_user_id, state, file_type, file_name, settled_at from uploads where file_name = %s",
            [REQUEST["file_name"]],
        ).fetchall()
    assert rows == [(id_of("brand"), "pending", file_type, REQUEST["file_name"], None)]


@pytest.mark.parametrize(
    "name",
    [
        "", " ", " x", "x ", ".", "..", "a/b", "a\\b", "../x", "a\nb", "a\tb", "a\x7fb", "a\u0085b", "a\u2028b",
        "photo\u202egpj.exe", "a\u200fb", "a\u2066b", "x" * 501, None,
    ],
)  # fmt: skip
def test_request_refuses_names_that_are_no_names(platform: Platform, name):
    with platform.acting("brand") as connection, refused("PT422", code="invalid-file-name"):
        request(connection, file_name=name)


@pytest.mark.parametrize(
    "name", ["x", "x" * 500, "صورة.png", "家.png", "👩‍👩‍👧.png", "a b (1).tar.gz", ".env"]
)
def test_request_takes_names_in_any_script(platform: Platform, name):
    with platform.acting("brand") as connection:
        request(connection, file_name=name)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"file_size": 0}, "invalid-file-size"),
        ({"file_size": None}, "invalid-file-size"),
        ({"file_size": 5 * 1024 * MIB + 1}, "invalid-file-size"),
        ({"sha256": b"short"}, "invalid-content-sha256"),
        ({"sha256": None}, "invalid-content-sha256"),
        ({"content_type": "IMAGE/png"}, "invalid-content-type"),
        ({"content_type": "image/png; charset=x"}, "invalid-content-type"),
        ({"content_type": "image"}, "invalid-content-type"),
        ({"content_type": None}, "invalid-content-type"),
        ({"method": None}, "invalid-part-size"),
        ({"part_size": 5 * MIB}, "invalid-part-size"),
        ({"method": "multipart"}, "invalid-part-size"),
        ({"method": "multipart", "part_size": 5 * MIB - 1}, "invalid-part-size"),
        ({"expires_at": datetime.now(UTC) - timedelta(seconds=1)}, "invalid-expiry"),
        ({"expires_at": datetime.now(UTC) + timedelta(days=8)}, "invalid-expiry"),
        ({"expires_at": None}, "invalid-expiry"),
    ],
)
def test_request_says_what_is_wrong(platform: Platform, changes, code):
    with platform.acting("brand") as connection, refused("PT422", code=code):
        request(connection, **changes)


def test_request_takes_the_largest_file_in_parts(platform: Platform):
    with platform.acting("brand") as connection:
        request(connection, method="multipart", part_size=5 * MIB, file_size=5 * 1024 * MIB)


@pytest.mark.parametrize("caller", ["asleep", "stranger", "claimless"])
def test_no_account_no_upload(platform: Platform, caller):
    with platform.acting(caller) as connection, refused("PT401"):
        request(connection)


def test_live_content_is_a_duplicate_for_its_owner_only(platform: Platform):
    content = hashlib.sha256(b"twin").digest()
    refusal = refused("PT409", code="duplicate-content", file_id=str(id_of("files/public")))
    with platform.acting("brand") as connection, refusal:
        request(connection, sha256=content)
    with platform.acting("rival") as connection:
        request(connection, sha256=content)


@pytest.mark.parametrize(("rows", "size"), [(1000, 5 * MIB), (100, 5 * 1024 * MIB)], ids=["uploads", "bytes"])
def test_one_tenant_has_only_so_much_under_way(platform: Platform, rows, size):
    large = {"method": "multipart", "part_size": 5 * MIB, "file_size": size}
    with platform.acting("brand") as connection:
        connection.execute("select abort_upload(upload_id) from uploads where state = 'pending'")
        connection.execute(
            "select request_upload(%(file_name)s, %(content_type)s, %(file_size)s, %(sha256)s, %(method)s,"
            " %(part_size)s, %(expires_at)s) from generate_series(1, %(rows)s)",
            REQUEST | large | {"rows": rows},
        )
        with refused("PT429", code="too-many-uploads"):
            request(connection, **large)
    with platform.acting("rival") as connection:
        request(connection, **large)


def test_trash_is_no_duplicate(platform: Platform):
    with platform.acting("brand") as connection:
        request(connection, sha256=hashlib.sha256(b"trash").digest())


def multipart(connection):
    request(connection, method="multipart", part_size=5 * MIB)
    return column(connection, "select upload_id from uploads where method = 'multipart'")


def test_first_multipart_id_wins(platform: Platform):
    with platform.acting("brand") as connection:
        upload_id = multipart(connection)
        assert column(connection, "select start_multipart_upload(%s, 'first')", upload_id) == "first"
        assert column(connection, "select start_multipart_upload(%s, 'second')", upload_id) == "first"


def test_multipart_only_for_own_pending_uploads_in_parts(platform: Platform):
    with platform.acting("brand") as connection, refused("PT409", code="not-multipart"):
        connection.execute("select start_multipart_upload(%s, 'x')", [id_of("uploads/brands")])
    with platform.acting("brand") as connection:
        upload_id = multipart(connection)
        connection.execute("select abort_upload(%s)", [upload_id])
        with refused("PT409", code="upload-over", state="aborted"):
            connection.execute("select start_multipart_upload(%s, 'x')", [upload_id])


@pytest.mark.parametrize("caller", ["rival", "admin"])
@pytest.mark.parametrize("call", ["start_multipart_upload(%s, 'x')", "abort_upload(%s)"])
def test_uploads_of_others_do_not_exist(platform: Platform, caller, call):
    with platform.acting(caller) as connection, refused("PT404"):
        connection.execute(f"select {call}".encode(), [id_of("uploads/brands")])


def test_abort_is_idempotent(platform: Platform):
    with platform.acting("brand") as connection:
        first = connection.execute(
            "select state, settled_at from abort_upload(%s)", [id_of("uploads/brands")]
        )
        again = connection.execute(
            "select state, settled_at from abort_upload(%s)", [id_of("uploads/brands")]
        )
        assert first.fetchone() == again.fetchone()


SETTLE_LIVE = (
    "select state, file_id, rejection_code, duplicate_of_file_id"
    " from settle_upload_live(%s, %s, 20, 10, '{320}', %s)"
)


def settle_live(connection, metadata='{"pages": 1}'):
    return connection.execute(SETTLE_LIVE, [id_of("uploads/brands"), "files/new", metadata]).fetchone()


def test_live_upload_becomes_a_file_with_its_action(platform: Platform):
    with platform.acting("worker") as connection:
        state, file_id, *_ = settle_live(connection)
        assert state == "live"
        assert connection.execute(
            "select file_name, file_type, file_size, file_path, created_by_user_id, content_type, content_sha256,"
            " image_width, image_height, thumbnail_widths, metadata from files where file_id = %s",
            [file_id],
        ).fetchall() == [
            ("new.png", "image", 1, "files/new", id_of("brand"), "image/png", hashlib.sha256(b"new").digest(),
             20, 10, [320], {"pages": 1})
        ]  # fmt: skip
        assert connection.execute(
            "select user_id, action_type, metadata from file_actions where file_id = %s", [file_id]
        ).fetchall() == [(id_of("brand"), "UPLOAD", {"upload_id": str(id_of("uploads/brands"))})]


def test_settling_again_changes_nothing(platform: Platform):
    with platform.acting("worker") as connection:
        first = settle_live(connection)
        assert settle_live(connection) == first
        connection.execute("select settle_upload_rejected(%s, 'x', 'late')", [id_of("uploads/brands")])
        assert settle_live(connection) == first
        assert column(connection, "select count(*) from file_actions where file_id = %s", first[1]) == 1


def test_rejected_upload_keeps_its_first_reason(platform: Platform):
    with platform.acting("worker") as connection:
        for code in ("wrong-type", "other"):
            connection.execute(
                "select settle_upload_rejected(%s, %s, 'Not a PNG.')", [id_of("uploads/brands"), code]
            )
        assert settle_live(connection)[:3] == ("rejected", settle_live(connection)[1], "wrong-type")
        assert column(connection, "select count(*) from files where file_path = 'files/new'") == 0


def test_rejection_needs_code_and_reason(platform: Platform):
    for code, reason in (("", "x"), ("x" * 51, "x"), ("x", ""), (None, "x"), ("x", None)):
        with platform.acting("worker") as connection, refused("PT422"):
            connection.execute(
                "select settle_upload_rejected(%s, %s, %s)", [id_of("uploads/brands"), code, reason]
            )


def test_content_that_went_live_meanwhile_is_rejected_as_duplicate(platform: Platform):
    with platform.acting("worker") as connection:
        connection.execute(
            "update files set content_sha256 = sha256('new') where file_id = %s", [id_of("files/private")]
        )
        state, _, code, duplicate = settle_live(connection)
        assert (state, code, duplicate) == ("rejected", "duplicate", id_of("files/private"))


def test_settling_an_unknown_upload(platform: Platform):
    with platform.acting("worker") as connection, refused("PT404"):
        connection.execute(SETTLE_LIVE, [id_of("no upload"), "files/x", "{}"])


@pytest.mark.parametrize("caller", ["brand", "admin", "anonymous"])
@pytest.mark.parametrize(
    "call",
    ["settle_upload_live(%s, 'files/x', null, null, '{}', '{}')", "settle_upload_rejected(%s, 'x', 'x')"],
)
def test_only_workers_settle(platform: Platform, caller, call):
    with platform.acting(caller) as connection, refused("42501"):
        connection.execute(f"select {call}".encode(), [id_of("uploads/brands")])


def test_the_same_event_handled_twice_at_once_makes_one_file(database):
    owner = database.connect()
    populate(owner)
    states: list[str] = []

    def settle_too() -> None:
        with database.as_worker() as connection:
            states.append(settle_live(connection)[0])

    second = threading.Thread(target=settle_too)
    with database.as_worker() as connection:
        states.append(settle_live(connection)[0])
        second.start()
        second.join(0.3)
        assert second.is_alive(), "the second worker did not wait for the first"
    second.join()
    assert states == ["live", "live"]
    assert column(owner, "select count(*) from files where file_path = 'files/new'") == 1
    assert column(owner, "select count(*) from file_actions where action_type = 'UPLOAD'") == 1
