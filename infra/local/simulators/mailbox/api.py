"""SES v2's REST API, read from botocore's model of it: recognises operations and checks their parameters."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import botocore.session
from botocore.model import OperationModel, Shape

# Maximum size of a body; SES takes messages of up to 40 MB, and base64 adds a third.
MAX_BODY = 56 * 1024 * 1024


class SesError(Exception):
    """An error that SES answers. Its `code` is SES's name of it, which determines the HTTP status."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message
        self.status = STATUSES.get(code, 400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A valid request: SES's name of the operation, and the checked parameters."""

    operation: str
    parameters: dict[str, Any]


SERVICE = botocore.session.get_session().get_service_model("sesv2")
STATUSES = {
    shape.name: int(shape.metadata["error"]["httpStatusCode"])
    for shape in SERVICE.error_shapes
    if "httpStatusCode" in shape.metadata.get("error", {})
} | {"InternalServiceErrorException": 500, "UnknownOperationException": 404, "RequestEntityTooLarge": 413}

OPERATIONS = (
    "CreateEmailIdentity",
    "CreateTenant",
    "DeleteEmailIdentity",
    "GetAccount",
    "GetEmailIdentity",
    "SendBulkEmail",
    "SendEmail",
)
MODELS: dict[str, OperationModel] = {name: SERVICE.operation_model(name) for name in OPERATIONS}
ROUTES = {
    name: (
        model.http["method"],
        re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", model.http["requestUri"])),
    )
    for name, model in MODELS.items()
}


def read(method: str, path: str, body: bytes) -> Call:
    """Read an HTTP request. Raises the SesError with which SES answers an invalid one."""
    for name, (its_method, pattern) in ROUTES.items():
        if method == its_method and (match := pattern.fullmatch(path)):
            parameters = _json(body) | {key: unquote(value) for key, value in match.groupdict().items()}
            shape = MODELS[name].input_shape
            return Call(operation=name, parameters=_checked(parameters, shape, "") if shape else {})
    raise SesError("UnknownOperationException", f"The mailbox does not know {method} {path}.")


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        raise SesError("SerializationException", "The body is not JSON.") from None
    if not isinstance(value, dict):
        raise SesError("SerializationException", "The body is not a JSON object.")
    return value


def _checked(value: Any, shape: Shape, where: str) -> Any:
    """The value with decoded blobs. Raises BadRequestException if it does not fit the model."""
    checks = {"structure": _structure, "list": _list, "string": _string, "blob": _blob, "boolean": _boolean}
    check = checks.get(shape.type_name)
    return check(value, shape, where) if check else value


def _structure(value: Any, shape: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad(where, "must be an object")
    if missing := [name for name in shape.required_members if value.get(name) is None]:
        raise _bad(f"{where}.{missing[0]}", "must not be null")
    return {
        name: _checked(value[name], member, f"{where}.{name}")
        for name, member in shape.members.items()
        if value.get(name) is not None
    }


def _list(value: Any, shape: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise _bad(where, "must be a list")
    _check_length(len(value), shape, where)
    return [_checked(item, shape.member, f"{where}.{number}") for number, item in enumerate(value, start=1)]


def _string(value: Any, shape: Any, where: str) -> str:
    if not isinstance(value, str):
        raise _bad(where, "must be a string")
    _check_length(len(value.encode()), shape, where)
    if (pattern := shape.metadata.get("pattern")) and not re.fullmatch(pattern, value):
        raise _bad(where, f"must satisfy regular expression pattern: {pattern}")
    if shape.enum and value not in shape.enum:
        raise _bad(where, f"must satisfy enum value set: [{', '.join(shape.enum)}]")
    return value


def _blob(value: Any, _: Any, where: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise _bad(where, "must be base64") from None


def _boolean(value: Any, _: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise _bad(where, "must be true or false")
    return value


def _check_length(length: int, shape: Shape, where: str) -> None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and length < least:
        raise _bad(where, f"must have length greater than or equal to {least}")
    if most is not None and length > most:
        raise _bad(where, f"must have length less than or equal to {most}")


def _bad(where: str, rule: str) -> SesError:
    return SesError(
        "BadRequestException",
        f"1 validation error detected: Value at '{where.lstrip('.')}' failed: it {rule}",
    )
