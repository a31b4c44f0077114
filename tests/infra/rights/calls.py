"""Which operations of AWS a definition calls, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from botocore import xform_name
from botocore.session import Session

from tests.infra.rights.reach import DEFINING, Definition, Module, dotted, module, resolve

SERVICES = ("codedeploy", "kms", "lambda", "pinpoint-sms-voice-v2", "s3", "secretsmanager", "sesv2", "sqs")
# Functions that take the name of a client's method: where they are, and the service that they call.
BY_NAME = {
    ("ddp.providers.sms.calls", "call"): "pinpoint-sms-voice-v2",
    ("ddp.providers.sms.account", "_all"): "pinpoint-sms-voice-v2",
}
# Methods of a client that stand for the operation they are given: signed for somebody else, or called page by page.
PRESIGNING, PAGINATING = "generate_presigned_url", "get_paginator"
# A method that asks AWS for nothing, but makes a password which needs a right of its own.
TOKEN = "generate_db_auth_token"
# A service's name in boto3, and a client's method; "presigned get_object": its URL is signed, and somebody else calls.
Call = tuple[str, str]


def calls(definition: Definition) -> set[Call]:
    """The operations that one definition calls."""
    home = module(definition[0])
    assert home
    if definition in BY_NAME:  # its callers are read instead
        return set()
    return {
        found
        for statement in home.definitions[definition[1]]
        if definition[1] or not isinstance(statement, DEFINING)
        for node in ast.walk(statement) if isinstance(node, ast.Call)
        for found in _called(home, node)
    }  # fmt: skip


def _called(home: Module, node: ast.Call) -> Iterator[Call]:
    targets = [t for name in _called_names(home, node) for t in resolve(name)]
    for target in targets:
        if target in BY_NAME:
            yield BY_NAME[target], _text(node.args[0])
    if not isinstance(node.func, ast.Attribute):
        return
    method = node.func.attr
    if method == TOKEN:
        yield "rds", method
    elif service := _service(home, node.func.value):
        if method == PRESIGNING:
            yield service, f"presigned {_text(node.args[0])}"
        elif method == PAGINATING:
            yield service, _text(node.args[0])
        elif method in operations(service):
            yield service, method


def _called_names(home: Module, node: ast.Call) -> list[str]:
    first, *rest = dotted(node.func)
    if first in home.imports:
        return [".".join([home.imports[first], *rest])]
    return [f"{home.name}.{first}"] if first in home.definitions and not rest else []


def _text(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant), f"an operation has a computed name: {ast.unparse(node)}"
    return str(node.value)


def _service(home: Module, receiver: ast.expr) -> str | None:
    """The service of a client: what `boto3.client(…)`, `client()`, `s3.client()`, `self._client` or a local name is."""
    if isinstance(receiver, ast.Call):
        if ast.unparse(receiver.func) == "boto3.client":
            return _named_service(home, receiver)
        first, *rest = dotted(receiver.func)
        if [first, *rest][-1] not in {"client", "_client"}:
            return None
        other = module(home.imports.get(first, "")) if rest else home
        return _only_service(other) if other else None
    if dotted(receiver)[-1] in {"client", "_client"}:
        return _only_service(home)
    return None


def _named_service(home: Module, node: ast.Call) -> str:
    given = node.args[0]
    if isinstance(given, ast.Name):
        (statement,) = home.definitions[given.id]
        given = statement.value  # type: ignore[attr-defined]
    return _text(given)


@cache
def _made_in(name: str) -> tuple[str, ...]:
    found = module(name)
    assert found
    nodes = (n for body in found.definitions.values() for s in body for n in ast.walk(s))
    made = (n for n in nodes if isinstance(n, ast.Call) and ast.unparse(n.func) == "boto3.client")
    return tuple(sorted({_named_service(found, n) for n in made}))


def _only_service(home: Module) -> str | None:
    """The service of a module that makes clients of one."""
    return made[0] if len(made := _made_in(home.name)) == 1 else None


@cache
def operations(service: str) -> frozenset[str]:
    """The methods of a service's client."""
    return frozenset(xform_name(o) for o in Session().get_service_model(service).operation_names)


def texts(definition: Definition) -> set[str]:
    """The strings that a definition has."""
    home = module(definition[0])
    assert home
    nodes = (node for statement in home.definitions[definition[1]] for node in ast.walk(statement))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def unread(definition: Definition) -> set[str]:
    """Methods that are called in a definition and have an operation's name, but not on what is known as a client."""
    home = module(definition[0])
    assert home
    names = frozenset().union(*map(operations, SERVICES)) | {PRESIGNING, PAGINATING}
    return {
        node.func.attr
        for statement in home.definitions[definition[1]]
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in names and not any(_called(home, node)) and not any(
            map(resolve, _called_names(home, node))
        )
    }  # fmt: skip
