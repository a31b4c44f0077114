"""Fixtures for all tests: the browsers."""

from tests.browser import chromium, scripted  # noqa: F401
