"""AWS End User Messaging's JSON 1.0 protocol, read from botocore's model: operations, their parameters and errors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.model import OperationModel

from infra.local.simulators.model import Misfit, checked

SERVICE = botocore.session.get_session().get_service_model("pinpoint-sms-voice-v2")
PREFIX = f"{SERVICE.metadata['targetPrefix']}."
CONTENT_TYPE = "application/x-amz-json-1.0"
# Maximum size of a body: a text of 1,600 characters with everything around it has less.
MAX_BODY = 256 * 1024

OPERATIONS = (
    "DeleteOptedOutNumber",
    "DescribeOptedOutNumbers",
    "DescribePhoneNumbers",
    "DescribePools",
    "DescribeProtectConfigurations",
    "DescribeRegistrations",
    "DescribeSenderIds",
    "DescribeSpendLimits",
    "GetProtectConfigurationCountryRuleSet",
    "PutOptedOutNumber",
    "SendTextMessage",
)
MODELS: dict[str, OperationModel] = {name: SERVICE.operation_model(name) for name in OPERATIONS}
_ERRORS = {shape.name: shape for shape in SERVICE.error_shapes}


class SmsError(Exception):
    """An error that the service answers. `code` is its name; `members` are its further fields, such as Reason."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.members = code, message, members
        self.status = 500 if code == "InternalServerException" else 400

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        fields = {"Message": self.message, **self.members}
        if shape := _ERRORS.get(self.code):
            fields = checked(fields, shape)
        return {"__type": f"com.amazonaws.pinpointsmsvoicev2#{self.code}", **fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A valid request: the name of the operation, and the checked parameters."""

    operation: str
    parameters: dict[str, Any]


def read(target: str, body: bytes) -> Call:
    """Read a request; `target` is its X-Amz-Target. Raises the SmsError that the service answers to an invalid one."""
    name = target.removeprefix(PREFIX)
    if not target.startswith(PREFIX) or name not in MODELS:
        raise SmsError("UnknownOperationException", f"The phone simulator does not know {target}.")
    try:
        parameters = json.loads(body or b"{}")
    except ValueError:
        raise SmsError("SerializationException", "The body is not JSON.") from None
    shape = MODELS[name].input_shape
    try:
        return Call(operation=name, parameters=checked(parameters, shape) if shape else {})
    except Misfit as misfit:
        raise invalid(misfit.where, misfit.rule) from None


def write(operation: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer of an operation, checked against the model. Raises Misfit, which is the simulator's own mistake."""
    shape = MODELS[operation].output_shape
    written: dict[str, Any] = checked(answer, shape) if shape else {}
    return written


def invalid(where: str, rule: str) -> SmsError:
    """A field that the service does not accept."""
    return SmsError(
        "ValidationException",
        f"1 validation error detected: Value at '{where}' failed to satisfy constraint: it {rule}",
        Reason="FIELD_VALIDATION_FAILED",
        Fields=[{"Name": where or "body", "Message": f"It {rule}."}],
    )
