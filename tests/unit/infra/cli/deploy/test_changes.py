"""What `ddp deploy` says before it asks: a schema's plan without a database, and what is not known in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ddp.migrator import Ledger, MigratorError
from ddp.migrator.files import read_schema
from ddp.migrator.planning import Entry
from functions.maintenance.commands import Answer
from infra.cli.database import deployed
from infra.cli.database.migrate import SCHEMA
from infra.cli.deploy import cdk, changes
from infra.settings import Stage

FILES = read_schema(SCHEMA)
LAST = FILES.migrations[-1].name


def ledger(*, without: int = 0) -> Ledger:
    """That of a database with these files, but the last `without` migrations."""
    migrations = FILES.migrations[: len(FILES.migrations) - without]
    return Ledger(
        migrations={file.name: file.checksum for file in migrations},
        repeatables={
            file.name: Entry(checksum=file.checksum, objects=frozenset()) for file in FILES.repeatables
        },
        objects=frozenset(),
    )


@pytest.fixture
def stage_has(monkeypatch):
    def has(found: Ledger) -> None:
        line = json.dumps(found.as_json())
        monkeypatch.setattr(deployed, "ask", lambda *_: Answer(lines=(line,)))

    return has


def test_a_ledger_comes_back_as_it_was():
    found = Ledger(
        migrations={"migrations/1.sql": "a"},
        repeatables={"views/x.sql": Entry(checksum="b", objects=frozenset({"view x", "view y"}))},
        objects=frozenset({"view x"}),
    )
    assert Ledger.from_json(json.loads(json.dumps(found.as_json()))) == found


def test_nothing_to_apply_is_said(stage_has):
    stage_has(ledger())
    assert changes.schema(Stage.PROD).lines == ("nothing to apply",)


def test_the_new_migrations_are_named_in_their_order(stage_has):
    stage_has(ledger(without=2))
    part = changes.schema(Stage.PROD)
    assert part.lines[0] == "2 migrations and 0 repeatable files to apply:"
    assert part.lines[2] == f"{LAST} (new)"
    assert part.is_known


def test_a_newer_database_stays_as_it_is(stage_has):
    has = ledger()
    migrations = {**has.migrations, "migrations/9999_later.sql": "x"}
    stage_has(Ledger(migrations=migrations, repeatables=has.repeatables, objects=has.objects))
    (line,) = changes.schema(Stage.PROD).lines
    assert "newer than these files (it has migrations/9999_later.sql)" in line


def test_an_edited_migration_stops_the_deploy_by_name(stage_has):
    has = ledger()
    stage_has(
        Ledger(
            migrations={**has.migrations, LAST: "edited"}, repeatables=has.repeatables, objects=has.objects
        )
    )
    with pytest.raises(MigratorError, match=f"{LAST} was edited after it was applied"):
        changes.schema(Stage.PROD)


def test_a_stage_that_is_not_there_gets_everything(monkeypatch):
    def ask(*_):
        raise deployed.NotDeployed("there is no such function")

    monkeypatch.setattr(deployed, "ask", ask)
    part = changes.schema(Stage.PROD)
    assert part.lines[0] == "The stage is not deployed yet."
    assert f"{LAST} (new)" in part.lines
    assert part.lines[-1].endswith("more repeatable files")
    assert len(part.lines) < len(FILES.migrations) + 30


def test_without_credentials_the_plan_is_not_known_and_the_reason_is_said(monkeypatch):
    def ask(*_):
        raise deployed.StageUnreachable("could not call the function: no credentials.")

    monkeypatch.setattr(deployed, "ask", ask)
    part = changes.schema(Stage.PROD)
    assert part.lines == ("Not known: could not call the function: no credentials.",)
    assert not part.is_known


def test_a_release_that_does_not_know_the_question_leaves_the_plan_unknown(monkeypatch):
    answer = Answer(lines=("There is no command 'ledger'.",), succeeded=False)
    monkeypatch.setattr(deployed, "ask", lambda *_: answer)
    assert not changes.schema(Stage.PROD).is_known


DIFF = """
Stack ddp-prod-files
Resources
[~] AWS::Lambda::Function UploadsHttp/Function UploadsHttpFunction may be replaced
 ├─ [~] FunctionName (may cause replacement)
[+] AWS::SQS::Queue New/Queue NewQueue
[-] AWS::SQS::Queue Old/Queue OldQueue destroy
"""


def test_the_diff_is_shown_whole_and_counted(monkeypatch):
    monkeypatch.setattr(cdk, "answer", lambda *_: (True, DIFF))
    lines = changes.templates(Path("cdk.out")).lines
    assert "Stack ddp-prod-files" in lines
    assert lines[-1] == "resources: 1 added, 1 changed, 1 removed; 1 replaced, or perhaps"


def test_a_diff_that_the_account_refuses_is_not_known(monkeypatch):
    monkeypatch.setattr(cdk, "answer", lambda *_: (False, "Stack x\nUnable to resolve AWS account\n\n"))
    part = changes.templates(Path("/x/cdk.out"))
    assert not part.is_known
    assert "Unable to resolve AWS account" in part.lines[0]
    assert "/x/cdk.out" in part.lines[0]
