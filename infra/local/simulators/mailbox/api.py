"""SES v2's REST API, read from botocore's model of it: recognises operations and checks their parameters."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import botocore.session
from botocore.model import OperationModel, Shape

from infra.local.simulators.model import Misfit, checked

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
            return Call(operation=name, parameters=_checked(parameters, shape) if shape else {})
    raise SesError("UnknownOperationException", f"The mailbox does not know {method} {path}.")


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        raise SesError("SerializationException", "The body is not JSON.") from None
    if not isinstance(value, dict):
        raise SesError("SerializationException", "The body is not a JSON object.")
    return value


def _checked(parameters: dict[str, Any], shape: Shape) -> Any:
    try:
        return checked(parameters, shape)
    except Misfit as misfit:
        raise SesError(
            "BadRequestException",
            f"1 validation error detected: Value at '{misfit.where}' failed: it {misfit.rule}",
        ) from None
