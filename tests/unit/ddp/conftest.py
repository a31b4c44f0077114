"""The environment must stand before a function is imported."""

from tests import lambdas  # noqa: F401
