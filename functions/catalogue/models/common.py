"""What the catalogue's requests and responses have in common."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from ddp.fields import one_line


def line_of(longest: int) -> tuple[StringConstraints, AfterValidator]:
    """Constraints of one line of text of at most so many characters."""
    return StringConstraints(min_length=1, max_length=longest, strip_whitespace=True), AfterValidator(
        one_line
    )


Line20 = Annotated[str, *line_of(20)]
Line50 = Annotated[str, *line_of(50)]
Line100 = Annotated[str, *line_of(100)]
Line255 = Annotated[str, *line_of(255)]
Line500 = Annotated[str, *line_of(500)]


class Named(BaseModel):
    """Whose something is."""

    id: UUID
    name: str | None = Field(description="Null where the caller does not learn the name.")
