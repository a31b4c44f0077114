"""`ddp synth`: CloudFormation templates and assets, synthesised again only if a source has changed."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from infra.assets import AssetError
from infra.cli.synth_report import describe
from infra.layer_build import LayerBuildError
from infra.node import node_binary
from infra.settings import DatabaseKind, Settings, SettingsError, Stage
from infra.state import ROOT, keep_newest, make_once, state_directory

# Sources of the templates. infra/local only runs them, and infra/docs is read by people.
SOURCES = ("cdk.json", "pyproject.toml", "requirements/dev.txt", "infra", "layers", "functions", "schema")
IGNORED = {"__pycache__", "local", "docs"}
# Assemblies kept for each stage and database; the local runtime may still run an older one.
KEPT = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp synth`."""
    parser.add_argument("--stage", choices=list(Stage), default=Stage.LOCAL, type=Stage)
    parser.add_argument(
        "--database", choices=list(DatabaseKind), default=DatabaseKind.SUPABASE, type=DatabaseKind
    )
    add_settings(parser)
    parser.set_defaults(run=_run)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the option that overrides settings; `overrides` reads it."""
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="override a setting of cdk.json, such as oidc_issuer=https://… (repeatable)",
    )


def overrides(arguments: argparse.Namespace) -> dict[str, str]:
    """The settings that the command line names, with their values."""
    return dict(pair.partition("=")[::2] for pair in arguments.set)


def _run(arguments: argparse.Namespace) -> int:
    settings = overrides(arguments)
    try:
        folder = synthesise(stage=arguments.stage, database=arguments.database, settings=settings)
    except SynthesisError as error:
        print(error, file=sys.stderr)
        return 1
    for warning in warnings_of(folder):
        print(f"warning: {warning}", file=sys.stderr)
    chosen = {"stage": arguments.stage, "database": arguments.database, **settings}
    print(describe(folder, settings_of(chosen)), file=sys.stderr)
    print(folder)
    return 0


class SynthesisError(RuntimeError):
    """Synthesis failed; the message says why."""


def synthesise(
    *,
    stage: Stage | str = Stage.LOCAL,
    database: DatabaseKind | str = DatabaseKind.SUPABASE,
    settings: Mapping[str, str] | None = None,
) -> Path:
    """The folder of the cloud assembly (cdk.out) for a deployment, from the cache if no source has changed.

    `settings` overrides cdk.json; its names are those of infra.settings.Settings. A finished folder never changes.
    Raises SynthesisError.
    """
    context = {"stage": str(stage), "database": str(database), **(settings or {})}
    assemblies, prefix = state_directory() / "cdk.out", f"{stage}-{database}-"
    while True:
        make = partial(_synthesise, context, fingerprint := _fingerprint(context))
        with suppress(_SourceChanged):
            finished = make_once(assemblies / f"{prefix}{fingerprint}", make)
            keep_newest(assemblies, prefix, KEPT)
            return finished


class _SourceChanged(Exception):
    """A source changed during synthesis, so the result belongs to no fingerprint."""


def warnings_of(assembly: Path) -> list[str]:
    """The warnings of the app when it made this assembly, now or earlier."""
    entries = (
        entry
        for file in sorted(assembly.glob("*.metadata.json"))
        for construct in json.loads(file.read_text()).values()
        for entry in construct
    )
    return [entry["data"] for entry in entries if entry["type"] == "aws:cdk:warning"]


def _fingerprint(context: Mapping[str, str]) -> str:
    """A hash of everything that the assembly depends on."""
    digest = hashlib.sha256(json.dumps([context, sys.version, platform.machine()]).encode())
    for path in _sources():
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    for source in SOURCES:
        top = ROOT / source
        files = [top] if top.is_file() else sorted(top.rglob("*"))
        yield from (p for p in files if p.is_file() and not IGNORED & set(p.relative_to(ROOT).parts))


def _synthesise(context: Mapping[str, str], fingerprint: str, folder: Path) -> None:
    """Run the app in a process of its own, so that this one does not load the CDK."""
    environment = {
        **os.environ,
        "JSII_NODE": str(node_binary()),
        "CDK_OUTDIR": str(folder),
        "CDK_CONTEXT_JSON": json.dumps(_context(context)),
    }
    outcome = subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if outcome.returncode:
        raise SynthesisError(_reason(outcome.stderr + outcome.stdout))
    if _fingerprint(context) != fingerprint:
        raise _SourceChanged


def settings_of(overrides: Mapping[str, str]) -> Settings:
    """The settings of cdk.json with these instead of some; `stage` names the stage. Raises SettingsError."""
    return Settings.from_context(_context(overrides))


def _context(overrides: Mapping[str, str]) -> dict[str, object]:
    context: dict[str, object] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return context | dict(overrides)


def _reason(output: str) -> str:
    """The part of a failed app's output that says what to correct, without the traceback of a deliberate refusal."""
    if "ValidationFailed" in output:
        return output.partition("jsii.errors.JavaScriptError")[0].strip()
    for error in (SettingsError, LayerBuildError, AssetError):
        _, name, sentence = output.rpartition(f"{error.__module__}.{error.__qualname__}: ")
        if name:
            return sentence.strip()
    return output.strip()
