"""Names of the files of figures."""

from __future__ import annotations

from uuid import UUID


def object_key(export_id: UUID, file_format: str) -> str:
    """The object key of an export's file. It follows from the id: no row can name another object."""
    return f"exports/{export_id}.{file_format}.gz"


def file_name(list_name: str, file_format: str) -> str:
    """The name under which browsers save it."""
    return f"{list_name}.{file_format}.gz"
