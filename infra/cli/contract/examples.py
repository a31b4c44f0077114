"""An example body for each operation, made of the examples of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from infra.cli.contract.schemas import PREFIX, Schema

_BY_FORMAT: Final = {
    "uuid": "0b7cbb1e-5a0e-4b6e-9c56-6d7d5a9d2c01",
    "date-time": "2027-03-01T09:00:00Z",
    "email": "ann@example.com",
    "uri": "https://www.example.com/",
}


def example(schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    """A value that fits the schema: its own example, else what is required or has examples, else its first field."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].removeprefix(PREFIX)], schemas)
    if "examples" in schema:
        return schema["examples"][0]
    for choice in schema.get("anyOf") or schema.get("oneOf") or ():
        return example(choice, schemas)
    if "const" in schema or "enum" in schema:
        return schema.get("const") or schema["enum"][0]
    return _of_type(schema, schemas)


def _of_type(schema: Schema, schemas: Mapping[str, Schema]) -> Any:
    match schema.get("type"):
        case "object":
            return _object(schema, schemas)
        case "array":
            return [example(schema["items"], schemas)]
        case "integer" | "number":
            return max(schema.get("minimum", 1), 1)
        case "boolean":
            return True
        case _:
            return _BY_FORMAT.get(schema.get("format", ""), "text")


def _object(schema: Schema, schemas: Mapping[str, Schema]) -> dict[str, Any]:
    fields = schema.get("properties", {})
    shown = [name for name in fields if name in schema.get("required", ()) or _has_example(fields[name])]
    return {
        name: example(_as_elsewhere(name, fields[name], schemas), schemas)
        for name in shown or list(fields)[:1]
    }


def _as_elsewhere(name: str, field: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """The field with the example that a field of the same name and type has in another schema, if it has none."""
    if field.get("type") != "string" or "format" in field or "examples" in field:
        return field
    others = (schema.get("properties", {}).get(name, {}) for schema in schemas.values())
    return next((field | {"examples": other["examples"]} for other in others if "examples" in other), field)


def _has_example(field: Schema) -> bool:
    return "examples" in field or any("examples" in choice for choice in field.get("anyOf", ()))
