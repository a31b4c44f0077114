"""A database of the release before logos were hosted: addresses around an asset's terms end, and logos get one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ddp import migrator
from tests.database.servers import SCHEMA, Database

pytestmark = pytest.mark.slow  # two schemas, one after the other

FIRST = "0360"
BEFORE = """
    insert into users (user_id, user_email, user_name, user_type, is_active) values
        ('00000000-0000-0000-0000-00000000000b', 'b@example.com', 'brand', 'brand', true),
        ('00000000-0000-0000-0000-00000000000c', 'r@example.com', 'shop', 'retailer', true);
    insert into files (file_id, file_name, file_type, file_size, file_path, content_type, file_url, created_by_user_id)
    select f.id::uuid, f.name, 'image', 1, 'files/' || f.name, f.content_type, 'https://ddp.example/i/' || f.name,
        f.owner::uuid
    from (values
        ('00000000-0000-0000-0000-0000000000f1', 'open', 'image/png', '00000000-0000-0000-0000-00000000000b'),
        ('00000000-0000-0000-0000-0000000000f2', 'ended', 'image/png', '00000000-0000-0000-0000-00000000000b'),
        ('00000000-0000-0000-0000-0000000000f3', 'licensed', 'image/png', '00000000-0000-0000-0000-00000000000b'),
        ('00000000-0000-0000-0000-0000000000f4', 'own', 'image/png', '00000000-0000-0000-0000-00000000000b'),
        ('00000000-0000-0000-0000-0000000000f5', 'logo', 'image/png', '00000000-0000-0000-0000-00000000000c')
    ) f (id, name, content_type, owner);
    insert into brand_assets
        (asset_name, asset_type, file_id, created_by_user_id, available_until, licence_version, licence_text)
    select f.file_name, 'logo', f.file_id, f.created_by_user_id, case when f.file_name = 'ended' then now() end,
        case when f.file_name in ('licensed', 'own') then '1' end,
        case when f.file_name in ('licensed', 'own') then 'x' end
    from files f where f.file_name <> 'logo';
    insert into ddp.hosted_images (token, file_id, state, content_type, made_at, by_owner)
    select rpad(f.file_name, 43, 'A'), f.file_id, 'live', 'image/png', now(), f.file_name = 'own'
    from files f where f.file_name <> 'logo';
    update users set profile_data = '{"sender": {"logo_file_id": "00000000-0000-0000-0000-0000000000f5"}}'
    where user_name = 'shop';
    update users set profile_data = '{"sender": {"logo_file_id": "none"}}' where user_name = 'brand'
"""


def test_addresses_end_and_logos_get_one(of_before: Callable[[str], Database]) -> None:
    database = of_before(FIRST)
    with database.connect() as connection:
        for statement in BEFORE.split(";\n"):
            connection.execute(statement)
    migrator.apply(database.url, SCHEMA)
    with database.connect() as connection:
        rows = connection.execute(
            "select f.file_name, h.state, h.by_owner, f.file_url is not null and f.file_name <> 'logo'"
            " from ddp.hosted_images h join files f on f.file_id = h.file_id order by f.file_id"
        ).fetchall()
    assert rows == [
        ("open", "live", False, True),
        ("ended", "revoked", False, False),
        ("licensed", "revoked", False, False),
        ("own", "live", True, True),
        ("logo", "wanted", True, False),
    ]
