"""`ddp lint-templates`: cfn-lint on the templates of stage prod, for every kind of database."""

from __future__ import annotations

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from infra.cli.synth import SynthesisError, synthesise
from infra.settings import DatabaseKind, Stage, machine_architecture, machine_python

# What stage prod needs beside cdk.json, with examples. Byte-code needs this machine's own version.
EXAMPLE: Final = {
    "oidc_issuer": "https://project.supabase.co/auth/v1",
    "cors_origins": "https://app.example.com",
    "public_url": "https://links.example.com",
    "link_domain": "l.example.com",
    "sms_countries": "FR,GB,US",
    "sms_origination_identities": "arn:aws:sms-voice:eu-central-1:111122223333:phone-number/phone-0a1b2c3d",
    "social": "facebook,instagram,linkedin,tiktok,twitter,youtube",
    "social_audited": "tiktok,youtube",
    "tiktok_site_verification": "AbCd1234efGh5678",
    "python_version": machine_python(),
    "architecture": str(machine_architecture()),
}

# The same behind the edge.
EDGE: Final = EXAMPLE | {
    "domains": "api.example.com,links.example.com,l.example.com",
    "domain_certificate": "arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-000000000000",
    "edge_origins": "api.example.com=d-abc1234567.execute-api.eu-central-1.amazonaws.com,"
    "links.example.com=d-bcd1234567.execute-api.eu-central-1.amazonaws.com,"
    "l.example.com=d-cde1234567.execute-api.eu-central-1.amazonaws.com",
    "edge_certificate": "arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-000000000000",
    "edge_only": "true",
    "tracking_domain": "click.example.com",
}

# Rules that are not checked, with the reason. Single exceptions stand at the resource (`exempt_from_cfn_lint`).
IGNORED: Final = {"W3005": "CDK writes a function's role into DependsOn too, beside the role's policy."}


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp lint-templates`: there are none."""
    parser.set_defaults(run=_run)


def _run(_arguments: argparse.Namespace) -> int:
    try:
        found = templates()
    except SynthesisError as error:
        print(error, file=sys.stderr)
        return 1
    return lint(found)


def templates() -> list[Path]:
    """The templates of stage prod for each kind of database, and behind the edge; equal ones once.

    They come from the cache where they are in it.
    """
    make = partial(synthesise, stage=Stage.PROD)
    variants = [(kind, EXAMPLE) for kind in DatabaseKind] + [(DatabaseKind.SUPABASE, EDGE)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        folders = list(pool.map(lambda each: make(database=each[0], settings=each[1]), variants))
    found = [template for folder in folders for template in sorted(folder.glob("*.template.json"))]
    return list({template.read_bytes(): template for template in found}.values())


def lint(found: list[Path]) -> int:
    """Check templates in one process; returns 0 if there is not even a warning."""
    linter = Path(sys.executable).with_name("cfn-lint")
    command: list[str | Path] = [linter, "--ignore-checks", *IGNORED, "--", *found]
    return 1 if subprocess.run(command, check=False).returncode else 0
