"""`ddp openapi`: one OpenAPI 3.1 document for all capabilities, checked in as functions/openapi.json."""

from __future__ import annotations

import argparse
import inspect
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

from ddp import settings
from ddp.edge import ACCOUNT_HEADER
from infra.cli import generated
from infra.cli.contract import answers, schemas, words
from infra.cli.contract.examples import example
from infra.release import version
from infra.state import ROOT

CHECKED_IN = ROOT / "functions" / "openapi.json"
INTRODUCTION = ROOT / "functions" / "openapi.md"

# Modules with a resolver named `app`, one per capability.
CAPABILITIES = [
    *(f"functions.{path.parent.name}.http" for path in sorted((ROOT / "functions").glob("*/http.py"))),
    "functions.analytics.conversions",
]

# Paths that need no token: the public routes of the HTTP API.
PUBLIC_PREFIXES = ("/shares/", "/conversions/hooks/", "/social-deletions/", "/health")
# Those of them that answer browsers with pages.
PAGE_PREFIXES = ("/shares/", "/social-deletions/")

ACCOUNT_PARAMETER = {
    "name": ACCOUNT_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "format": "uuid"},
    "description": "The account to act for, one that the caller is a member of (GET /me). If omitted: the account of "
    "the token's app_metadata.account_id, else the caller's own if it is active, else the only one.",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments of `ddp openapi`."""
    parser.add_argument("--check", action="store_true", help="print nothing; fail if the file is stale")
    parser.add_argument(
        "--write", action="store_true", help=f"write {generated.shown(CHECKED_IN)} instead of printing"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print, write or compare the document; returns 1 if the checked-in one is stale, else 0."""
    made = contents()
    if arguments.check:
        return generated.check(made)
    if arguments.write:
        generated.write(made)
    else:
        sys.stdout.write(made[CHECKED_IN])
    return 0


def contents() -> dict[Path, str]:
    """The document as JSON, by its path."""
    return {CHECKED_IN: json.dumps(document(), indent=2, sort_keys=True) + "\n"}


def document() -> dict[str, Any]:
    """The merged document. Raises ValueError if two capabilities define one path or schema name differently."""
    merged: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Data Development Platform",
            "version": version(),
            "description": INTRODUCTION.read_text(),
        },
        "servers": [{"url": "/", "description": "The address that this document comes from."}],
        "paths": {},
        "components": {
            "headers": answers.HEADERS,
            "parameters": {"Account": ACCOUNT_PARAMETER},
            "responses": answers.responses(),
            "schemas": dict(answers.SCHEMAS),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    for module in CAPABILITIES:
        part = _part(module)
        _add(merged["paths"], part["paths"], module)
        of_part = part.get("components", {}).get("schemas", {})
        _add(merged["components"]["schemas"], _without_toolkit_errors(of_part), module)
    for path, operations in merged["paths"].items():
        for method, operation in operations.items():
            names_others = (
                "{" in path
                or any(
                    parameter.get("name") in ("id", "user_id")
                    for parameter in operation.get("parameters", ())
                )
                or _has_ids(operation.get("requestBody"), merged["components"]["schemas"])
            )
            _finish(operation, method, public=path.startswith(PUBLIC_PREFIXES), names_others=names_others)
            if path.startswith(PAGE_PREFIXES):
                answers.declare_pages(operation)
    _finish_schemas(merged)
    return merged


def _part(module: str) -> dict[str, Any]:
    """The document of one capability."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    # Settings that modules read when they are imported do not appear in the document: any value will do.
    with mock.patch.object(settings, "required", lambda name: settings.optional(name, "local")):
        app = import_module(module).app
    for route in (*app._static_routes, *app._dynamic_routes):  # noqa: SLF001 - the toolkit has no public list
        route.description = inspect.getdoc(route.func) or ""
        route.summary = route.description.splitlines()[0].rstrip(".")
    part: dict[str, Any] = json.loads(app.get_openapi_json_schema())
    return part


def _add(into: dict[str, Any], part: dict[str, Any], module: str) -> None:
    for name, value in part.items():
        if into.setdefault(name, value) != value:
            raise ValueError(f"{module} and another module define {name} differently")


def _without_toolkit_errors(schemas: dict[str, Any]) -> dict[str, Any]:
    """Drop the toolkit's own error models: every error of this API is a Problem."""
    return {n: s for n, s in schemas.items() if not n.endswith("ValidationError")}


def _has_ids(body: dict[str, Any] | None, known: dict[str, Any]) -> bool:
    """Whether a request's body has fields with ids."""
    nodes = (node for name in schemas.reachable(body, known) for node in schemas.nodes(known[name]))
    return any(node.get("format") == "uuid" for node in nodes)


def _finish(operation: dict[str, Any], method: str, *, public: bool, names_others: bool) -> None:
    """State whether the operation needs a token, or may choose an account, and everything that it may answer."""
    for parameter in operation.get("parameters", []):
        parameter["schema"] = schemas.without_null(parameter["schema"])
        parameter["schema"].pop("description", None)
        if parameter["name"] == "idempotency-key":
            parameter["name"] = "Idempotency-Key"  # as people write it
    operation["security"] = [] if public else [{"bearer": []}]
    answers.declare(operation, method, public=public, names_others=names_others)
    if not public:
        operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/Account"})


def _finish_schemas(merged: dict[str, Any]) -> None:
    """Tidy all schemas, name the enums, and give each body an example."""
    known = merged["components"]["schemas"]
    operations = [operation for path in merged["paths"].values() for operation in path.values()]
    bodies = [operation["requestBody"] for operation in operations if "requestBody" in operation]
    in_requests = schemas.reachable(bodies, known)
    for name in in_requests:
        schemas.without_defaults(known[name])
    for name in known.keys() - in_requests - answers.SCHEMAS.keys():
        schemas.require_all(known[name])
    _name_enums(known, operations)
    words.describe(known)
    for body in bodies:
        for content in body["content"].values():
            content["example"] = example(content["schema"], known)


def _name_enums(known: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    modules = (module for name, module in sorted(sys.modules.items()) if name.startswith("functions."))
    names = schemas.named_enums(modules)
    parameters = [
        p["schema"] for operation in operations for p in operation.get("parameters", []) if "schema" in p
    ]
    used: dict[str, Any] = {}
    for schema in (*known.values(), *parameters):
        schemas.tidy(schema)
        schemas.use_names(schema, names, used)
    _add(known, used, "an enum")
