"""Commands of the Data Development Platform."""

# Each command is imported only when it is called, so that the others do not slow it down.

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from infra.release import version

# {name: (module, summary for --help)}. A module has `configure(parser)`, which sets the parser's default `run`.
COMMANDS = {
    "migrate": ("infra.cli.database.migrate", "apply, plan and verify the database schema"),
    "admin": ("infra.cli.database.admin", "make somebody an administrator, the first one for example"),
    "seed": ("infra.cli.database.seed", "reference data, and development data at any scale"),
    "analytics": ("infra.cli.database.analytics", "how fresh statistics are; refresh or recompute them"),
    "status": ("infra.cli.maintenance.status", "whether a stage is healthy, and what has stopped if not"),
    "doctor": ("infra.cli.doctor.command", "say what is missing or in the way, here or in a stage"),
    "campaign": ("infra.cli.campaign.command", "send an e-mail campaign and watch it"),
    "sms": ("infra.cli.sms.command", "import prices of SMS, take over the provider's numbers"),
    "social": ("infra.cli.social.command", "connect accounts of social platforms, post, and watch the posts"),
    "report": ("infra.cli.report.command", "write an account's figures to one HTML file"),
    "cleanup": ("infra.cli.maintenance.cleanup", "remove everything past its retention, or count it"),
    "erase": ("infra.cli.maintenance.erase", "erase a user or a recipient, or count what would go"),
    "redrive": ("infra.cli.redrive", "send a dead-letter queue's messages back to their queue"),
    "local": ("infra.local.command", "run the whole system on this machine"),
    "deploy": ("infra.cli.deploy.command", "say what would change in a stage, ask, and deploy it"),
    "rollback": ("infra.cli.deploy.rollback", "deploy an earlier release to a stage"),
    "cdk": ("infra.cli.deploy.cdk", "the CDK's own command line, in the pinned version"),
    "synth": ("infra.cli.synth", "synthesise the CloudFormation templates (cached)"),
    "lint-templates": (
        "infra.cli.lint_templates",
        "check the templates of prod with cfn-lint, for every database",
    ),
    "generate": ("infra.cli.generate", "write all generated files, or check that none is stale"),
    "audit": ("infra.cli.audit.command", "known vulnerabilities in everything that is locked"),
    "openapi": ("infra.cli.openapi", "print, write or check functions/openapi.json"),
    "lint-openapi": (
        "infra.cli.contract.lint",
        "check functions/openapi.json, and a client generated from it",
    ),
    "lint-client": (
        "infra.cli.lint_client",
        "compile functions/client, its example and the code of its documents",
    ),
    "pack-client": (
        "infra.cli.pack_client",
        "write the package of functions/client, for a front end to install",
    ),
    "types": ("infra.cli.typegen.types", "write or check the front end's types in functions/client"),
    "diagram": ("infra.cli.diagram", "write or check schema/diagram.md"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 failed, 2 wrong arguments."""
    arguments = parsed(list(sys.argv[1:] if argv is None else argv))
    run: Callable[[argparse.Namespace], int] = arguments.run
    return run(arguments)


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """What was typed, with the function `run`. Prints what is wrong and exits with status 2 otherwise."""
    parser = argparse.ArgumentParser(prog="ddp", description=__doc__)
    parser.add_argument("--version", action="version", version=f"ddp {version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        if list(arguments[:1]) == [name]:
            import_module(module).configure(command)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
