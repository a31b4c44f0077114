"""Settings, claims, cursors and the named-query loader."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from ddp import auth, cursors, settings
from ddp.errors import Invalid, Unauthenticated
from ddp.queries import Queries


def test_a_missing_variable_is_named(monkeypatch):
    monkeypatch.delenv("DDP_NOT_THERE", raising=False)
    with pytest.raises(settings.SettingMissing, match="DDP_NOT_THERE"):
        settings.required("DDP_NOT_THERE")
    monkeypatch.setenv("DDP_NOT_THERE", "")
    with pytest.raises(settings.SettingMissing):
        settings.required("DDP_NOT_THERE")
    assert settings.optional("DDP_NOT_THERE", "default") == "default"


def test_claims_are_passed_on_as_they_stand():
    subject = uuid4()
    document = json.dumps({"sub": str(subject), "exp": time.time() + 60, "app_metadata": {"a": 1}})
    assert auth.from_authorizer({"claims": document}) == auth.Claims(subject=subject, document=document)


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"claims": None},
        {"claims": {"sub": str(uuid4())}},
        {"claims": json.dumps({"sub": str(uuid4())})},
        {"claims": json.dumps({"exp": time.time() + 60})},
        {"claims": json.dumps({"exp": time.time() + 60, "sub": "nobody"})},
        {"claims": json.dumps({"exp": time.time() + 60, "sub": None})},
        {"claims": json.dumps({"exp": str(time.time() + 60), "sub": str(uuid4())})},
        {"claims": "null"},
        {"claims": "[]"},
        {"claims": "x"},
    ],
)
def test_claims_without_a_user_are_refused(context):
    with pytest.raises(Unauthenticated):
        auth.from_authorizer(context)


def test_a_token_that_ended_while_the_authorizer_was_cached_is_refused():
    document = json.dumps({"sub": str(uuid4()), "exp": time.time() - 1})
    with pytest.raises(Unauthenticated) as refusal:
        auth.from_authorizer({"claims": document})
    assert refusal.value.code == "token-expired"


def test_a_cursor_survives_the_journey():
    cursor = cursors.Cursor(at=datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC), id=uuid4())
    assert cursors.decode(cursor.encode()) == cursor


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "☃",
        "",
        urlsafe_b64encode(b"[]").decode(),
        urlsafe_b64encode(b'["2026-11-22T12:00:00", "00000000000000000000000000000000"]').decode(),
        urlsafe_b64encode(b'["2026-11-22T12:00:00+00:00", "x"]').decode(),
        urlsafe_b64encode(b'["2026-11-22T12:00:00+00:00", 5]').decode(),
        urlsafe_b64encode(b"5").decode(),
        urlsafe_b64encode(b"[[[[" * 1000).decode(),
        "A" * 5,
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_a_cursor_that_is_not_ours_is_refused(text):
    with pytest.raises(Invalid) as refusal:
        cursors.decode(text)
    assert refusal.value.code == "invalid-cursor"


def test_a_page_is_followed_by_another_only_where_rows_are_left():
    rows = [{"at": datetime(2026, 1, day, tzinfo=UTC), "id": UUID(int=day)} for day in (3, 2, 1)]
    assert cursors.split(rows, 3, at="at", key="id") == (rows, None)
    page, following = cursors.split(rows, 2, at="at", key="id")
    assert page == rows[:2]
    assert cursors.decode(following) == cursors.Cursor(at=rows[1]["at"], id=rows[1]["id"])


def test_a_cursor_of_any_order_gives_back_what_places_its_last_row():
    place = ("Zürich", 3, uuid4())
    assert cursors.decode_values(cursors.encode_values(*place), str, int, UUID) == place
    rows = [{"n": n, "name": f"r{n}"} for n in range(3)]
    assert cursors.cut(rows, 3, "n", "name") == (rows, None)
    page, following = cursors.cut(rows, 2, "n", "name")
    assert (page, cursors.decode_values(following, int, str)) == (rows[:2], (1, "r1"))


@pytest.mark.parametrize("values", [["a"], ["a", 1, 2], ["a", "b"], ["a\0", 1], ["a", float("inf")], {}, 1])
def test_cursors_of_another_list_are_refused(values):
    text = urlsafe_b64encode(json.dumps(values).encode()).decode()
    with pytest.raises(Invalid):
        cursors.decode_values(text, str, int)


def test_cursors_hold_only_what_can_be_compared():
    with pytest.raises(Invalid):
        cursors.decode_values(urlsafe_b64encode(b'["\\ud800"]').decode(), str)


def test_statements_are_found_by_name(tmp_path):
    file = tmp_path / "things.sql"
    file.write_text("-- About things.\n\n-- name: get\nselect 1;\n\n-- name: set\n-- why\nselect 2;\n")
    queries = Queries(file)
    assert (queries.get, queries.set) == (b"select 1;", b"-- why\nselect 2;")
    with pytest.raises(AttributeError, match=r"things\.sql has no statement named other"):
        _ = queries.other


def test_what_statements_share_stands_once(tmp_path):
    file = tmp_path / "things.sql"
    file.write_text(
        "-- part: columns\na,\n    b\n\n-- name: all\nselect {columns} from t;\n-- name: none\nselect '{x}', '{}';"
    )
    queries = Queries(file)
    assert (queries.all, queries.none) == (b"select a,\n    b from t;", b"select '{x}', '{}';")
    with pytest.raises(AttributeError):
        _ = queries.columns


def test_a_name_that_stands_twice_is_refused(tmp_path):
    file = tmp_path / "things.sql"
    file.write_text("-- name: get\nselect 1;\n-- name: get\nselect 2;\n")
    with pytest.raises(ValueError, match="two statements have the same name"):
        Queries(file)
