"""The schemas of the OpenAPI document, as a client's generator needs them: named enums, no invented defaults."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, Final, Literal, get_args, get_origin

Schema = dict[str, Any]

PREFIX: Final = "#/components/schemas/"
_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def nodes(schema: Schema) -> Iterator[Schema]:
    """The schema and all schemas in it; references are not followed."""
    yield schema
    inner = [*schema.get("properties", {}).values()]
    for name in ("anyOf", "oneOf", "allOf", "prefixItems"):
        inner += schema.get(name, [])
    inner += [
        schema[name] for name in ("items", "additionalProperties") if isinstance(schema.get(name), dict)
    ]
    for each in inner:
        yield from nodes(each)


def named_enums(modules: Iterator[ModuleType]) -> dict[tuple[str, ...], str]:
    """The names that the modules give to sets of words (`SendStatus = Literal[…]`), by the words.

    Raises ValueError if one set has two names.
    """
    names: dict[tuple[str, ...], str] = {}
    for module in modules:
        for name, value in vars(module).items():
            words = get_args(value) if get_origin(value) is Literal else ()
            if len(words) > 1 and names.setdefault(words, name) != name:
                raise ValueError(f"{names[words]} and {name} are the same words: use one name")
    return names


def use_names(schema: Schema, names: Mapping[tuple[str, ...], str], used: Schema) -> None:
    """Replace each enum that has a name by a reference to it, and add its schema to `used`."""
    for node in nodes(schema):
        if name := names.get(tuple(node.get("enum", ()))):
            used[name] = {"type": node.pop("type"), "enum": node.pop("enum")}
            node["$ref"] = PREFIX + name


def tidy(schema: Schema) -> None:
    """Leave out titles, which repeat the names, and write bounds of integers as integers."""
    for node in nodes(schema):
        node.pop("title", None)
        if node.get("type") == "integer":
            node.update({name: int(node[name]) for name in _BOUNDS if name in node})


def without_null(schema: Schema) -> Schema:
    """The schema of a parameter, which is there or is not, but never null."""
    others: list[Schema] = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    if len(others) != 1:
        return schema
    return others[0] | {name: value for name, value in schema.items() if name != "anyOf"}


def without_defaults(schema: Schema) -> None:
    """State in words what the server does for an omitted field of a request.

    A generator of clients would take a field with a default for one that is always there. In a change, an omitted
    field keeps its value.
    """
    is_change = "minProperties" in schema
    for field in schema.get("properties", {}).values():
        default = field.pop("default", None)
        if not is_change and default not in (None, {}, []):
            said = f"If omitted: `{default if isinstance(default, str) else json.dumps(default)}`."
            field["description"] = f"{field['description']} {said}" if "description" in field else said


def require_all(schema: Schema) -> None:
    """Say that an answer has all its fields: those with a default too are always written.

    An object that requires nothing, such as counts by status, really leaves fields out.
    """
    if "required" in schema:
        schema["required"] = list(schema["properties"])
        for field in schema["properties"].values():
            field.pop("default", None)


def reachable(start: Any, schemas: Mapping[str, Schema]) -> set[str]:
    """The names of all schemas that a part of the document refers to, directly or through others."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = str(part.get("$ref", "")).removeprefix(PREFIX)
            if name in schemas and name not in found:
                found.add(name)
                waiting.append(schemas[name])
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return found
