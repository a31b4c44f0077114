"""Configuration from the environment, read when a function is imported: what is missing is named at start."""

from __future__ import annotations

import os


class SettingMissing(RuntimeError):
    """An environment variable that this function cannot work without is not set."""


def required(name: str) -> str:
    """The value of environment variable `name`; raises SettingMissing, naming it, where it is unset or empty."""
    value = os.environ.get(name, "")
    if not value:
        raise SettingMissing(f"environment variable {name} is not set: this function cannot start without it")
    return value


def optional(name: str, default: str = "") -> str:
    """The value of environment variable `name`, or `default` where it is unset or empty."""
    return os.environ.get(name) or default
