"""`make lint` checks migrations with squawk; our configuration keeps the rules that prevent long locks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
SQUAWK = Path(sys.executable).with_name("squawk")

# Rule → a migration that it must refuse.
BAD = {
    "require-concurrent-index-creation": "create index i on public.files (file_name);",
    "require-concurrent-index-deletion": "drop index public.files_public_idx;",
    "ban-concurrent-index-creation-in-transaction": "create table public.x (n bigint);"
    " create index concurrently i on public.files (file_name);",
    "adding-required-field": "alter table public.users add column country text not null;",
    "adding-not-nullable-field": "alter table public.users alter column last_login_at set not null;",
    "constraint-missing-not-valid": "alter table public.users add constraint c check (user_name <> 'x');",
    "adding-foreign-key-constraint": (
        "alter table public.devices add constraint f foreign key (device_id) references public.users;"
    ),
    "disallowed-unique-constraint": "alter table public.devices add constraint u unique (user_agent);",
    "changing-column-type": "alter table public.file_shares alter column revoked_at type date;",
    "renaming-column": "alter table public.users rename column user_name to name;",
    "renaming-table": "alter table public.users rename to people;",
    "ban-drop-column": "alter table public.users drop column profile_data;",
    "ban-drop-table": "drop table public.devices;",
    "adding-field-with-default": "alter table public.users add column nonce uuid not null default gen_random_uuid();",
    "prefer-timestamp-tz": "create table public.x (at timestamp);",
    "ban-char-field": "create table public.x (code char(2));",
}  # fmt: skip


def rules_broken(migration: Path) -> set[str]:
    """The rules that squawk reports as broken, with the repository's configuration."""
    command = [SQUAWK, "--config", REPOSITORY / ".squawk.toml", "--reporter", "json", migration]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    found = {finding["rule_name"] for finding in json.loads(ran.stdout)}
    assert ran.returncode == bool(found), ran.stderr  # make looks at the exit status
    return found


@pytest.mark.parametrize("rule", BAD)
def test_a_bad_migration_is_refused(tmp_path: Path, rule: str):
    migration = tmp_path / "0099_bad.sql"
    migration.write_text(BAD[rule])
    assert rule in rules_broken(migration)


def test_a_good_one_passes(tmp_path: Path):
    migration = tmp_path / "0099_good.sql"
    migration.write_text(
        "alter table public.users add column country text;\n"
        "alter table public.users add constraint c check (country <> '') not valid;\n"
    )
    assert rules_broken(migration) == set()
