"""What a store says of itself in its profile: the same rules for functions and for browsers, old rows kept."""

from __future__ import annotations

import json

import pytest

from tests.database.schema.platform import Platform, id_of, refused, with_ids

WRITE = """
update users set profile_data = profile_data || jsonb_build_object('sender', %s::jsonb) where user_id = @retailer
"""
CHANGE = "select profile_data from change_person(p_sender => %s)"

GOOD = {
    "store_name": "Lakeside {{ name }} <b>",
    "postal_address": "1 Lake Street\nZürich 8001",
    "phone": "+44 (0)20 7946-0018",
    "website": "https://shop.example/a?b=c#d",
    "opening_hours": "Mon-Fri 9-18\nSat 9-12 é",
}


def sender_of(connection) -> dict[str, object]:
    row = connection.execute(
        with_ids("select ddp.sender_fields(profile_data) from users where user_id = @retailer")
    ).fetchone()
    return row[0]


@pytest.mark.parametrize("statement", [WRITE, CHANGE], ids=["browser", "function"])
def test_a_store_says_what_it_is(platform: Platform, statement):
    with platform.acting("retailer") as connection:
        connection.execute(with_ids(statement), [json.dumps(GOOD)])
        assert sender_of(connection) == GOOD


@pytest.mark.parametrize("statement", [WRITE, CHANGE], ids=["browser", "function"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("store_name", ""),
        ("store_name", " \n"),
        ("store_name", "two\nlines"),
        ("store_name", "x" * 121),
        ("store_name", 7),
        ("store_name", ["a"]),
        ("store_name", "\u202egnp.exe"),
        ("store_name", "a\u0007b"),
        ("postal_address", "x"),
        ("postal_address", "\n".join("1234567")),
        ("postal_address", "x" * 301),
        ("postal_address", "1 Lake Street\r\nZürich"),
        ("phone", "call me"),
        ("phone", "1" * 40),
        ("website", "javascript:alert(1)"),
        ("website", "shop.example"),
        ("website", "https://shop.example/\" onclick=\"x"),
        ("website", "https://user@shop.example/"),
        ("website", "https://shop.example/a b"),
        ("website", "https://shop.example/" + "x" * 2_000),
        ("opening_hours", "x" * 301),
        ("logo_file_id", "x"),
        ("fax", "12345"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_by_name(platform: Platform, statement, field, value):
    with (
        platform.acting("retailer") as connection,
        refused("PT422", code="invalid-sender", field=f"sender.{field}"),
    ):
        connection.execute(with_ids(statement), [json.dumps({field: value})])


@pytest.mark.parametrize("sender", ["[]", '"x"', "7"])
def test_the_sender_is_an_object(platform: Platform, sender):
    with platform.acting("retailer") as connection, refused("PT422", code="invalid-sender"):
        connection.execute(with_ids(WRITE), [sender])


@pytest.mark.parametrize(
    ("file", "is_allowed"),
    [
        ("files/private", False),
        ("files/published", True),
        ("files/published_in_trash", False),
        ("files/retailers", False),
    ],
)
def test_a_logo_is_a_live_image_of_ones_own(platform: Platform, file, is_allowed):
    statement = f"select from change_person(p_sender => jsonb_build_object('logo_file_id', @{file}))"
    with platform.acting("brand") as connection:
        if is_allowed:
            connection.execute(with_ids(statement))
        else:
            with refused("PT422", code="invalid-sender"):
                connection.execute(with_ids(statement))


@pytest.mark.parametrize(
    ("content_type", "wanted"), [("image/png", [(True,)]), ("image/svg+xml", [])], ids=["png", "svg"]
)
def test_a_logo_is_hosted_when_it_is_set(platform: Platform, content_type: str, wanted: list[tuple[bool]]):
    owner = platform.owner
    with owner.transaction(force_rollback=True):
        owner.execute(
            with_ids(
                "update files set content_type = %s, file_type = 'image' where file_id = @files/retailers"
            ),
            [content_type],
        )
        owner.execute(with_ids(WRITE), [json.dumps({"logo_file_id": str(id_of("files/retailers"))})])
        rows = owner.execute(
            with_ids(
                "select by_owner from ddp.hosted_images where file_id = @files/retailers and state = 'wanted'"
            )
        )
        assert rows.fetchall() == wanted


def test_fields_change_one_by_one_and_a_profile_that_knows_none_keeps_them(platform: Platform):
    with platform.acting("retailer") as connection:
        connection.execute(with_ids(CHANGE), [json.dumps(GOOD)])
        connection.execute(with_ids(CHANGE), [json.dumps({"phone": "12345", "website": None})])
        expected = {name: value for name, value in GOOD.items() if name != "website"} | {"phone": "12345"}
        assert sender_of(connection) == expected
        connection.execute('select from change_person(p_profile_data => \'{"city": "Zug"}\')')
        assert sender_of(connection) == expected
        connection.execute('select from change_person(p_profile_data => \'{"sender": {"phone": "54321"}}\')')
        assert sender_of(connection) == {"phone": "54321"}


def test_a_profile_from_before_the_rules_stays_and_counts_as_empty(platform: Platform):
    with platform.owner.transaction(force_rollback=True):
        owner = platform.owner
        owner.execute("alter table users disable trigger user")
        owner.execute(with_ids(WRITE), ['{"phone": "call me", "store_name": "Kiosk"}'])
        owner.execute("alter table users enable trigger user")
        owner.execute(with_ids("update users set user_name = 'x' where user_id = @retailer"))
        change = """update users set profile_data = profile_data || '{"x": 1}' where user_id = @retailer"""
        owner.execute(with_ids(change))
        assert sender_of(owner) == {"store_name": "Kiosk"}


@pytest.mark.parametrize("caller", ["brand", "rival", "friend", "stranger", "editor"])
def test_nobody_else_changes_it(platform: Platform, caller):
    with platform.acting(caller) as connection:
        assert connection.execute(with_ids(WRITE), [json.dumps(GOOD)]).rowcount == 0
