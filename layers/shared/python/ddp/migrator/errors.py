"""The migrator's errors; every message is a sentence that says what to do."""

from __future__ import annotations


class MigratorError(Exception):
    """Base of all errors of the migrator."""


class CannotConnect(MigratorError):
    """The server cannot be reached, is too old, or the role lacks a right."""


class InvalidFiles(MigratorError):
    """The files of the schema directory contradict themselves: a cycle, an unknown requirement, a bad name."""


class HistoryConflict(MigratorError):
    """Files and ledger do not belong together: edited, reordered, or from another branch."""


class ApplyFailed(MigratorError):
    """A file could not be applied. Earlier steps stay; nothing of this one does (but see `transaction: none`)."""
