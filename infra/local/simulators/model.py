"""Checks the parameters of a request against botocore's model of the service."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from botocore.model import Shape


class Misfit(Exception):
    """A value does not fit the model: `where` it stands (`Content.Simple`), and the rule, as the end of "it …"."""

    def __init__(self, where: str, rule: str) -> None:
        super().__init__(f"{where}: it {rule}")
        self.where, self.rule = where.lstrip("."), rule


def checked(value: Any, shape: Shape, where: str = "") -> Any:
    """The value with decoded blobs, and without members that the model does not know. Raises Misfit."""
    checks: dict[str, Callable[[Any, Any, str], Any]] = {
        "structure": _structure,
        "list": _list,
        "map": _map,
        "string": _string,
        "integer": _integer,
        "blob": _blob,
        "boolean": _boolean,
    }
    check = checks.get(shape.type_name)
    return check(value, shape, where) if check else value


def _structure(value: Any, shape: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Misfit(where, "must be an object")
    if missing := [name for name in shape.required_members if value.get(name) is None]:
        raise Misfit(f"{where}.{missing[0]}", "must not be null")
    return {
        name: checked(value[name], member, f"{where}.{name}")
        for name, member in shape.members.items()
        if value.get(name) is not None
    }


def _list(value: Any, shape: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise Misfit(where, "must be a list")
    _check_length(len(value), shape, where)
    return [checked(item, shape.member, f"{where}.{number}") for number, item in enumerate(value, start=1)]


def _map(value: Any, shape: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Misfit(where, "must be an object")
    _check_length(len(value), shape, where)
    return {
        checked(key, shape.key, f"{where}.key"): checked(item, shape.value, f"{where}.{key}")
        for key, item in value.items()
    }


def _integer(value: Any, shape: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Misfit(where, "must be a whole number")
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and value < least) or (most is not None and value > most):
        raise Misfit(where, f"must be from {least} to {most}")
    return value


def _string(value: Any, shape: Any, where: str) -> str:
    if not isinstance(value, str):
        raise Misfit(where, "must be a string")
    _check_length(len(value.encode()), shape, where)
    if (pattern := shape.metadata.get("pattern")) and not re.fullmatch(pattern, value):
        raise Misfit(where, f"must satisfy regular expression pattern: {pattern}")
    if shape.enum and value not in shape.enum:
        raise Misfit(where, f"must satisfy enum value set: [{', '.join(shape.enum)}]")
    return value


def _blob(value: Any, _: Any, where: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Misfit(where, "must be base64") from None


def _boolean(value: Any, _: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise Misfit(where, "must be true or false")
    return value


def _check_length(length: int, shape: Shape, where: str) -> None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and length < least:
        raise Misfit(where, f"must have length greater than or equal to {least}")
    if most is not None and length > most:
        raise Misfit(where, f"must have length less than or equal to {most}")
