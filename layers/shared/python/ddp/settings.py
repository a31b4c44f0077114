"""Configuration from environment variables. Read at import, so that a missing one is reported at start, by name."""

from __future__ import annotations

import os


class SettingMissing(RuntimeError):
    """A required environment variable is not set."""


def required(name: str) -> str:
    """The value of environment variable `name`. Raises SettingMissing, naming it, if it is unset or empty."""
    value = os.environ.get(name, "")
    if not value:
        raise SettingMissing(f"environment variable {name} is not set: this function cannot start without it")
    return value


def optional(name: str, default: str = "") -> str:
    """The value of environment variable `name`, or `default` if it is unset or empty."""
    return os.environ.get(name) or default
