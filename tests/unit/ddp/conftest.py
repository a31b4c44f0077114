"""Sets the environment before a function is imported."""

from tests import lambdas  # noqa: F401
