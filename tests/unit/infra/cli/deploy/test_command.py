"""`ddp deploy`: it tells, asks, and only then lets the CDK work; `ddp rollback` hands over to the earlier release."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from infra.cli.deploy import cdk, changes, command, releases, rollback
from infra.cli.deploy.changes import Part
from infra.cli.main import main, parsed
from infra.cli.synth import settings_of
from infra.release import version

SETTINGS = ("--set", "oidc_issuer=https://issuer.example", "--set", "public_url=https://links.example.com")


@pytest.fixture
def told(monkeypatch):
    """The CDK's arguments; nothing is synthesised, and nobody is asked."""
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(command, "synthesise", lambda **_: Path("/made/cdk.out"))
    monkeypatch.setattr(command, "warnings_of", lambda _: [])
    monkeypatch.setattr(
        changes, "parts", lambda *_: iter([Part(title="schema", lines=("nothing to apply",))])
    )
    monkeypatch.setattr(cdk, "run", lambda *arguments: calls.append(arguments) or 0)
    return calls


def test_a_dry_run_tells_and_changes_nothing(told, capsys):
    assert main(["deploy", "prod", "--dry-run", *SETTINGS]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"Release {version()} to stage prod in eu-central-1.\n")
    assert "── schema\nnothing to apply\n" in said
    assert told == []


def test_with_yes_all_stacks_are_deployed_from_what_was_synthesised(told, capsys):
    assert main(["deploy", "prod", "--yes", *SETTINGS]) == 0
    (arguments,) = told
    assert arguments[:4] == ("deploy", "--all", "--app", Path("/made/cdk.out"))
    assert "`ddp status --stage prod`" in capsys.readouterr().out


def test_one_stack_alone(told):
    assert main(["deploy", "prod", "--yes", "--only", "data", *SETTINGS]) == 0
    assert told[0][:3] == ("deploy", "ddp-prod-data", "--exclusively")


def test_without_a_terminal_nothing_is_deployed_unasked(told, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert main(["deploy", "prod", *SETTINGS]) == 1
    assert "Give --yes" in capsys.readouterr().err
    assert told == []


@pytest.mark.parametrize(
    ("said", "expected"), [("y", True), ("Yes", True), ("", False), ("n", False), ("yeah", False)]
)
def test_only_a_yes_is_one(monkeypatch, said, expected):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    questions = []
    assert command.agreed(["templates"], lambda question: questions.append(question) or said) is expected
    assert "not known for: templates" in questions[0]


def test_a_failed_deploy_says_how_to_go_on_and_how_to_go_back(told, monkeypatch, capsys):
    monkeypatch.setattr(cdk, "run", lambda *_: 1)
    assert main(["deploy", "prod", "--yes", *SETTINGS]) == 1
    said = capsys.readouterr().err
    assert "`ddp deploy prod`" in said
    assert "`ddp rollback prod --to RELEASE`" in said


def test_settings_that_cannot_be_deployed_are_one_sentence(capsys):
    assert main(["deploy", "prod", "--yes"]) == 1
    assert capsys.readouterr().err.startswith("ddp deploy: stage prod: oidc_issuer is not set.")


def test_a_settings_database_is_the_one_that_is_synthesised(told, monkeypatch):
    asked = {}
    monkeypatch.setattr(command, "synthesise", lambda **options: asked.update(options) or Path("/made"))
    assert main(["deploy", "prod", "--yes", "--set", "database=aurora", *SETTINGS]) == 0
    assert asked["database"] == settings_of({"stage": "prod", "database": "aurora"} | pairs()).database


def pairs() -> dict[str, str]:
    return dict(pair.partition("=")[::2] for pair in SETTINGS[1::2])


@pytest.fixture
def history(tmp_path, monkeypatch):
    """A repository with a release of a day before this one."""

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "infra/cli/deploy").mkdir(parents=True)
    (tmp_path / "infra/cli/deploy/command.py").write_text("")
    git("init")
    git("add", "-A")
    git("commit", "-m", "first")
    monkeypatch.setattr(releases, "ROOT", tmp_path)
    monkeypatch.setenv("DDP_STATE_DIR", str(tmp_path / "state"))
    return git


def test_the_release_before_is_the_newest_other_tag(history):
    for tag in ("v0.0.9", "v0.0.10", f"v{version()}"):
        history("tag", tag)
    assert releases.previous() == "v0.0.10"


def test_without_a_release_the_command_says_how_to_name_one(history, capsys):
    assert main(["rollback", "prod"]) == 1
    assert "or name a commit" in capsys.readouterr().err


def test_a_release_that_is_not_there_is_one_sentence(history, capsys):
    assert main(["rollback", "prod", "--to", "v9.9.9"]) == 1
    assert "git tag --list" in capsys.readouterr().err


def test_a_rollback_lets_the_earlier_release_deploy_itself(history, monkeypatch, capsys):
    history("tag", "v0.0.9")
    ran = []
    monkeypatch.setattr(releases, "set_up", lambda folder: ran.append(("set up", folder)))
    monkeypatch.setattr(
        rollback.subprocess, "run", wrapped(rollback.subprocess.run, lambda command: ran.append(command))
    )
    assert main(["rollback", "prod", "--dry-run"]) == 0
    (_, folder), order = ran
    assert order == [str(folder / ".venv/bin/ddp"), "deploy", "prod", "--dry-run"]
    assert "does not undo" in capsys.readouterr().out


def wrapped(run, note):
    """`run` for git alone."""

    def instead(command, **options):
        if command[0] == "git":
            return run(command, **options)
        note(command)
        return subprocess.CompletedProcess(command, 0)

    return instead


def test_a_release_without_the_command_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(releases.ReleaseError, match="has no `ddp deploy`"):
        rollback.order(tmp_path, parsed(["rollback", "prod"]))


def test_the_local_stage_is_started_with_the_earlier_release(tmp_path):
    order = rollback.order(tmp_path, parsed(["rollback", "local", "--to", "HEAD"]))
    assert order == [str(tmp_path / ".venv/bin/ddp"), "local", "up"]
