"""The commands in the documents for operators can be typed: each option is one that the program knows."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from infra.cli.doctor.stage import STACKS
from infra.cli.main import parsed
from infra.local.postgres.binaries import DEFAULT_MAJOR, find_binaries
from infra.settings import DatabaseKind, Settings, Stage

ROOT = Path(__file__).parents[4]
PAGES = ("deploy", "operate", "runbooks", "contributing", "scale", "security")

# Of these programs the options are checked below.
PROGRAMS = (
    "ddp", "make", "aws", ".venv/bin/python", ".venv/bin/pytest", "pg_dump", "createdb", "pg_restore", "git",
)  # fmt: skip
# A block in no language is typed, line by line.
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
# In a sentence, code with an option is a command, too, and what begins with the name of a program.
OPTION = re.compile(r"[a-z./]\S* (.* )?--?[a-z]")


def page_of(name: str) -> str:
    return (ROOT / "infra" / "docs" / f"{name}.md").read_text()


def typed(text: str) -> Iterator[str]:
    """All commands of a page: without comments, and continued lines as one."""
    blocks = "".join(lines for language, lines in BLOCK.findall(text) if not language)
    for line in blocks.replace("\\\n", " ").splitlines():
        if command := without_comment(line):
            yield command
    for piece in INLINE.findall(BLOCK.sub("", text)):
        command = without_comment(piece)
        if OPTION.match(command) or (command.split(" ")[0] in PROGRAMS and " " in command):
            yield command


def without_comment(line: str) -> str:
    return re.sub(r"\s+#\s.*$", "", line).strip()


COMMANDS = sorted({command for page in PAGES for command in typed(page_of(page))})


def of(program: str) -> list[str]:
    return [command for command in COMMANDS if command.split(" ")[0] == program]


@pytest.mark.parametrize("command", COMMANDS)
def test_only_programs_that_are_checked_are_asked_for(command: str) -> None:
    assert command.split(" ")[0] in PROGRAMS


@pytest.mark.parametrize("text", ["```\nnpx aws-cdk@2 deploy\n```\n", "Type `npx aws-cdk@2 deploy --all`."])
def test_another_program_would_be_noticed(text: str) -> None:
    assert [command.split(" ")[0] for command in typed(text)] == ["npx"]


@pytest.mark.parametrize("command", of("ddp"))
def test_ddp_knows_the_command(command: str) -> None:
    assert callable(parsed(shlex.split(command)[1:]).run)


@pytest.mark.parametrize("command", of("make"))
def test_make_has_the_target(command: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    variables = re.compile(r"[A-Z]+=.*")
    assert {word for word in shlex.split(command)[1:] if not variables.fullmatch(word)} <= set(targets)


def cdk() -> argparse.ArgumentParser:
    """What of the CDK's command line the documents may use."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    actions = parser.add_subparsers(required=True)
    for name in ("bootstrap", "deploy", "diff", "destroy"):
        action = actions.add_parser(name)
        action.add_argument("stacks", nargs="*")
        action.add_argument("--all", action="store_true")
        action.add_argument("-c", dest="context", action="append", default=[])
        action.add_argument("--require-approval", choices=["never", "any-change", "broadening"])
    return parser


CDK = [command for command in of("ddp") if command.startswith("ddp cdk ")]


@pytest.mark.parametrize("command", CDK)
def test_the_cdk_knows_the_command_its_stacks_and_our_settings(command: str) -> None:
    given = cdk().parse_args(parsed(shlex.split(command)[1:]).arguments)
    assert {pair.partition("=")[0] for pair in given.context} <= {each.name for each in fields(Settings)}
    stages = [pair.partition("=")[2] for pair in given.context if pair.startswith("stage=")]
    known = {f"ddp-{stage}-{name}" for stage in stages for name in STACKS}
    assert (
        set(given.stacks) - {f"aws://{place}" for place in ("ACCOUNT/REGION", "ACCOUNT/us-east-1")} <= known
    )
    assert set(stages) <= set(Stage)


@pytest.mark.parametrize("command", of("aws"))
def test_aws_has_the_operation_and_its_parameters(command: str) -> None:
    _, service, operation, *rest = shlex.split(command)
    model = botocore.session.get_session().get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    members = model.operation_model(operations[operation]).input_shape.members
    options = {word.removeprefix("--") for word in rest if word.startswith("--")}
    assert options <= {xform_name(name, "-") for name in members} | {"region", "query", "output"}


@pytest.mark.parametrize("command", of(".venv/bin/python") + of(".venv/bin/pytest"))
def test_what_python_runs_exists(command: str) -> None:
    for word in shlex.split(command)[1:]:
        if "/" in word:
            assert (ROOT / word).exists()
        elif word.startswith(("infra.", "tests.")):
            assert (ROOT / word.replace(".", "/")).exists()


@pytest.mark.parametrize("command", of("pg_dump") + of("createdb") + of("pg_restore"))
def test_programs_of_postgresql_have_the_options(command: str) -> None:
    """Those of the version that tests and local stack use."""
    program, *words = shlex.split(command)
    shown = subprocess.run(
        [find_binaries(DEFAULT_MAJOR, ROOT / ".ddp") / "bin" / program, "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    options = {word.partition("=")[0] for word in words if word.startswith("-")}
    assert options <= set(re.findall(r"--?[a-z][a-z-]*", shown))


@pytest.mark.parametrize("command", of("git"))
def test_git_commands_are_those_of_a_release(command: str) -> None:
    assert re.fullmatch(r"git (tag v\d+\.\d+\.\d+|log)", command)


@pytest.mark.parametrize("kind", DatabaseKind)
def test_each_kind_of_database_has_its_part_of_the_deployment(kind: DatabaseKind) -> None:
    assert re.search(rf"^## .*`{kind}`", page_of("deploy"), flags=re.MULTILINE)


def test_commands_are_found() -> None:
    assert all(of(program) for program in ("ddp", "make", "aws"))
    assert len(CDK) >= 2


def test_a_command_that_does_not_exist_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(["redrive", "email-send", "--stages", "prod"])


ROUTE = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^\s`]*)`")


@pytest.mark.parametrize("page", PAGES)
def test_every_request_that_is_named_is_in_the_contract(page: str) -> None:
    paths = json.loads((ROOT / "functions" / "openapi.json").read_text())["paths"]
    known = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    named = set(ROUTE.findall(page_of(page)))
    # A subject of retention is a value of a parameter.
    assert {(method, path.replace("provider_events", "{subject}")) for method, path in named} - known == set()
