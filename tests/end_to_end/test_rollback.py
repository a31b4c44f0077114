"""A rollback, rehearsed: a release, then a later one with another schema, then the first again, on one database.

The later release is these sources with another migration, another SQL function, and another version.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from functions.maintenance import commands
from infra.cli.api_client import send
from infra.cli.synth import SOURCES
from infra.local import control
from infra.release import version
from infra.state import ROOT, state_directory

from .conftest import RunningStack
from .uploads import archive

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

LATER = "9.9.0"
# Expand: what functions of the release before do not know and do not need.
MIGRATION = """
alter table public.files add column later_note text constraint later_note_is_short check (length(later_note) <= 200);
update public.files set later_note = 'written by the later release';
"""
FUNCTION = """
create or replace function ddp.later_note() returns text
    language sql immutable
    set search_path = ''
as $$ select 'written by the later release' $$;
"""


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of the later release."""
    root = tmp_path_factory.mktemp("later")
    for source in SOURCES:
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        (root / source).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / source, root / source)
    project = root / "pyproject.toml"
    project.write_text(project.read_text().replace(f'version = "{version()}"', f'version = "{LATER}"', 1))
    (root / "schema/migrations/9999_later.sql").write_text(MIGRATION)
    (root / "schema/functions/health/later_note.sql").write_text(FUNCTION)
    paths = (root, root / "layers/shared/python")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "DDP_STATE_DIR": str(state_directory()),  # layers are built once
    }
    command = [sys.executable, "-m", "infra.cli.main", "synth"]
    made = subprocess.run(command, cwd=root, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return Path(made.stdout.strip().splitlines()[-1])


def deploy(stack: RunningStack, assembly: Path) -> RunningStack:
    """What `ddp local up` does with another release: the database stays."""
    status = control.up(stack.directory, assembly, lambda _: None)
    return RunningStack(directory=stack.directory, assembly=assembly, urls=status.urls)


def works(stack: RunningStack) -> str:
    """Let HTTP functions and a worker write; returns the id of the live file."""
    brand, file = stack.client("brand"), archive()
    requested = brand.request_upload(file).body
    send(requested["request"], file.content)
    upload = brand.wait_for_upload(requested["upload_id"])
    assert upload["status"] == "live"
    return str(upload["file_id"])


def health(stack: RunningStack) -> dict[str, Any]:
    return stack.client().call("GET", "/health").body


def test_functions_of_the_release_before_work_on_the_newer_schema(start_stack, assembly, later):
    first = start_stack()
    assert health(first)["version"] == version()
    before = works(first)

    second = deploy(first, later)
    assert health(second)["version"] == LATER
    assert health(second)["schema_version"] == "migrations/9999_later.sql"
    meanwhile = works(second)

    again = deploy(second, assembly)
    found = health(again)
    assert found["version"] == version()
    # The schema stays, and a newer one is no reason to be unhealthy.
    assert found["schema_version"] == "migrations/9999_later.sql"
    assert "schema" not in found.get("reasons", ())
    after = works(again)
    listed = {each["file_id"] for each in again.client("brand").call("GET", "/files").body["items"]}
    assert {before, meanwhile, after} <= listed

    with psycopg.connect(again.database_url, autocommit=True) as connection:
        notes = dict(connection.execute("select file_id::text, later_note from files").fetchall())
        assert notes[before] == "written by the later release"
        assert connection.execute("select to_regprocedure('ddp.later_note()') is not null").fetchone() == (
            True,
        )
    assert "the database is newer than these files" in commands.plan(again.database_url).lines[0]
