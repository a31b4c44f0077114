"""`ddp openapi`: one OpenAPI 3.1 document for all slices, checked in as functions/openapi.json."""

from __future__ import annotations

import argparse
import inspect
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

CHECKED_IN = Path(__file__).parents[1] / "functions" / "openapi.json"

# Modules with an `app` (a resolver); one line a slice.
SLICES = (
    "functions.uploads.http",
    "functions.campaigns.http",
    "functions.sending.http",
    "functions.email.http",
)

# Read when a slice is imported; none of them shows in the document.
_SETTINGS = (
    "DDP_STAGE", "DDP_BUCKET", "DATABASE_URL", "DDP_MESSAGE_SECRET", "DDP_EMAIL_PLAN_QUEUE_URL",
    "DDP_EMAIL_SEND_QUEUE_URL", "DDP_SENDING_EXPORT_QUEUE_URL",
)  # fmt: skip

# Reached without a token: see the public routes of the HTTP API.
PUBLIC_PREFIXES = ("/shares/",)

PROBLEM_SCHEMA = {
    "title": "Problem",
    "description": "RFC 9457 problem details; `code` is stable, `detail` is a sentence a person can act on.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
    "additionalProperties": True,
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--check", action="store_true", help="fail where the checked-in document differs")
    parser.add_argument("--write", action="store_true", help=f"write {CHECKED_IN.name}")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print, write or compare the document; 1 where the checked-in one is stale."""
    text = json.dumps(document(), indent=2, sort_keys=True) + "\n"
    if arguments.write:
        CHECKED_IN.write_text(text, encoding="utf-8")
    elif not arguments.check:
        sys.stdout.write(text)
    elif not CHECKED_IN.exists() or CHECKED_IN.read_text(encoding="utf-8") != text:
        print(f"{CHECKED_IN} is stale: run `ddp openapi --write` and commit it", file=sys.stderr)
        return 1
    return 0


def document() -> dict[str, Any]:
    """The merged document of every slice; raises ValueError where two slices claim one path or schema name."""
    merged: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Data Development Platform", "version": "1"},
        "paths": {},
        "components": {
            "schemas": {"Problem": PROBLEM_SCHEMA},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    for module in SLICES:
        part = _slice(module)
        _add(merged["paths"], part["paths"], module)
        schemas = part.get("components", {}).get("schemas", {})
        _add(merged["components"]["schemas"], _without_toolkit_errors(schemas), module)
    for path, operations in merged["paths"].items():
        for operation in operations.values():
            _finish(operation, public=path.startswith(PUBLIC_PREFIXES))
    return merged


def _slice(module: str) -> dict[str, Any]:
    """A slice's own document."""
    for name in _SETTINGS:
        os.environ.setdefault(name, "local")
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    app = import_module(module).app
    for route in (*app._static_routes, *app._dynamic_routes):  # noqa: SLF001 - the toolkit has no public list
        route.description = inspect.getdoc(route.func) or ""
        route.summary = route.description.splitlines()[0].rstrip(".")
    part: dict[str, Any] = json.loads(app.get_openapi_json_schema())
    return part


def _add(into: dict[str, Any], part: dict[str, Any], module: str) -> None:
    for name, value in part.items():
        if into.setdefault(name, value) != value:
            raise ValueError(f"{module} defines {name} otherwise than another slice does")


def _without_toolkit_errors(schemas: dict[str, Any]) -> dict[str, Any]:
    """Without the toolkit's own error models: every error here is a Problem."""
    return {n: s for n, s in schemas.items() if not n.endswith("ValidationError")}


def _finish(operation: dict[str, Any], *, public: bool) -> None:
    """Say which operations need a token, and that every error is a problem document."""
    operation["security"] = [] if public else [{"bearer": []}]
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses = operation["responses"]
    for status in ("422", "500"):
        responses.pop(status, None)
    responses["default"] = {"description": "A problem, described", "content": problem}
