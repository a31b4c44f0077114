"""Accepting a licence binds the account that the person acts for, and no other."""

from __future__ import annotations

import json
import threading

import psycopg
import pytest

from tests.database.schema.platform import Platform, id_of, populate, with_ids

ASSET = id_of("brand_assets/licensed")
PERSONS = """
    insert into account_members (account_id, member_id, member_role, accepted_at, ended_at) values
        (@friend, @rival, 'editor', now(), null), (@friend, @viewer, 'viewer', now(), null),
        (@friend, @former, 'owner', now(), now())
"""


def accept(platform: Platform, person: str, account: str | None) -> object:
    """Who accepted, as (account, person); or the code of the refusal."""
    connection = platform.login("superuser")
    headers = {"x-ddp-account": str(id_of(account))} if account else {}
    with connection.transaction(force_rollback=True):
        connection.execute(with_ids(PERSONS))
        platform.become(connection, person)
        connection.execute("select set_config('request.headers', %s, true)", [json.dumps(headers)])
        connection.execute("set local role authenticated")
        try:
            row = connection.execute(
                "select account_id, accepted_by from accept_asset_licence(%s, '1')", [ASSET]
            )
        except psycopg.Error as error:
            return json.loads(error.diag.message_detail or "{}").get("code", error.sqlstate)
        return row.fetchone()


@pytest.mark.parametrize(
    ("person", "account", "outcome"),
    [
        ("friend", None, ("friend", "friend")),
        ("rival", "friend", ("friend", "rival")),
        ("viewer", "friend", "role-too-low"),
        ("former", "friend", "not-a-member"),
        ("retailer", "friend", "not-a-member"),
        ("brand", "friend", "not-a-member"),
        ("admin", "friend", "not-a-member"),
        ("rival", "rival", "PT404"),
        ("brand", "brand", "own-asset"),
        ("asleep", None, "account-inactive"),
    ],
)
def test_who_accepts_for_whom(platform: Platform, person: str, account: str | None, outcome: object):
    expected = tuple(id_of(name) for name in outcome) if isinstance(outcome, tuple) else outcome
    assert accept(platform, person, account) == expected


def test_the_text_does_not_change_under_who_accepts_it(database):
    """The change waits for the acceptance, and is refused then."""
    owner = database.connect()
    populate(owner)
    first, second = database.connect(autocommit=False), database.connect(autocommit=False)
    for connection, person in ((first, "friend"), (second, "brand")):
        claims = json.dumps({"sub": str(id_of(person))})
        connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
    first.execute("select accept_asset_licence(%s, '1')", [ASSET])
    owner.execute("delete from licence_acceptances where account_id = %s", [id_of("retailer")])
    refusals: list[str] = []

    def change() -> None:
        try:
            second.execute(
                "select change_asset_terms(%s, %s)",
                [ASSET, json.dumps({"licence": {"version": "1", "text": "All is mine."}})],
            )
        except psycopg.Error as error:
            refusals.append(json.loads(error.diag.message_detail or "{}")["code"])

    waiting = threading.Thread(target=change)
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive(), "the change did not wait"
    first.commit()
    waiting.join()
    assert refusals == ["licence-version-taken"]
