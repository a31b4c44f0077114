"""Problems of a post: all at once, each with its field, a stable code, the limit, and how to mend it."""

from __future__ import annotations

from typing import Any

from ddp.providers.social.base import Problem


def problem(
    field: str, code: str, sentence: str, *, limit: float | None = None, is_warning: bool = False
) -> Problem:
    """A problem."""
    return Problem(field=field, code=code, sentence=sentence, limit=limit, is_warning=is_warning)


def shown(found: Problem) -> dict[str, Any]:
    """A problem as the database and callers have it."""
    return {
        "field": found.field,
        "code": found.code,
        "sentence": found.sentence,
        "limit": found.limit,
        "is_warning": found.is_warning,
    }


def ratio_sentence(ratio: float, least: float, most: float) -> str:
    """What to say of an image in another ratio that is not to be fitted."""
    return (
        f"The image is {ratio:.2f} times as wide as high; {least} to {most} are allowed. Crop it, or choose the option"
        " fit: crop or pad."
    )
